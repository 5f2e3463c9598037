// What a model computes, as pure data. The file stores it; the forward loop reads nothing else, and
// no family's name appears in it. A linear change of weights is folded into them when a model is
// packed and is no field here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace quire::spec {

// One decoder layer: x += attention(norm(x)); x += ffn(norm(x)), with root-mean-square norms,
// rotary positions on (i, i + head_dim / 2), and down(silu(gate(x)) * up(x)).
struct LayerSpec {
    std::uint32_t n_heads = 0;     // query heads
    std::uint32_t n_kv_heads = 0;  // key/value heads; divides n_heads
    std::uint32_t head_dim = 0;    // even
    std::uint32_t ffn_dim = 0;

    bool operator==(const LayerSpec&) const = default;
};

struct ModelSpec {
    std::uint32_t dim = 0;             // width of the residual stream
    std::uint32_t vocab_size = 0;      // rows of the embedding, and of the logits
    std::uint32_t context_length = 0;  // positions the model was made for
    float norm_eps = 0.0F;             // added to the mean square in every norm
    bool tied_embeddings = false;      // the output matrix is the embedding matrix
    std::vector<LayerSpec> layers;

    bool operator==(const ModelSpec&) const = default;
};

// Throws Error{model} naming `where` and the field when a value is out of range or contradicts
// another. Afterwards every product of two fields fits 64 bits with room to spare.
void validate(const ModelSpec& spec, const std::string& where);

}  // namespace quire::spec
