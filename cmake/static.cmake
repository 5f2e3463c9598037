# QUIRE_STATIC: commands that need nothing of the system they run on, no C library either (scripts/package portable).
# Without MPI, which cannot be linked like that.
option(QUIRE_STATIC "Link the commands with no shared library" OFF)
if(NOT QUIRE_STATIC)
  find_package(spdlog REQUIRED)
  set(QUIRE_SPDLOG spdlog::spdlog)
  return()
endif()
set(QUIRE_LIBRARIES "" CACHE PATH "A folder with the archives and headers of libraries, in usr")
if(QUIRE_LIBRARIES)
  list(PREPEND CMAKE_PREFIX_PATH ${QUIRE_LIBRARIES}/usr)
  list(PREPEND CMAKE_FIND_ROOT_PATH ${QUIRE_LIBRARIES})
  include_directories(SYSTEM ${QUIRE_LIBRARIES}/usr/include ${QUIRE_LIBRARIES}/usr/include/${CMAKE_LIBRARY_ARCHITECTURE})
  link_directories(${QUIRE_LIBRARIES}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE})
endif()
# A path for shared libraries in a program that loads none makes glibc's start-up code fail.
set(CMAKE_SKIP_RPATH ON)
# Of every library the archive, even if there is a shared library, too.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
# There are no archives of these two, but their headers are complete.
add_library(quire_spdlog INTERFACE)
target_compile_definitions(quire_spdlog INTERFACE FMT_HEADER_ONLY SPDLOG_FMT_EXTERNAL)
set(QUIRE_SPDLOG quire_spdlog)
# An archive does not name the libraries that it needs.
set(QUIRE_STATIC_libedit -lbsd -lmd -ltinfo)
set(QUIRE_STATIC_libgcrypt -lgpg-error)
set(QUIRE_STATIC_libcurl -lssl -lcrypto -lz)
