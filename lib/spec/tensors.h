// The tensors that a spec calls for, in the order in which they lie in the file. Spec and tensors
// are a bijection: a reader refuses a file with one missing or one too many.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/spec/model_spec.h"

namespace quire::spec {

struct ExpectedTensor {
    std::string name;
    std::uint64_t rows = 0;     // output rows; 1 for a vector
    std::uint64_t columns = 0;  // length along k, or of the vector
    bool is_matrix = false;     // in panels, of any type; a vector is f32 as it stands
};

// "embed" (vocab_size, dim); "rope.freqs" (head_dim / 2), radians per position; "output_norm"
// (dim); "output" (vocab_size, dim) unless tied; and for layer N under "layers.N.": attn_norm
// (dim), q (n_heads * head_dim, dim), k and v (n_kv_heads * head_dim, dim), o (dim, n_heads *
// head_dim), ffn_norm (dim), gate and up (ffn_dim, dim), down (dim, ffn_dim).
std::vector<ExpectedTensor> expected_tensors(const ModelSpec& spec);

}  // namespace quire::spec
