// Falcon-H1: attention and Mamba-2 side by side in every layer, and multipliers, which fold into the
// weights.
#include "models/families/families.h"
#include "models/families/recurrent/mamba.h"

namespace quire::models {

namespace {

MambaSizes read_sizes(Config& config) {
    MambaSizes sizes = read_mamba_sizes(config, {.heads = 128, .groups = 1, .state = 256});
    const bool wide = config.has("mamba_d_ssm") && config.find("mamba_d_ssm") == nullptr;
    const std::uint32_t inner = config.count_or("mamba_d_ssm", 1024);
    const nlohmann::json* width = config.find("mamba_d_head");
    if (!wide && (width == nullptr || *width == "auto")) sizes.head_dim = inner / sizes.heads;
    config.refuse_if(!wide && sizes.heads * sizes.head_dim != inner,
                     "mamba_d_ssm that is not mamba_n_heads times mamba_d_head");
    return sizes;
}

void fold_multipliers(Draft& draft, const MambaSizes& sizes) {
    Config& config = draft.config;
    const auto number = [&](const char* key) { return config.number_or(key, 1.0); };
    const double in = number("attention_in_multiplier");
    const double to_scores = number("key_multiplier") * in * in;
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.query_scale = static_cast<float>(to_scores * layer.query_scale);
    }
    auto& names = draft.names.layer;
    names["o"].times = static_cast<float>(in * number("attention_out_multiplier"));
    const std::vector<double> ffn = config.numbers_or("mlp_multipliers", 2, 1.0);
    names["gate"].times = static_cast<float>(ffn[0]);
    names["down"].times = static_cast<float>(ffn[1]);
    std::vector<double> ssm = config.numbers_or("ssm_multipliers", 5, 1.0);
    for (double& factor : ssm) factor *= number("ssm_in_multiplier");
    names["mix_gate"].times = static_cast<float>(ssm[0]);
    names["mix_decay"].times = static_cast<float>(ssm[4]);
    names["mix_out"].times = static_cast<float>(number("ssm_out_multiplier"));
    // What the convolution reads: values, and what is written and read by them.
    std::vector<float>& conv = names["conv"].times_of;
    const std::size_t keys = std::size_t{sizes.groups} * sizes.state;
    conv.assign(std::size_t{sizes.heads} * sizes.head_dim, static_cast<float>(ssm[1]));
    conv.resize(conv.size() + keys, static_cast<float>(ssm[2]));
    conv.resize(conv.size() + keys, static_cast<float>(ssm[3]));
    draft.spec.embed_scale = static_cast<float>(number("embedding_multiplier"));
    draft.names.model["output_norm"].times = static_cast<float>(number("lm_head_multiplier"));
}

}  // namespace

void draft_falcon_h1(Draft& draft) {
    Config& config = draft.config;
    start_llama(draft, {.norm_eps = 1e-5, .positions = 8192, .vocabulary = 128000});
    check_mamba_keys(config);
    const MambaSizes sizes = read_sizes(config);
    for (const char* key : {"attention_bias", "mlp_bias", "projectors_bias"}) {
        config.expect(key, {false, nullptr});  // a multiplier would change those, too
    }
    const bool norm = config.flag_or("mamba_rms_norm", false);
    config.refuse_if(norm && config.flag_or("mamba_norm_before_gate", true),
                     "mamba_rms_norm with mamba_norm_before_gate");
    config.ignore("mamba_norm_before_gate", "there is no such norm");
    config.ignore("num_logits_to_keep", "which of its results a Python function returns");
    config.ignore("mamba_use_mlp", "transformers never reads it");
    config.ignore("mlp_expansion_factor", "intermediate_size is what is read");
    for (spec::LayerSpec& layer : draft.spec.layers) {
        set_mamba(layer, sizes);
        if (!norm) layer.state_norm = spec::StateNorm::none;
    }
    draft.names.model["output_norm"] = {"final_layernorm"};
    set_feed_forward_names(draft);
    set_mamba_names(draft, "mamba.", sizes);
    // llama.cpp's converter multiplies itself.
    if (config.source().format != Format::gguf) fold_multipliers(draft, sizes);
}

}  // namespace quire::models
