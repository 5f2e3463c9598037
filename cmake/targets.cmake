# Each folder is one static library (quire_library), each command one executable (quire_command). A library links
# only what it lists, so a call into a higher layer fails to link. The target quire_NAME is linked as quire::NAME:
# a misspelled name with "::" is an error of CMake, without it a flag of the linker.

include(${CMAKE_CURRENT_LIST_DIR}/isa.cmake)

add_library(quire_flags INTERFACE)
target_compile_options(quire_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion
  # The bits of every floating-point result are part of the contract: the compiler may not fuse a product and
  # a sum that are not written as an fma.
  -ffp-contract=off -fno-math-errno)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 mistakes "literal" + std::string for an overlapping copy; gcc bug 105651.
  target_compile_options(quire_flags INTERFACE -Wno-restrict)
endif()
if(QUIRE_WERROR)
  target_compile_options(quire_flags INTERFACE -Werror)
endif()
if(QUIRE_SANITIZE)
  target_compile_options(quire_flags INTERFACE
    -fsanitize=${QUIRE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(quire_flags INTERFACE -fsanitize=${QUIRE_SANITIZE})
  target_compile_definitions(quire_flags INTERFACE QUIRE_ASSERTIONS)  # lib/base/assert.h
  if(QUIRE_SANITIZE MATCHES address)
    target_compile_definitions(quire_flags INTERFACE QUIRE_HEAP_FILES)  # lib/base/files/mapped_file.cpp
  endif()
endif()
target_include_directories(quire_flags INTERFACE ${PROJECT_SOURCE_DIR})
add_library(quire::flags ALIAS quire_flags)

# Hardening against memory errors, for all code that reads untrusted bytes. The kernels do without it: they only see
# sizes that were checked, and nearly all time is spent in their loops.
add_library(quire_hardening INTERFACE)
target_compile_options(quire_hardening INTERFACE -fstack-protector-strong -fPIE)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(quire_hardening INTERFACE -fcf-protection)
endif()
if(QUIRE_STATIC)
  target_link_options(quire_hardening INTERFACE -static-pie -Wl,-z,relro,-z,now)
else()
  target_link_options(quire_hardening INTERFACE -pie -Wl,-z,relro,-z,now)
endif()
if(NOT QUIRE_SANITIZE)
  # FORTIFY needs the optimizer, and the sanitizers replace the functions that it checks.
  target_compile_options(quire_hardening INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE$<SEMICOLON>-D_FORTIFY_SOURCE=2>)
endif()
target_compile_definitions(quire_hardening INTERFACE _GLIBCXX_ASSERTIONS)
add_library(quire::hardening ALIAS quire_hardening)

# quire_library(NAME SOURCES ... [DEPENDS ...] [PRIVATE_DEPENDS ...])
function(quire_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC quire::flags ${arg_DEPENDS}
    PRIVATE quire::hardening ${arg_PRIVATE_DEPENDS})
  string(REGEX REPLACE "^quire_" "quire::" alias ${name})
  add_library(${alias} ALIAS ${name})
endfunction()

# quire_command(NAME SOURCES ... [DEPENDS ...]): the executable is called NAME.
function(quire_command name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE quire::flags quire::hardening ${arg_DEPENDS})
endfunction()
