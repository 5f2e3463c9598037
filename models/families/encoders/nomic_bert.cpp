// nomic-embed-text 1 and 1.5.
#include <algorithm>

#include "models/families/encoders/rotary.h"

namespace quire::models {

namespace {

// Keys of the training code, which knows more architectures.
void expect_published(Config& config) {
    config.expect("causal", {false, nullptr});
    config.expect("prenorm", {false, nullptr});
    config.expect("parallel_block", {false, nullptr});
    config.expect("use_rms_norm", {false, nullptr});
    config.expect("rotary_emb_fraction", {1.0, nullptr});
    config.expect("rotary_emb_interleaved", {false, nullptr});
    config.expect("rotary_emb_scale_base", {nullptr});
    config.expect("scale_attn_weights", {true, nullptr});
    config.expect("scale_attn_by_inverse_layer_idx", {false, nullptr});
    for (const char* bias : {"qkv_proj_bias", "mlp_fc1_bias", "mlp_fc2_bias"}) {
        config.expect(bias, {false, nullptr});
    }
    for (const char* key :
         {"dense_seq_output", "ffn_div", "fused_bias_fc", "fused_dropout_add_ln",
          "last_layer_subset", "parallel_block_tied_norm", "use_xentropy", "add_pooling_layer"}) {
        config.ignore(key, "how to compute the same, or of parts that are not used");
    }
}

void set_names(Draft& draft) {
    const std::uint64_t dim = draft.spec.dim;
    draft.names.base = "nomic_bert.";
    draft.names.layers = "encoder.layers.";
    draft.names.model = {{"embed_norm", {"emb_ln"}},
                         {"classifier.dense", {"nomic_bert.pooler.dense"}},
                         {"classifier.out", {"classifier"}}};
    draft.names.model["embed"] = embedding_of_text(draft);
    draft.names.layer = {{"q", {"attn.Wqkv", {0, dim, dim}}},
                         {"k", {"attn.Wqkv", {dim, dim, dim}}},
                         {"v", {"attn.Wqkv", {2 * dim}}},
                         {"o", {"attn.out_proj"}},
                         {"attn_post_norm", {"norm1"}},
                         {"gate", {"mlp.fc12"}},
                         {"up", {"mlp.fc11"}},
                         {"down", {"mlp.fc2"}},
                         {"ffn_post_norm", {"norm2"}}};
    draft.names.unused = {"cls.", "pooler."};
}

}  // namespace

void draft_nomic_bert(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    // The published keys are those of GPT-2; transformers 5 writes BERT's.
    const bool gpt = config.has("n_embd");
    spec.dim = config.count(gpt ? "n_embd" : "hidden_size", {1, spec::kMaxDim});
    spec.vocab_size = config.count("vocab_size");
    spec.norm_eps = static_cast<float>(
        config.number_or("layer_norm_epsilon", config.number_or("layer_norm_eps", 1e-12)));
    const std::uint32_t said =
        config.count_or("n_positions", config.count_or("max_position_embeddings", 2048));
    // Behind these the base of the rotation grows with the length of the text.
    const std::uint32_t trained = config.count_or("max_trained_positions", 2048, {1});
    const bool grows = config.find("rotary_scaling_factor") != nullptr;
    spec.context_length = draft.context_of(gpt ? std::min(said, trained) : said);
    config.refuse_if(grows && spec.context_length > trained,
                     "rotary_scaling_factor with a context above max_trained_positions");
    expect_published(config);
    spec::LayerSpec layer;
    layer.n_heads = config.count(gpt ? "n_head" : "num_attention_heads", {1, spec::kMaxHeads});
    layer.ffn_dim = config.count(gpt ? "n_inner" : "intermediate_size");
    config.expect("activation_function", {"swiglu", nullptr});
    config.expect("hidden_act", {"silu", nullptr});
    const double theta = config.number_or("rotary_emb_base", 1000.0);
    start_rotary_encoder(draft, layer, gpt ? "n_layer" : "num_hidden_layers", theta);
    set_names(draft);
}

}  // namespace quire::models
