#include "models/source/gguf_keys.h"

#include <array>
#include <utility>

namespace quire::models {

namespace {

constexpr std::string_view kRope = "read_gguf_rope";
constexpr std::string_view kTrained =
    "notes that training went on with the scaling; it scales all the same";

constexpr std::string_view kNoSsm = "of layers without attention, which this architecture lacks";

// source: docs/gguf.md of ggml, the constants of its Python package, and llama.cpp's loader.
// clang-format off
constexpr std::array kGgufKeys = std::to_array<GgufKey>({
    {"", {"context_length", Field("max_position_embeddings")}},
    {"", {"embedding_length", Field("hidden_size")}},
    {"", {"block_count", Field("num_hidden_layers")}},
    {"", {"feed_forward_length", Field("intermediate_size")}},
    {"", {"vocab_size", Harmless("the embedding has a row for each token")}},
    {"", {"attention.head_count", Field("num_attention_heads")}},
    {"", {"attention.head_count_kv", Field("num_key_value_heads")}},
    {"", {"attention.key_length", Field("head_dim")}},
    {"", {"attention.value_length", ReadElsewhere("check_heads")}},
    {"", {"attention.key_length_swa", Field("head_dim_swa")}},
    {"", {"attention.value_length_swa", Field("value_dim_swa")}},
    {"", {"attention.key_length_mla", Field("qk_head_dim")}},
    {"", {"attention.value_length_mla", Field("v_head_dim")}},
    {"", {"attention.q_lora_rank", Field("q_lora_rank")}},
    {"", {"attention.kv_lora_rank", Field("kv_lora_rank")}},
    {"", {"attention.shared_kv_layers", Field("num_kv_shared_layers")}},
    {"", {"embedding_length_per_layer_input", Field("hidden_size_per_layer_input")}},
    {"", {"rope.dimension_count_swa", Field("rotary_dim_swa")}},
    {"", {"attention.layer_norm_rms_epsilon", Field("rms_norm_eps")}},
    {"", {"attention.layer_norm_epsilon", Field("layer_norm_eps")}},
    {"", {"attention.causal", Field("is_causal")}},
    {"", {"attention.sliding_window", Field("sliding_window")}},
    {"", {"attention.sliding_window_pattern", ReadElsewhere("read_window_pattern")}},
    {"granite_swa", {"attention.rope_pattern", ReadElsewhere("read_rope_pattern")}},
    {"", {"attention.scale", Field("attention_multiplier")}},
    {"", {"attention.temperature_scale", ReadElsewhere(kRope)}},
    {"mpt", {"attention.max_alibi_bias", MustEqual("[8]")}},
    {"", {"attention.max_alibi_bias", MustEqual("[0]")}},
    {"", {"attention.clamp_kqv", MustEqual("[0]")}},
    {"mimo2", {"attention.value_scale", Field("attention_value_scale")}},
    {"", {"attn_logit_softcapping", Field("attn_logit_softcapping")}},
    {"", {"final_logit_softcapping", Field("final_logit_softcapping")}},
    {"", {"embedding_scale", Field("embedding_multiplier")}},
    {"", {"residual_scale", Field("residual_multiplier")}},
    {"", {"logit_scale", Field("logits_scaling")}},
    {"", {"use_parallel_residual", Field("use_parallel_residual")}},
    {"", {"pooling_type", ReadElsewhere("read_gguf_pooling")}},
    {"eurobert", {"classifier.pooling_type", MustEqual("[1]")}},  // the mean
    {"modern-bert", {"classifier.pooling_type", ReadElsewhere("read_head_pooling")}},
    {"modern-bert", {"attention.layer_norm_rms_epsilon", Harmless("the same; it has LayerNorms")}},
    {"modern-bert", {"hidden_activation", Field("hidden_activation")}},
    {"gemma-embedding", {"dense_2_feat_in", ReadElsewhere("read_dense_tail")}},
    {"gemma-embedding", {"dense_2_feat_out", ReadElsewhere("read_dense_tail")}},
    {"gemma-embedding", {"dense_3_feat_in", ReadElsewhere("read_dense_tail")}},
    {"gemma-embedding", {"dense_3_feat_out", ReadElsewhere("read_dense_tail")}},
    {"", {"classifier.output_labels", ReadElsewhere("read_gguf_labels")}},
    {"falcon", {"tensor_data_layout", MustEqual(R"(["jploski"])")}},
    {"", {"tensor_data_layout", MustEqual(R"(["reference", "Meta AI original pth"])")}},

    {"", {"expert_count", Field("num_local_experts")}},
    {"", {"expert_used_count", Field("num_experts_per_tok")}},
    {"", {"expert_feed_forward_length", Field("moe_intermediate_size")}},
    {"", {"expert_shared_count", Field("n_shared_experts")}},
    {"", {"expert_shared_feed_forward_length", Field("shared_expert_intermediate_size")}},
    {"", {"expert_group_count", Field("n_group")}},
    {"", {"expert_group_used_count", Field("topk_group")}},
    {"", {"expert_gating_func", Field("scoring_func")}},
    {"", {"expert_weights_scale", Field("routed_scaling_factor")}},
    {"nemotron_h", {"moe_latent_size", Field("moe_latent_size")}},
    {"ernie4_5-moe", {"interleave_moe_layer_step", Field("moe_layer_interval")}},
    {"llama4", {"interleave_moe_layer_step", Field("interleave_moe_layer_step")}},
    {"", {"leading_dense_block_count", Field("first_k_dense_replace")}},
    {"llama", {"expert_weights_norm", MustEqual("[true]")}},
    {"", {"expert_weights_norm", Field("norm_topk_prob")}},
    {"", {"nextn_predict_layers", Field("num_nextn_predict_layers")}},

    {"", {"rope.dimension_count", ReadElsewhere(kRope)}},
    {"", {"rope.freq_base", Field("rope_theta")}},
    {"", {"rope.freq_base_swa", Field("rope_local_base_freq")}},
    {"", {"rope.scale_linear", ReadElsewhere(kRope)}},  // the older word for scaling.factor
    {"", {"rope.scaling.type", ReadElsewhere(kRope)}},
    {"", {"rope.scaling.factor", ReadElsewhere(kRope)}},
    {"", {"rope.scaling.attn_factor", ReadElsewhere(kRope)}},
    {"", {"rope.scaling.original_context_length", ReadElsewhere(kRope)}},
    {"", {"rope.scaling.yarn_attn_factor", ReadElsewhere(kRope)}},
    {"", {"rope.scaling.yarn_beta_fast", ReadElsewhere(kRope)}},
    {"", {"rope.scaling.yarn_beta_slow", ReadElsewhere(kRope)}},
    {"", {"rope.scaling.yarn_log_multiplier", ReadElsewhere(kRope)}},
    {"", {"rope.scaling.yarn_ext_factor", MustEqual("[1, -1]")}},  // -1: not set
    {"", {"rope.scaling.alpha", MustEqual("[0]")}},
    {"granite", {"rope.scaling.finetuned", MustEqual("[true]")}},  // false: not rotated
    {"", {"rope.scaling.finetuned", Harmless(kTrained)}},

    {"", {"rope.dimension_sections", Harmless("of pictures; text has the same position in all")}},
    {"", {"n_deepstack_layers", Harmless("of pictures, which are not read")}},

    {"", {"shortconv.l_cache", Field("conv_L_cache")}},

    {"", {"full_attention_interval", Field("full_attention_interval")}},
    {"qwen35", {"attention.recurrent_layers", ReadElsewhere("set_qwen3_5")}},
    {"qwen35", {"nextn_predict_layers", ReadElsewhere("set_qwen3_5")}},
    {"qwen35", {"ssm.conv_kernel", Field("linear_conv_kernel_dim")}},
    {"qwen35", {"ssm.group_count", Field("linear_num_key_heads")}},
    {"qwen35", {"ssm.inner_size", ReadElsewhere("set_qwen3_5")}},
    {"qwen35", {"ssm.state_size", Field("linear_key_head_dim")}},
    {"qwen35", {"ssm.time_step_rank", Field("linear_num_value_heads")}},

    {"granitehybrid", {"expert_shared_feed_forward_length", Field("shared_intermediate_size")}},
    {"granitehybrid", {"rope.scaling.finetuned", ReadElsewhere("set_granite_hybrid")}},
    {"granitehybrid", {"ssm.conv_kernel", Field("mamba_d_conv")}},
    {"granitehybrid", {"ssm.group_count", Field("mamba_n_groups")}},
    {"granitehybrid", {"ssm.inner_size", ReadElsewhere("set_granite_hybrid")}},
    {"granitehybrid", {"ssm.state_size", Field("mamba_d_state")}},
    {"granitehybrid", {"ssm.time_step_rank", Field("mamba_n_heads")}},

    {"falcon-h1", {"ssm.conv_kernel", Field("mamba_d_conv")}},
    {"falcon-h1", {"ssm.group_count", Field("mamba_n_groups")}},
    {"falcon-h1", {"ssm.inner_size", Field("mamba_d_ssm")}},
    {"falcon-h1", {"ssm.state_size", Field("mamba_d_state")}},
    {"falcon-h1", {"ssm.time_step_rank", Field("mamba_n_heads")}},

    {"mamba2", {"ssm.conv_kernel", Field("conv_kernel")}},
    {"mamba2", {"ssm.group_count", Field("n_groups")}},
    {"mamba2", {"ssm.inner_size", ReadElsewhere("set_mamba2")}},
    {"mamba2", {"ssm.state_size", Field("state_size")}},
    {"mamba2", {"ssm.time_step_rank", Field("num_heads")}},

    {"rwkv7", {"attention.decay_lora_rank", Field("decay_low_rank_dim")}},
    {"rwkv7", {"attention.gate_lora_rank", Field("gate_low_rank_dim")}},
    {"rwkv7", {"attention.head_count", MustEqual("[0]")}},
    {"rwkv7", {"attention.iclr_lora_rank", Field("a_low_rank_dim")}},
    {"rwkv7", {"attention.value_residual_mix_lora_rank", Field("v_low_rank_dim")}},
    {"rwkv7", {"wkv.head_size", Field("head_dim")}},

    {"t5", {"attention.relative_buckets_count", Field("relative_attention_num_buckets")}},
    {"t5", {"attention.layer_norm_rms_epsilon", Harmless("the same; it has one kind of norm")}},
    {"t5", {"decoder_block_count", Field("num_decoder_layers")}},
    {"t5", {"decoder_start_token_id", Field("decoder_start_token_id")}},

    {"nemotron_h", {"ssm.conv_kernel", Field("conv_kernel")}},
    {"nemotron_h", {"ssm.group_count", Field("n_groups")}},
    {"nemotron_h", {"ssm.inner_size", ReadElsewhere("set_mamba2")}},
    {"nemotron_h", {"ssm.state_size", Field("ssm_state_size")}},
    {"nemotron_h", {"ssm.time_step_rank", Field("mamba_num_heads")}},

    // Granite 4 without such layers.
    {"granite", {"expert_shared_feed_forward_length", Harmless("the width of its one dense block")}},
    {"granite", {"ssm.conv_kernel", Harmless(kNoSsm)}},
    {"granite", {"ssm.group_count", Harmless(kNoSsm)}},
    {"granite", {"ssm.inner_size", Harmless(kNoSsm)}},
    {"granite", {"ssm.state_size", Harmless(kNoSsm)}},
    {"granite", {"ssm.time_step_rank", Harmless(kNoSsm)}},

    // Ollama's converter uses keys of its own for Gemma 3.
    {"gemma3", {"rope.global.freq_base", Field("rope_theta")}},
    {"gemma3", {"rope.local.freq_base", Field("rope_local_base_freq")}},
    {"gemma3", {"mm.tokens_per_image", Harmless("of pictures, whose tensors would be refused")}},
});

constexpr std::array kCommon = std::to_array<KnownKey>({
    {"general.architecture", ReadElsewhere("open_gguf")},
    {"general.name", ReadElsewhere("open_gguf")},
    {"general.alignment", ReadElsewhere("formats/gguf")},
    {"general.type", MustEqual(R"(["model"])")},  // not an adapter or a vocabulary
    {"general.quantization_version", MustEqual("[2]")},
    {"general.tensor_extra.", Harmless("how another runner should compute the same product")},
    {"general.sampling.", Harmless("recommended settings; gen's options say which are used")},
    {"general.", Harmless("describes the file to people")},
    {"tokenizer.", ReadElsewhere("formats/tokenizer/gguf_vocab")},
    {"split.", ReadElsewhere("formats/gguf")},
    {"xielu.", ReadElsewhere("read_xielu")},
    {"quantize.", Harmless("how the weights were quantised; each tensor names its type")},
});
// clang-format on

// Architectures whose keys are those of another.
constexpr std::pair<std::string_view, std::string_view> kSameKeys[] = {
    {"nemotron_h_moe", "nemotron_h"},
    {"qwen35moe", "qwen35"},
    {"qwen3next", "qwen35"},
    {"t5encoder", "t5"}};

}  // namespace

std::span<const GgufKey> gguf_keys() noexcept {
    return kGgufKeys;
}

std::span<const KnownKey> gguf_common_keys() noexcept {
    return kCommon;
}

const KnownKey* find_gguf_key(std::string_view architecture, std::string_view key) noexcept {
    for (const auto& [one, same] : kSameKeys) {
        if (one == architecture) architecture = same;
    }
    const KnownKey* found = nullptr;
    for (const GgufKey& row : kGgufKeys) {
        if (row.known.key != key) continue;
        if (row.architecture == architecture) return &row.known;
        if (row.architecture.empty()) found = &row.known;
    }
    return found;
}

const KnownKey* find_gguf_common_key(std::string_view key) noexcept {
    for (const KnownKey& row : kCommon) {
        if (row.key.ends_with('.') ? key.starts_with(row.key) : key == row.key) return &row;
    }
    return nullptr;
}

}  // namespace quire::models
