// MPT: no positions, but scores that distance lowers (ALiBi), and no biases.
#include <bit>
#include <cmath>

#include "models/families/encoders/encoder.h"
#include "models/families/families.h"

namespace quire::models {

namespace {

// Powers of 2^(-8 / n) for n heads; if n is no power of two, of the next one every second, and then the
// others. source: transformers, modeling_mpt.py, build_mpt_alibi_tensor().
std::vector<float> slopes_of(std::uint32_t n, double most) {
    const std::uint32_t all = std::bit_ceil(n);
    std::vector<float> slopes;
    const std::uint32_t step = all == n ? 1 : 2;
    for (std::uint32_t first = step; first > 0; --first) {
        for (std::uint32_t i = first; i <= all && slopes.size() < n; i += step) {
            slopes.push_back(static_cast<float>(std::exp2(-most * i / all)));
        }
    }
    return slopes;
}

// The keys of attn_config; an absent one has its default. Returns the largest power of the slopes.
double read_attention(Draft& draft) {
    static const nlohmann::json kNone = nlohmann::json::object();
    const nlohmann::json* object = draft.config.find("attn_config");
    Config config(draft.config.source(), object == nullptr ? kNone : *object, "attn_config");
    config.expect("attn_type", {"multihead_attention", nullptr});
    config.expect("clip_qkv", {nullptr});
    config.expect("prefix_lm", {false, nullptr});
    config.expect("qk_ln", {false, nullptr});
    config.expect("alibi", {true, nullptr});
    config.expect("rope", {false, nullptr});
    config.expect("kv_n_heads", {draft.spec.layers.front().n_heads, nullptr});
    for (const char* key : {"attn_pdrop", "attn_impl", "attn_uses_sequence_id", "model_type"}) {
        config.ignore(key, "only training reads it, or how to compute the same");
    }
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.query_scale =
            static_cast<float>(config.number_or("softmax_scale", layer.query_scale));
    }
    const double most = config.number_or("alibi_bias_max", 8.0);
    config.done();
    return most;
}

}  // namespace

void draft_mpt(Draft& draft) {
    Config& config = draft.config;
    start_alibi(draft, {"d_model", "n_layers", "n_heads", "max_seq_len"});
    draft.names.layer["slopes"].values =
        slopes_of(draft.spec.layers.front().n_heads, read_attention(draft));
    config.expect("expansion_ratio", {4, nullptr});
    config.expect("no_bias", {true, nullptr});
    config.expect("logit_scale", {nullptr});
    for (const char* key :
         {"embedding_fraction", "emb_pdrop", "ffn_config", "fc_type", "init_config", "init_device",
          "learned_pos_emb", "norm_type", "resid_pdrop", "tokenizer_name", "verbose"}) {
        config.ignore(key, "of training, or transformers never reads it");
    }
    for (spec::LayerSpec& layer : draft.spec.layers) layer.activation = spec::Activation::gelu_erf;
    const std::uint64_t dim = draft.spec.dim;
    draft.names.base = "transformer.";
    draft.names.layers = "blocks.";
    draft.names.model = {{"embed", {"wte"}}, {"output_norm", {"norm_f"}}};
    auto& names = draft.names.layer;
    names["attn_norm"] = {"norm_1"};
    names["q"] = {"attn.Wqkv", {0, dim, dim}};
    names["k"] = {"attn.Wqkv", {dim, dim, dim}};
    names["v"] = {"attn.Wqkv", {2 * dim}};
    names["o"] = {"attn.out_proj"};
    names["ffn_norm"] = {"norm_2"};
    names["up"] = {"ffn.up_proj"};
    names["down"] = {"ffn.down_proj"};
    fill_norm_biases(draft);
    set_output(draft, "lm_head", true);
}

}  // namespace quire::models
