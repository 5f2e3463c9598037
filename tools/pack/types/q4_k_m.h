// The types that llama.cpp's quantizer gives the matrices of a model for its most common recipe,
// Q4_K_M: to compare files that differ in nothing else.
#pragma once

#include <cstddef>
#include <string_view>

#include "lib/tensor/dtype.h"
#include "tools/pack/types/bit_placement.h"

namespace quire::pack {

// What the recipe has to know of all matrices.
struct MatrixSet {
    std::size_t n_layers = 0;
    bool has_output = false;  // otherwise the embedding is the output matrix, too

    void add(std::string_view name);
};

// source: llama.cpp, src/llama-quant.cpp, llama_tensor_get_type(), without its exceptions for
// Falcon, Llama 70B and models of 8 experts.
tensor::DType q4_k_m_dtype(const MatrixShape& matrix, const MatrixSet& set);

}  // namespace quire::pack
