// Hunyuan (dense): Llama with norms of queries and keys behind their rotation.
#include <cmath>

#include "models/families/families.h"

namespace quire::models {

namespace {

// With a factor "alpha", the scaling that is called dynamic only changes theta. source: transformers,
// modeling_hunyuan_v1_dense.py, compute_ntk_alpha_rope_parameters().
std::uint32_t add_alpha_rope(Draft& draft, std::uint32_t head_dim) {
    Config& config = draft.config;
    const nlohmann::json* scaling = config.find("rope_parameters");
    if (scaling == nullptr) scaling = config.find("rope_scaling");
    const bool has_alpha = scaling != nullptr && scaling->is_object() && scaling->contains("alpha");
    if (!has_alpha || scaling->at("alpha") == 0) return draft.add_rope(head_dim);
    Config inner(config.source(), *scaling, "rope_scaling");
    const double theta = inner.number_or("rope_theta", config.number_or("rope_theta", 10000.0));
    const double power = head_dim / (head_dim - 2.0);
    inner.refuse_if(inner.text_or("rope_type", inner.text_or("type", "dynamic")) != "dynamic",
                    "alpha of a scaling that is not dynamic");
    for (const char* key : {"beta_fast", "beta_slow", "factor", "mscale", "mscale_all_dim"}) {
        inner.ignore(key, "of another scaling");
    }
    const double grown = theta * std::pow(inner.number("alpha"), power);
    inner.done();
    return draft.add_rope(plain_rope(config, head_dim, grown));
}

}  // namespace

void draft_hunyuan_v1_dense(Draft& draft) {
    start_decoder(draft, {.norm_eps = 1e-5});
    Config& config = draft.config;
    config.expect("use_qk_norm", {true, nullptr});
    config.expect("use_cla", {false, nullptr});
    for (const char* key : {"eod_token_id", "im_end_id", "im_newline_id", "im_start_id",
                            "mask_init_id", "text_end_id", "text_start_id"}) {
        config.ignore(key, "the tokenizer's files say which tokens are special");
    }
    const std::uint32_t rope = add_alpha_rope(draft, draft.spec.layers.front().head_dim);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.rope = rope;
        layer.qk_norm = spec::QkNorm::rotated;
    }
    draft.names.layer["q_norm"] = {"self_attn.query_layernorm"};
    draft.names.layer["k_norm"] = {"self_attn.key_layernorm"};
}

}  // namespace quire::models
