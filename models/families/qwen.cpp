// Qwen 2, 2.5 and 3, Qwen 3 with experts, their VL models, and MiMo.
#include "models/families/families.h"

namespace quire::models {

namespace {

void set_windows(Draft& draft) {
    Config& config = draft.config;
    config.expect("use_mrope", {false, nullptr});
    const bool windows = config.flag_or("use_sliding_window", false);
    const std::uint32_t window = draft.window();
    const std::uint32_t first = config.count_or("max_window_layers", 0);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        if (is_sliding(config, i, i >= first) && windows) draft.spec.layers[i].window = window;
    }
}

void set_qwen3_experts(Draft& draft, bool normalize) {
    Config& config = draft.config;
    config.expect("qkv_bias", {false, nullptr});
    config.expect("use_qk_norm", {true, nullptr});
    config.expect("shared_expert_intermediate_size", {0, nullptr});
    config.refuse_if(config.count_or("decoder_sparse_step", 1) != 1, "decoder_sparse_step");
    const nlohmann::json* dense = config.find("mlp_only_layers");
    config.refuse_if(dense != nullptr && !dense->empty(), "mlp_only_layers");
    set_experts(draft, normalize);
    const std::uint32_t ffn_dim = config.count("moe_intermediate_size");
    for (spec::LayerSpec& layer : draft.spec.layers) layer.ffn_dim = ffn_dim;
}

// One tensor of all experts, each a matrix with so many rows of ours: as published, transposed; as
// transformers 5 saves it, not. It takes the shape for the latter where both are the same.
From stack_of_experts(const Draft& draft, const std::string& name, std::uint64_t rows) {
    const auto& tensors = draft.config.source().tensors;
    const auto found = tensors.find("model.layers.0." + name);
    const bool stack = found != tensors.end() && found->second->shape.size() == 3;
    From from{name};
    from.bare = true;
    from.transposed = stack && found->second->shape[1] != rows;
    return from;
}

}  // namespace

void draft_qwen2(Draft& draft) {
    start_llama(draft, {.positions = 32768});
    set_windows(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.qkv_bias = true;
}

void draft_qwen3(Draft& draft) {
    start_llama(draft, {.positions = 32768});
    set_windows(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.qk_norm = spec::QkNorm::head;
}

void draft_qwen3_moe(Draft& draft) {
    draft_qwen3(draft);
    set_qwen3_experts(draft, draft.config.flag_or("norm_topk_prob", false));
}

// The text models of Qwen 2-VL, 2.5-VL and 3-VL.
void draft_qwen2_vl(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 32768, .theta = 1e6});
    set_windows(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.qkv_bias = true;
}

void draft_qwen3_vl(Draft& draft) {
    start_llama(draft, {.positions = 128000, .theta = 5e5});
    for (spec::LayerSpec& layer : draft.spec.layers) layer.qk_norm = spec::QkNorm::head;
}

void draft_qwen3_vl_moe(Draft& draft) {
    draft_qwen3_vl(draft);
    draft.config.expect("sliding_window", {nullptr});
    draft.config.ignore("norm_topk_prob", "transformers always normalizes");
    set_qwen3_experts(draft, true);
    const std::uint64_t ffn_dim = draft.spec.layers.front().ffn_dim;
    const From in = stack_of_experts(draft, "mlp.experts.gate_up_proj", 2 * ffn_dim);
    draft.names.layer["gate"] = in;
    draft.names.layer["gate"].slice = {0, ffn_dim, 2 * ffn_dim};
    draft.names.layer["up"] = in;
    draft.names.layer["up"].slice = {ffn_dim, ffn_dim, 2 * ffn_dim};
    draft.names.layer["down"] = stack_of_experts(draft, "mlp.experts.down_proj", draft.spec.dim);
}

// Qwen 2 with a further layer that guesses a second token, which is not kept.
void draft_mimo(Draft& draft) {
    draft_qwen2(draft);
    draft.config.ignore("num_nextn_predict_layers", "of layers that are not kept");
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.qkv_bias = draft.config.flag_or("attention_bias", true);
        layer.o_bias = false;
    }
    draft.names.unused.emplace_back("mtp_layers.");
}

}  // namespace quire::models
