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

// In brackets what calls for a tensor that not every model has. A norm is a vector NAME, and
// NAME_bias of the same length [norm: layer].
//   "embed" (vocab_size, dim); "positions" (n_positions, dim) [n_positions]; "embed_norm" (dim)
//   [embed_norm]; "rope.freqs" (pairs of all ropes, one table after the other), radians per
//   position [ropes]
// for layer N under "layers.N.":
//   attn_norm (dim) [norm_place: before, around]; q (n_heads * head_dim, dim), k and v (n_kv_heads
//   * head_dim, dim), o (dim, n_heads * head_dim); q_bias, k_bias, v_bias [qkv_bias], o_bias
//   [o_bias]; q_norm, k_norm, never with bias, (head_dim) [qk_norm: head] or (rows of q, k)
//   [qk_norm: row]; attn_post_norm (dim) [norm_place: after, around, residual] ffn_norm (dim) [as
//   attn_norm]; router (n_experts, dim) [n_experts]; gate [gated] and up (ffn_dim, dim), down (dim,
//   ffn_dim), each n_experts times one below the other [n_experts]; gate_bias [gated], up_bias,
//   down_bias [ffn_bias]; ffn_post_norm (dim) [as attn_post_norm] "output_norm" (dim) [final_norm];
//   "output" (vocab_size, dim) [output: own] "classifier.dense" (dim, dim) and
//   "classifier.dense_bias" [classifier activation]; "classifier.out" (labels, dim) and
//   "classifier.out_bias" [labels]
std::vector<ExpectedTensor> expected_tensors(const ModelSpec& spec);

// Whether a layer has a norm in front of its blocks, and behind them.
bool has_norm_before(NormPlace place) noexcept;
bool has_norm_after(NormPlace place) noexcept;

}  // namespace quire::spec
