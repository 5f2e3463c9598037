# Fails when a file includes something from a folder above or beside its own. SOURCE: the project's root.
# Each line: a folder, and the folders whose headers it may include (its own always).
cmake_minimum_required(VERSION 3.22)

# The stages of a tokenizer see only those before them; so do the rooms of chat and models.
set(rules
  "lib/base|"
  "lib/unicode|lib/base"
  "lib/tensor|lib/base"
  "lib/spec|lib/base lib/tensor"
  "lib/kernels|lib/base lib/tensor"
  "lib/tokenizer/spec|lib/base lib/unicode"
  "lib/tokenizer/pattern|lib/base lib/unicode lib/tokenizer/spec"
  "lib/tokenizer/normalize|lib/base lib/unicode lib/tokenizer/spec lib/tokenizer/pattern"
  "lib/tokenizer/vocab|lib/base lib/unicode lib/tokenizer/spec lib/tokenizer/pattern lib/tokenizer/normalize"
  "lib/tokenizer/bpe|lib/base lib/unicode lib/tokenizer/spec lib/tokenizer/vocab"
  "lib/tokenizer/unigram|lib/base lib/unicode lib/tokenizer/spec lib/tokenizer/vocab"
  "lib/tokenizer/wordpiece|lib/base lib/unicode lib/tokenizer/spec lib/tokenizer/vocab"
  "lib/tokenizer/encode|lib/base lib/unicode lib/tokenizer"
  "lib/chat/jinja|lib/base lib/unicode"
  "lib/chat|lib/base lib/tokenizer"
  "lib/model|lib/base lib/tensor lib/spec lib/kernels"
  "lib/generate/constraints|lib/base lib/unicode lib/spec lib/tokenizer"
  "lib/generate/sampling|lib/base lib/spec lib/kernels lib/tokenizer lib/generate/constraints"
  "lib/generate|lib/base lib/tensor lib/spec lib/kernels lib/tokenizer lib/model"
  "formats/checkpoint|lib/base lib/tensor"
  "formats/gguf|lib/base lib/tensor formats/checkpoint"
  "formats/safetensors|lib/base lib/tensor formats/checkpoint"
  "formats/pytorch|lib/base lib/tensor formats/checkpoint formats/safetensors"
  "formats/quantized|lib/base lib/tensor formats/checkpoint"
  "formats/llama2c|lib/base lib/tensor formats/checkpoint"
  "formats/importance|lib/base lib/tensor formats/checkpoint formats/safetensors"
  "formats/quire|lib/base lib/tensor lib/spec lib/chat"
  "formats/openai|lib/base lib/spec lib/chat lib/tokenizer"
  "formats/tokenizer|lib/base lib/unicode lib/tokenizer lib/chat formats/checkpoint formats/gguf"
  "models/source|formats/checkpoint formats/quantized formats/gguf formats/safetensors formats/pytorch formats/llama2c lib/base lib/spec lib/tensor"
  "models/draft|models/source formats/checkpoint lib/base lib/spec lib/tensor"
  "models/families|models/draft models/source lib/base lib/spec"
  "models|lib/base lib/spec lib/tensor"
  "apps/common|lib/base lib/unicode lib/spec lib/kernels lib/tokenizer lib/model lib/generate formats/quire"
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
    file(STRINGS ${SOURCE}/${file} parse REGEX "[Jj]son::parse\\(")
    if(parse AND NOT file MATCHES "^lib/base/json/")
      list(APPEND bad "${file} parses JSON without the limits of lib/base/json/json_text.h")
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
