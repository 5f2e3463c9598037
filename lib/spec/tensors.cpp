#include "lib/spec/tensors.h"

namespace quire::spec {

std::vector<ExpectedTensor> expected_tensors(const ModelSpec& spec) {
    std::vector<ExpectedTensor> out;
    const auto matrix = [&](std::string name, std::uint64_t rows, std::uint64_t columns) {
        out.push_back({std::move(name), rows, columns, true});
    };
    const auto vector = [&](std::string name, std::uint64_t length) {
        out.push_back({std::move(name), 1, length, false});
    };

    matrix("embed", spec.vocab_size, spec.dim);
    vector("rope.freqs", spec.layers.front().head_dim / 2);
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        const LayerSpec& layer = spec.layers[i];
        const std::string prefix = "layers." + std::to_string(i) + ".";
        const std::uint64_t q_dim = std::uint64_t{layer.n_heads} * layer.head_dim;
        const std::uint64_t kv_dim = std::uint64_t{layer.n_kv_heads} * layer.head_dim;
        vector(prefix + "attn_norm", spec.dim);
        matrix(prefix + "q", q_dim, spec.dim);
        matrix(prefix + "k", kv_dim, spec.dim);
        matrix(prefix + "v", kv_dim, spec.dim);
        matrix(prefix + "o", spec.dim, q_dim);
        vector(prefix + "ffn_norm", spec.dim);
        matrix(prefix + "gate", layer.ffn_dim, spec.dim);
        matrix(prefix + "up", layer.ffn_dim, spec.dim);
        matrix(prefix + "down", spec.dim, layer.ffn_dim);
    }
    vector("output_norm", spec.dim);
    if (!spec.tied_embeddings) matrix("output", spec.vocab_size, spec.dim);
    return out;
}

}  // namespace quire::spec
