// gte 1.5 (base, large, multilingual) and arctic-embed-m 2.
#include "models/families/encoders/rotary.h"

namespace quire::models {

void draft_gte(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("hidden_size", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    spec.norm_eps = static_cast<float>(config.number_or("layer_norm_eps", 1e-12));
    spec.context_length = draft.context_of(config.count_or("max_position_embeddings", 8192));
    // Of the code that is published with the models.
    config.expect("layer_norm_type", {"layer_norm", nullptr});
    config.expect("logn_attention_clip1", {false, nullptr});
    config.expect("logn_attention_scale", {false, nullptr});
    config.expect("position_embedding_type", {"rope", nullptr});
    config.expect("pack_qkv", {true, nullptr});
    config.ignore("unpad_inputs", "how to compute the same");
    config.ignore("use_memory_efficient_attention", "how to compute the same");
    spec::LayerSpec layer;
    layer.n_heads = config.count("num_attention_heads", {1, spec::kMaxHeads});
    layer.ffn_dim = config.count("intermediate_size");
    layer.activation = activation_named(config, config.text_or("hidden_act", "gelu"));
    layer.qkv_bias = true;
    layer.o_bias = true;
    layer.ffn_bias = true;
    start_rotary_encoder(draft, layer, "num_hidden_layers", 160000.0);
    const std::uint64_t dim = spec.dim;
    const std::uint64_t ffn_dim = layer.ffn_dim;
    // As published, or as transformers 5 saves it.
    const bool newer = config.source().tensors.contains("gte.embeddings.LayerNorm.weight");
    const std::string base = newer ? "gte." : "new.";
    draft.names.base = base;
    draft.names.layers = "encoder.layer.";
    draft.names.model = {{"embed_norm", {"embeddings.LayerNorm"}},
                         {"classifier.dense", {base + "pooler.dense"}},
                         {"classifier.out", {"classifier"}}};
    draft.names.model["embed"] = embedding_of_text(draft);
    draft.names.layer = {{"q", {"attention.qkv_proj", {0, dim, dim}}},
                         {"k", {"attention.qkv_proj", {dim, dim, dim}}},
                         {"v", {"attention.qkv_proj", {2 * dim}}},
                         {"o", {"attention.o_proj"}},
                         {"attn_post_norm", {"attn_ln"}},
                         {"up", {"mlp.up_gate_proj", {0, ffn_dim, ffn_dim}}},
                         {"gate", {"mlp.up_gate_proj", {ffn_dim}}},
                         {"down", {"mlp.down_proj"}},
                         {"ffn_post_norm", {"mlp_ln"}}};
    draft.names.layer["up_bias"] = filled(0.0F);
    draft.names.layer["gate_bias"] = filled(0.0F);
    draft.names.unused = {"lm_head.", "pooler."};
}

}  // namespace quire::models
