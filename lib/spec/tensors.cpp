#include "lib/spec/tensors.h"

#include <algorithm>

namespace quire::spec {

namespace {

class List {
  public:
    explicit List(const ModelSpec& spec) : spec_(spec) {}

    void matrix(std::string name, std::uint64_t rows, std::uint64_t columns) {
        out.push_back({std::move(name), rows, columns, true});
    }
    void vector(std::string name, std::uint64_t length) {
        out.push_back({std::move(name), 1, length, false});
    }
    void norm(const std::string& name) {
        vector(name, spec_.dim);
        if (spec_.norm == NormKind::layer) vector(name + "_bias", spec_.dim);
    }

    std::vector<ExpectedTensor> out;

  private:
    const ModelSpec& spec_;
};

void add_attention(List& list, const std::string& prefix, const LayerSpec& layer,
                   std::uint64_t dim) {
    const std::uint64_t q_dim = std::uint64_t{layer.n_heads} * layer.head_dim;
    const std::uint64_t kv_dim = std::uint64_t{layer.n_kv_heads} * layer.head_dim;
    if (has_norm_before(layer.norm_place)) list.norm(prefix + "attn_norm");
    list.matrix(prefix + "q", q_dim, dim);
    list.matrix(prefix + "k", kv_dim, dim);
    list.matrix(prefix + "v", kv_dim, dim);
    list.matrix(prefix + "o", dim, q_dim);
    if (layer.qkv_bias) {
        list.vector(prefix + "q_bias", q_dim);
        list.vector(prefix + "k_bias", kv_dim);
        list.vector(prefix + "v_bias", kv_dim);
    }
    if (layer.o_bias) list.vector(prefix + "o_bias", dim);
    if (layer.qk_norm != QkNorm::none) {
        const bool per_head = layer.qk_norm == QkNorm::head;
        list.vector(prefix + "q_norm", per_head ? layer.head_dim : q_dim);
        list.vector(prefix + "k_norm", per_head ? layer.head_dim : kv_dim);
    }
    if (has_norm_after(layer.norm_place)) list.norm(prefix + "attn_post_norm");
}

void add_ffn(List& list, const std::string& prefix, const LayerSpec& layer, std::uint64_t dim) {
    const std::uint64_t times = std::max(1U, layer.n_experts);
    if (has_norm_before(layer.norm_place)) list.norm(prefix + "ffn_norm");
    if (layer.n_experts > 0) list.matrix(prefix + "router", layer.n_experts, dim);
    if (layer.gated) list.matrix(prefix + "gate", times * layer.ffn_dim, dim);
    list.matrix(prefix + "up", times * layer.ffn_dim, dim);
    list.matrix(prefix + "down", times * dim, layer.ffn_dim);
    if (layer.ffn_bias) {
        if (layer.gated) list.vector(prefix + "gate_bias", layer.ffn_dim);
        list.vector(prefix + "up_bias", layer.ffn_dim);
        list.vector(prefix + "down_bias", dim);
    }
    if (has_norm_after(layer.norm_place)) list.norm(prefix + "ffn_post_norm");
}

}  // namespace

bool has_norm_before(NormPlace place) noexcept {
    return place == NormPlace::before || place == NormPlace::around;
}

bool has_norm_after(NormPlace place) noexcept {
    return place != NormPlace::before;
}

std::vector<ExpectedTensor> expected_tensors(const ModelSpec& spec) {
    List list(spec);
    list.matrix("embed", spec.vocab_size, spec.dim);
    if (spec.n_positions > 0) list.matrix("positions", spec.n_positions, spec.dim);
    if (spec.embed_norm) list.norm("embed_norm");
    if (!spec.ropes.empty()) list.vector("rope.freqs", n_rope_pairs(spec));
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        const std::string prefix = "layers." + std::to_string(i) + ".";
        add_attention(list, prefix, spec.layers[i], spec.dim);
        add_ffn(list, prefix, spec.layers[i], spec.dim);
    }
    if (spec.final_norm) list.norm("output_norm");
    if (spec.output == OutputKind::own) list.matrix("output", spec.vocab_size, spec.dim);
    const ClassifierSpec& classifier = spec.classifier;
    if (!classifier.labels.empty()) {
        if (classifier.activation) {
            list.matrix("classifier.dense", spec.dim, spec.dim);
            list.vector("classifier.dense_bias", spec.dim);
        }
        list.matrix("classifier.out", classifier.labels.size(), spec.dim);
        list.vector("classifier.out_bias", classifier.labels.size());
    }
    return std::move(list.out);
}

}  // namespace quire::spec
