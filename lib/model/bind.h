// Joins a spec to the tensors of a file: names become typed views, once, and everything the forward
// loop relies on is checked here.
#pragma once

#include <string>
#include <vector>

#include "lib/spec/model_spec.h"
#include "lib/tensor/view.h"

namespace quire::model {

// A matrix in panels of 16 rows, (rows, columns).
struct Matrix {
    tensor::DType dtype = tensor::DType::f32;
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    base::Bytes data;
};

struct LayerWeights {
    const float* attn_norm = nullptr;  // (dim)
    Matrix q;                          // (n_heads * head_dim, dim)
    Matrix k;                          // (n_kv_heads * head_dim, dim)
    Matrix v;                          // (n_kv_heads * head_dim, dim)
    Matrix o;                          // (dim, n_heads * head_dim)
    const float* ffn_norm = nullptr;   // (dim)
    Matrix gate;                       // (ffn_dim, dim)
    Matrix up;                         // (ffn_dim, dim)
    Matrix down;                       // (dim, ffn_dim)
};

struct Weights {
    Matrix embed;                       // (vocab_size, dim)
    const float* rope_freqs = nullptr;  // (head_dim / 2), radians per position
    std::vector<LayerWeights> layers;
    const float* output_norm = nullptr;  // (dim)
    Matrix output;                       // (vocab_size, dim); `embed` again when tied
    std::uint64_t bytes = 0;             // of all tensors
};

// Error{model} naming `where` and the tensor when one is missing, unexpected, or of another shape
// than the spec says. The spec must be validated; the views must outlive the result.
Weights bind_weights(const spec::ModelSpec& spec, const tensor::TensorMap& tensors,
                     const std::string& where);

}  // namespace quire::model
