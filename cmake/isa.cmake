# The instruction sets that hot loops are compiled for, and their flags. What a CPU must have to run each set is in
# lib/base/cpu.cpp, and must match. Everything else is compiled for the baseline, so that programs start on any CPU.
set(QUIRE_ISAS portable)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND QUIRE_ISAS avx2 avxvnni avx512 avx512vnni)
  set(QUIRE_ISA_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi -mbmi2)
  set(QUIRE_ISA_FLAGS_avxvnni ${QUIRE_ISA_FLAGS_avx2} -mavxvnni)
  # Full-width vectors: the loops are written for them, and the compiler's own choice is half.
  set(QUIRE_ISA_FLAGS_avx512 ${QUIRE_ISA_FLAGS_avx2}
    -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512)
  set(QUIRE_ISA_FLAGS_avx512vnni ${QUIRE_ISA_FLAGS_avx512} -mavx512vnni)
  # Of sources of its own; the instructions for tiles are written as assembly.
  set(QUIRE_ISA_FLAGS_amx ${QUIRE_ISA_FLAGS_avx512vnni})
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  list(APPEND QUIRE_ISAS neon)
  set(QUIRE_ISA_FLAGS_neon -march=armv8.2-a+dotprod)
endif()

# "machine" compiles only the best set of this machine, and portable: minutes less, for scripts/quickstart. Such a
# build computes the same bits; where the set is missing, it runs as portable.
set(QUIRE_ISA_SETS all CACHE STRING "Instruction sets to compile for: all, or machine")
set(QUIRE_BUILT_ISA)  # with "machine": the set
if(QUIRE_ISA_SETS STREQUAL machine AND NOT CMAKE_CROSSCOMPILING)
  file(STRINGS /proc/cpuinfo flags REGEX "^(flags|Features)" LIMIT_COUNT 1)
  set(QUIRE_BUILT_ISA portable)
  # Slowest first.
  foreach(isa_and_flags "avx2 fma f16c bmi1 bmi2 avx2" "avxvnni avx2 avx_vnni" "avx512 avx512f avx512bw avx512dq avx512vl"
      "avx512vnni avx512f avx512bw avx512dq avx512vl avx512_vnni" "neon asimddp")
    string(REPLACE " " ";" needed ${isa_and_flags})
    list(POP_FRONT needed isa)
    foreach(flag ${needed})
      if(NOT "${flags} " MATCHES "[ :]${flag} ")
        set(isa)
      endif()
    endforeach()
    if(isa IN_LIST QUIRE_ISAS)
      set(QUIRE_BUILT_ISA ${isa})
    endif()
  endforeach()
  set(QUIRE_ISAS portable ${QUIRE_BUILT_ISA})
  list(REMOVE_DUPLICATES QUIRE_ISAS)
elseif(NOT QUIRE_ISA_SETS MATCHES "^(all|machine)$")
  message(FATAL_ERROR "QUIRE_ISA_SETS: expected all or machine, found ${QUIRE_ISA_SETS}")
endif()
# AMX has few loops of its own, beside those of avx512vnni.
set(QUIRE_HAS_AMX OFF)
if(avx512vnni IN_LIST QUIRE_ISAS AND NOT QUIRE_BUILT_ISA)
  set(QUIRE_HAS_AMX ON)
endif()

# quire_choose_isas(TARGET): its sources call base::for_each_compiled_isa().
function(quire_choose_isas target)
  if(QUIRE_BUILT_ISA)
    target_compile_definitions(${target} PRIVATE QUIRE_BUILT_ISA=${QUIRE_BUILT_ISA})
  endif()
endfunction()

# For loops whose sums fill the registers. The sums are written in the order that needs the fewest registers: g++ may
# not rearrange them into trees, and must schedule instructions before it allocates registers (a quarter of the speed
# with AVX2).
set(QUIRE_REGISTER_TILE_OPTIONS)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(QUIRE_REGISTER_TILE_OPTIONS -fno-tree-reassoc -fschedule-insns -fsched-pressure)
endif()

# Checks of every pointer make clang take 215 seconds for the portable kernels instead of 135; the address sanitizer
# finds bad pointers, too. A library, because its options come after those of quire::flags.
add_library(quire_isa_checks INTERFACE)
if(QUIRE_SANITIZE MATCHES undefined)
  target_compile_options(quire_isa_checks INTERFACE -fno-sanitize=null,alignment,object-size)
endif()

# quire_isa_object(NAME SOURCE ISA [VECTOR_OPTIONS ...]) compiles SOURCE for one instruction set, as the object library
# NAME_ISA. SOURCE finds the set in QUIRE_ISA, a value of base::Isa. VECTOR_OPTIONS apply to all sets but portable.
function(quire_isa_object name source isa)
  cmake_parse_arguments(PARSE_ARGV 3 arg "" "" "VECTOR_OPTIONS")
  # Also in debug builds, because the tests compare the variants over sizes that would take minutes otherwise. -O3
  # unrolls the register tiles, which portable does not have; it takes twice as long with it, and is as fast without.
  set(options ${QUIRE_ISA_FLAGS_${isa}} -fno-exceptions)
  if(isa STREQUAL portable)
    list(APPEND options -O2)
  else()
    list(APPEND options -O3 ${arg_VECTOR_OPTIONS})
  endif()
  if(isa MATCHES "avx512|amx" AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    # g++ 12 warns about its own header (_mm512_undefined_ps), gcc bug 105593; with sanitizers in the second form.
    list(APPEND options -Wno-maybe-uninitialized -Wno-uninitialized)
  endif()
  add_library(${name}_${isa} OBJECT ${source})
  target_link_libraries(${name}_${isa} PRIVATE quire::flags quire_isa_checks)
  target_compile_options(${name}_${isa} PRIVATE ${options})
  target_compile_definitions(${name}_${isa} PRIVATE QUIRE_ISA=${isa})
endfunction()

# quire_isa_objects(NAME SOURCE OBJECTS [VECTOR_OPTIONS ...]) compiles SOURCE once for each instruction set and sets the
# variable OBJECTS to all objects.
function(quire_isa_objects name source objects)
  set(all)
  foreach(isa ${QUIRE_ISAS})
    quire_isa_object(${name} ${source} ${isa} ${ARGN})
    list(APPEND all $<TARGET_OBJECTS:${name}_${isa}>)
  endforeach()
  set(${objects} ${all} PARENT_SCOPE)
endfunction()
