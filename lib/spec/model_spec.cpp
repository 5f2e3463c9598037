#include "lib/spec/model_spec.h"

#include "lib/base/error.h"

namespace quire::spec {

namespace {

void expect(bool holds, const std::string& where, const std::string& message) {
    if (!holds) throw Error(ErrorCode::model, where, message);
}

void in_range(std::uint64_t value, std::uint64_t low, std::uint64_t high, const std::string& where,
              const std::string& field) {
    expect(value >= low && value <= high, where,
           field + " expected between " + std::to_string(low) + " and " + std::to_string(high) +
               ", found " + std::to_string(value));
}

}  // namespace

void validate(const ModelSpec& spec, const std::string& where) {
    in_range(spec.dim, 1, 1U << 20, where, "dim");
    in_range(spec.vocab_size, 1, 1U << 24, where, "vocab_size");
    in_range(spec.context_length, 1, 1U << 28, where, "context_length");
    expect(spec.norm_eps > 0.0F && spec.norm_eps < 1.0F, where,
           "norm_eps expected between 0 and 1, found " + std::to_string(spec.norm_eps));
    in_range(spec.layers.size(), 1, 4096, where, "layers");
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        const LayerSpec& layer = spec.layers[i];
        const std::string name = "layers[" + std::to_string(i) + "].";
        in_range(layer.n_heads, 1, 4096, where, name + "n_heads");
        in_range(layer.n_kv_heads, 1, layer.n_heads, where, name + "n_kv_heads");
        expect(layer.n_heads % layer.n_kv_heads == 0, where,
               name + "n_heads expected a multiple of n_kv_heads, found " +
                   std::to_string(layer.n_heads) + " and " + std::to_string(layer.n_kv_heads));
        in_range(layer.head_dim, 2, 1024, where, name + "head_dim");
        expect(layer.head_dim % 2 == 0, where,
               name + "head_dim expected even, found " + std::to_string(layer.head_dim));
        in_range(layer.ffn_dim, 1, 1U << 22, where, name + "ffn_dim");
        expect(
            layer.head_dim == spec.layers[0].head_dim, where,
            name + "head_dim expected the same in every layer (one table of rotary frequencies)");
    }
}

}  // namespace quire::spec
