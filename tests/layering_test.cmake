# Fails when a file includes something from a folder above its own. SOURCE: the project's root.
# Each line: a folder, and the folders whose headers it may include (its own always).
cmake_minimum_required(VERSION 3.22)

set(rules
  "lib/base|"
  "lib/tensor|lib/base"
  "lib/spec|lib/base lib/tensor"
  "lib/kernels|lib/base lib/tensor"
  "lib/text|lib/base"
  "lib/model|lib/base lib/tensor lib/spec lib/kernels"
  "lib/run|lib/base lib/tensor lib/spec lib/kernels lib/text lib/model"
  "formats|lib/base lib/tensor lib/spec lib/text"
  "models|formats lib/base lib/tensor lib/spec"
  "apps/common|lib/base lib/kernels lib/model formats/quire"
  "apps|formats lib"
  "tools|apps/common models formats lib")

set(bad "")
set(n_files 0)
set(seen "")
foreach(rule ${rules})
  string(REPLACE "|" ";" rule "${rule}")
  list(GET rule 0 folder)
  list(LENGTH rule length)
  set(allowed "${folder}")
  if(length GREATER 1)
    list(GET rule 1 more)
    string(REPLACE " " ";" more "${more}")
    list(APPEND allowed ${more})
  endif()
  file(GLOB_RECURSE files RELATIVE ${SOURCE} ${SOURCE}/${folder}/*.h ${SOURCE}/${folder}/*.cpp)
  foreach(file ${files})
    if(file IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${file})
    math(EXPR n_files "${n_files} + 1")
    file(STRINGS ${SOURCE}/${file} includes REGEX "^#include \"")
    foreach(include ${includes})
      string(REGEX REPLACE "^#include \"([^\"]+)\".*" "\\1" target "${include}")
      set(ok FALSE)
      foreach(prefix ${allowed})
        string(FIND "${target}" "${prefix}/" at)
        if(at EQUAL 0)
          set(ok TRUE)
        endif()
      endforeach()
      if(NOT ok)
        list(APPEND bad "${file} includes ${target}")
      endif()
    endforeach()
    file(STRINGS ${SOURCE}/${file} omp REGEX "^#include <omp.h>|^#pragma omp")
    if(omp AND NOT file STREQUAL "lib/base/parallel.cpp")
      list(APPEND bad "${file} uses OpenMP, which is lib/base/parallel.cpp's business")
    endif()
  endforeach()
endforeach()
if(bad)
  list(JOIN bad "\n  " text)
  message(FATAL_ERROR "against the layers:\n  ${text}")
endif()
if(n_files LESS 50)
  message(FATAL_ERROR "only ${n_files} files were looked at")
endif()
message(STATUS "${n_files} files keep to the layers")
