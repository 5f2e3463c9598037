// Binds the tensors of a file to a spec. Names become typed views once, and everything that the
// forward pass relies on is checked here.
#pragma once

#include <array>
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

// The weights of a norm; null if the spec has none there. A bias only with NormKind::layer.
struct Norm {
    const float* weight = nullptr;
    const float* bias = nullptr;
    float eps = 0.0F;
};

// Members that the spec does not call for are empty. lib/spec/tensors.h gives the shapes.
struct LayerWeights {
    Norm attn_norm;
    Matrix q_a;
    const float* q_a_norm = nullptr;
    Matrix kv_a;
    const float* kv_a_norm = nullptr;
    Matrix k_rope;
    Matrix q;
    Matrix k;
    Matrix v;
    Matrix o;
    const float* q_bias = nullptr;
    const float* k_bias = nullptr;
    const float* v_bias = nullptr;
    const float* o_bias = nullptr;
    const float* q_norm = nullptr;
    const float* k_norm = nullptr;
    const float* v_norm = nullptr;
    Matrix attn_gate;
    const float* attn_bias = nullptr;  // (n_heads, 2 * bias_distance + 1)
    const float* mix_shift = nullptr;  // (6, dim)
    Matrix mix_in;
    Matrix mix_state;
    const float* mix_in_bias = nullptr;
    const float* mix_state_bias = nullptr;
    Matrix mix_k;
    Matrix mix_v;
    Matrix mix_gate_a;
    Matrix mix_decay_a;
    Matrix mix_gain_a;
    Matrix mix_value_a;
    Matrix mix_gate;
    Matrix mix_decay;
    Matrix mix_gain;
    Matrix mix_value;
    Matrix mix_out;
    const float* conv = nullptr;
    const float* conv_bias = nullptr;
    const float* decay_bias = nullptr;
    const float* decay_rate = nullptr;
    const float* skip = nullptr;
    const float* gain_bias = nullptr;
    const float* value_bias = nullptr;
    const float* key_unit = nullptr;
    const float* key_gain = nullptr;
    const float* read_gain = nullptr;
    const float* mix_norm = nullptr;
    const float* mix_norm_bias = nullptr;
    const float* sinks = nullptr;
    const float* slopes = nullptr;
    Norm attn_post_norm;
    Norm cross_norm;
    Matrix cross_q;
    Matrix cross_k;
    Matrix cross_v;
    Matrix cross_o;
    const float* cross_q_bias = nullptr;
    const float* cross_k_bias = nullptr;
    const float* cross_v_bias = nullptr;
    const float* cross_o_bias = nullptr;
    Norm cross_post_norm;
    Norm ffn_norm;
    const float* ffn_shift = nullptr;
    Norm router_norm;
    Norm experts_norm;
    Matrix router;
    const float* router_bias = nullptr;
    const float* router_offsets = nullptr;
    const float* expert_scales = nullptr;
    Matrix experts_in;
    Matrix gate;
    Matrix up;
    Matrix down;
    Matrix experts_out;
    const float* gate_bias = nullptr;
    const float* up_bias = nullptr;
    const float* down_bias = nullptr;
    const float* curve = nullptr;
    Matrix shared_router;
    Matrix shared_gate;
    Matrix shared_up;
    Matrix shared_down;
    Norm experts_post_norm;
    Norm shared_post_norm;
    Norm ffn_post_norm;
    Matrix embed_gate;
    Matrix embed_proj;
    Norm embed_post_norm;
    const float* scale = nullptr;  // one number
};

struct Weights {
    Matrix embed;
    Matrix positions;
    const float* second_kind = nullptr;  // (the embedding's width)
    Norm embed_norm;
    Matrix embed_project;
    const float* embed_project_bias = nullptr;
    Matrix layer_embed;
    Matrix layer_embed_proj;
    const float* layer_embed_norm = nullptr;
    const float* rope_freqs = nullptr;
    const float* query_growth = nullptr;
    std::vector<LayerWeights> layers;
    Norm output_norm;
    Matrix output;                       // `embed` if the spec ties them
    const float* output_bias = nullptr;  // (vocab_size), if the spec has it
    Matrix classifier_dense;
    const float* classifier_dense_bias = nullptr;
    Norm classifier_norm;
    Matrix classifier_out;
    const float* classifier_out_bias = nullptr;
    std::array<Matrix, spec::kMaxDenseTail> tail;
    std::array<const float*, spec::kMaxDenseTail> tail_bias = {};  // null: none
    std::vector<Weights> encoder;                                  // empty, or those of the encoder
    std::uint64_t bytes = 0;                                       // of all tensors
};

// Error{model}, which names `where` and the tensor, if one is missing, unexpected, or of another
// shape than the spec says. The spec must be valid; the views must outlive the result.
Weights bind_weights(const spec::ModelSpec& spec, const tensor::TensorMap& tensors,
                     const std::string& where);

}  // namespace quire::model
