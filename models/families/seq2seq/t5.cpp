// T5 (Flan-T5, MADLAD), mT5 and UMT5: no positions but a bias of the scores by distance, queries that
// are not scaled.
#include <cmath>

#include "models/draft/answers.h"
#include "models/families/seq2seq/t5_stacks.h"

namespace quire::models {

namespace {

// The layer whose biases its stack uses; "{}": each its own.
void set_biases(Draft& draft, const std::string& layer) {
    const std::string name =
        ".block." + layer + ".layer.0.SelfAttention.relative_attention_bias.weight";
    PositionBias bias;
    bias.buckets = draft.config.count_or("relative_attention_num_buckets", 32);
    bias.max_distance = draft.spec.layers.front().bias_distance;
    bias.name = "encoder" + name;
    draft.encoder_position_bias = bias;
    bias.name = "decoder" + name;
    bias.causal = true;
    draft.position_bias = bias;
}

// scales: the family divides what the output matrix reads by the square root of its width, unless the
// matrix is one of its own.
void start_t5(Draft& draft, const std::string& bias_layer, bool scales) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    const bool same = config.find("num_decoder_layers") == nullptr;
    set_t5_stack(draft, spec, same ? "num_layers" : "num_decoder_layers");
    spec::ModelSpec& encoder = spec.encoder.emplace_back();
    set_t5_stack(draft, encoder, "num_layers");
    encoder.causal = false;
    encoder.output = spec::OutputKind::none;
    encoder.shared_embed = true;
    draft.names = t5_names("decoder", "layer.2", spec.layers.front().gated);
    draft.encoder_names = t5_names("encoder", "layer.1", spec.layers.front().gated);
    set_biases(draft, bias_layer);
    const bool tied = config.flag_or("tie_word_embeddings", true);
    scales = config.flag_or("scale_decoder_outputs", scales && tied);
    const bool gguf = config.source().format == Format::gguf;
    const char* output = gguf ? "output.weight" : "lm_head.weight";
    const bool own = !scales && config.source().tensors.contains(output);
    spec.output = own ? spec::OutputKind::own : spec::OutputKind::tied;
    if (scales) {
        draft.names.model.at("output_norm").times = 1.0F / std::sqrt(static_cast<float>(spec.dim));
    }
    // Copies of the embedding, and a table that T5's first checkpoints have and nothing reads.
    draft.names.unused = {".embed_tokens.", ".EncDecAttention.relative_attention_bias."};
    if (!own) draft.names.unused.emplace_back("lm_head.weight");
    config.expect("is_encoder_decoder", {true});
    config.ignore("dense_act_fn", "feed_forward_proj is what is read");
    config.ignore("is_gated_act", "feed_forward_proj is what is read");
    config.ignore("dropout_rate", "only training reads it");
    if (gguf) set_t5_gguf_names(draft, bias_layer);
    draft.answers = read_answers(draft, 0U);
    draft.answers->target = spec::TargetPlace::source_begin;
}

// A checkpoint may hold the encoder alone.
bool is_encoder(Draft& draft) {
    const nlohmann::json* architectures = draft.config.find("architectures");
    return architectures != nullptr &&
           architectures->dump().find("EncoderModel\"") != std::string::npos;
}

}  // namespace

void draft_t5(Draft& draft) {
    if (is_encoder(draft)) return draft_t5_encoder(draft);
    start_t5(draft, "0", true);
}

void draft_mt5(Draft& draft) {
    if (is_encoder(draft)) return draft_t5_encoder(draft);
    start_t5(draft, "0", false);
}

void draft_umt5(Draft& draft) {
    if (is_encoder(draft)) return draft_umt5_encoder(draft);
    start_t5(draft, "{}", true);
}

}  // namespace quire::models
