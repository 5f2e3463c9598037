// Marian (OPUS-MT) and M2M-100 (NLLB): BART without learned positions.
#include "models/draft/answers.h"
#include "models/families/seq2seq/bart.h"

namespace quire::models {

void draft_marian(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    start_bart(draft, {});
    set_sinusoids(draft, 0, spec.dim / 2);
    spec::ModelSpec& encoder = spec.encoder.front();
    const bool shared = config.flag_or("share_encoder_decoder_embeddings", true);
    const std::uint32_t rows = config.count_or("decoder_vocab_size", spec.vocab_size);
    if (rows != spec.vocab_size && shared) {
        config.fail("decoder_vocab_size expected to be vocab_size with shared embeddings");
    }
    spec.vocab_size = rows;
    share_embedding(draft);
    if (!shared) {
        draft.names.model["embed"] = {"decoder.embed_tokens"};
        draft.encoder_names.model["embed"] = {"encoder.embed_tokens"};
        encoder.shared_embed = false;
        draft.names.unused = {"model.shared."};
        set_biased_output(draft);
    }
    draft.answers = read_answers(draft, {});
    draft.answers->target = spec::TargetPlace::source_begin;
}

void draft_m2m_100(Draft& draft) {
    start_bart(draft, {.norm_first = true});
    // Position 0 is that of the padding.
    const std::uint32_t padding = draft.config.count_or("pad_token_id", 1);
    set_sinusoids(draft, padding + 1, draft.spec.dim / 2 - 1);
    share_embedding(draft);
    draft.names.unused.emplace_back(".embed_positions.weights");
    draft.answers = read_answers(draft, 2U);
    draft.answers->target = spec::TargetPlace::first;
}

}  // namespace quire::models
