// Layers with experts: the keys and names that families share.

#include "models/draft/draft.h"

namespace quire::models {

using spec::LayerSpec;

void set_experts(Draft& draft, bool normalize) {
    Config& config = draft.config;
    // Since transformers 5 all families use the same key.
    const std::uint32_t more =
        config.count_or("n_routed_experts", config.count_or("num_experts", 0));
    const std::uint32_t n = config.count_or("num_local_experts", more, {1, spec::kMaxExperts});
    if (n == 0) config.fail("num_experts expected above 0");
    for (LayerSpec& layer : draft.spec.layers) {
        layer.n_experts = n;
        layer.n_experts_used = config.count("num_experts_per_tok", {1, n});
        layer.normalize_experts = normalize;
    }
    draft.names.layer["router"] = {"mlp.gate"};
    draft.names.layer["gate"] = {"mlp.experts.{}.gate_proj"};
    draft.names.layer["up"] = {"mlp.experts.{}.up_proj"};
    draft.names.layer["down"] = {"mlp.experts.{}.down_proj"};
}

void set_expert_dim(Draft& draft) {
    const std::uint32_t dim = draft.config.count("moe_intermediate_size", {1, spec::kMaxFfnDim});
    for (LayerSpec& layer : draft.spec.layers) layer.ffn_dim = dim;
}

void set_stacked_experts(Draft& draft, const std::string& name) {
    const std::uint64_t ffn_dim = draft.spec.layers.back().ffn_dim;
    const std::uint64_t dim = draft.spec.dim;
    From in{name + ".gate_up_proj"};
    From out{name + ".down_proj"};
    const auto& tensors = draft.config.source().tensors;
    const std::string layer = "model.layers." + std::to_string(draft.spec.layers.size() - 1) + ".";
    const auto found = tensors.find(layer + in.name);
    const bool stack = found != tensors.end() && found->second->shape.size() == 3;
    // Where both forms have the same shape it is taken as it is.
    in.transposed =
        stack && found->second->shape[1] == dim && found->second->shape[1] != 2 * ffn_dim;
    out.transposed = in.transposed;
    in.bare = out.bare = true;
    in.slice = {0, ffn_dim, 2 * ffn_dim};
    draft.names.layer["gate"] = in;
    in.slice.first = ffn_dim;
    draft.names.layer["up"] = in;
    draft.names.layer["down"] = out;
}

void set_shared_expert(Draft& draft, std::uint32_t dim, const std::string& name) {
    for (LayerSpec& layer : draft.spec.layers) layer.shared_dim = dim;
    draft.names.layer["shared_gate"] = {name + ".gate_proj"};
    draft.names.layer["shared_up"] = {name + ".up_proj"};
    draft.names.layer["shared_down"] = {name + ".down_proj"};
}

void set_expert_scale(Draft& draft, double factor) {
    if (factor == 1.0) return;
    for (LayerSpec& layer : draft.spec.layers) layer.expert_scales = true;
    draft.names.layer["expert_scales"] = filled(static_cast<float>(factor));
}

void set_groups(Draft& draft, spec::GroupScore score, std::uint32_t n_groups,
                std::uint32_t n_used) {
    Config& config = draft.config;
    n_groups = config.count_or("n_group", n_groups, {1, spec::kMaxExperts});
    n_used = config.count_or("topk_group", n_used, {1, n_groups});
    for (LayerSpec& layer : draft.spec.layers) {
        if (n_used == n_groups) continue;  // no group is left out
        layer.n_expert_groups = n_groups;
        layer.n_groups_used = n_used;
        layer.group_score = score;
    }
}

void set_shared_experts(Draft& draft, const RoutedExperts& unsaid) {
    Config& config = draft.config;
    const bool gguf = config.source().format == Format::gguf;
    const std::uint32_t n =
        config.count_or(unsaid.shared_key, gguf ? 0 : unsaid.n_shared, {0, spec::kMaxExperts});
    config.ignore("shared_expert_intermediate_size", "their width, times their number");
    set_shared_expert(draft, n * draft.spec.layers.front().ffn_dim, unsaid.shared_name);
}

void set_routed_experts(Draft& draft, const RoutedExperts& unsaid) {
    Config& config = draft.config;
    const std::uint32_t ffn_dim = draft.spec.layers.front().ffn_dim;
    set_experts(draft, config.flag_or("norm_topk_prob", unsaid.normalize));
    set_expert_dim(draft);
    config.expect("scoring_func", {"sigmoid", nullptr});
    config.expect("topk_method", {"noaux_tc", nullptr});
    const bool gguf = config.source().format == Format::gguf;
    set_groups(draft, spec::GroupScore::two, gguf ? 1 : unsaid.n_groups,
               gguf ? 1 : unsaid.n_groups_used);
    for (LayerSpec& layer : draft.spec.layers) {
        layer.router_score = spec::RouterScore::sigmoid;
        layer.router_offsets = true;
    }
    draft.names.layer["router_offsets"] = {.name = "mlp.gate.e_score_correction_bias",
                                           .bare = true};
    set_expert_scale(draft, config.number_or("routed_scaling_factor", gguf ? 1.0 : unsaid.scale));
    set_shared_experts(draft, unsaid);
    make_first_dense(draft, gguf ? 0 : unsaid.first_dense, ffn_dim);
}

void make_dense(Draft& draft, std::size_t index, std::uint32_t ffn_dim) {
    const LayerSpec none;
    LayerSpec& layer = draft.spec.layers[index];
    layer.ffn_dim = ffn_dim;
    layer.n_experts = 0;
    layer.n_experts_used = 0;
    layer.normalize_experts = false;
    layer.router_score = none.router_score;
    layer.router_bias = false;
    layer.router_offsets = false;
    layer.n_expert_groups = none.n_expert_groups;
    layer.n_groups_used = none.n_groups_used;
    layer.group_score = none.group_score;
    layer.expert_scales = false;
    layer.weighs_inputs = false;
    layer.shared_dim = 0;
    layer.shared_gate = false;
    auto& names = draft.names.of_layer[index];
    names["gate"] = {"mlp.gate_proj"};
    names["up"] = {"mlp.up_proj"};
    names["down"] = {"mlp.down_proj"};
}

void make_first_dense(Draft& draft, std::uint32_t unsaid, std::uint32_t ffn_dim) {
    const std::uint32_t n = draft.config.count_or("first_k_dense_replace", unsaid);
    for (std::size_t i = 0; i < n && i < draft.spec.layers.size(); ++i) {
        make_dense(draft, i, ffn_dim);
    }
}

void leave_out_predictors(Draft& draft, std::uint32_t unsaid) {
    const std::uint32_t n = draft.config.count_or("num_nextn_predict_layers", unsaid, {0, 16});
    for (std::uint32_t i = 0; i < n; ++i) {
        const std::string number = std::to_string(draft.spec.layers.size() + i);
        draft.names.unused.push_back("layers." + number + ".");
        draft.names.unused.push_back("blk." + number + ".");
    }
}

}  // namespace quire::models
