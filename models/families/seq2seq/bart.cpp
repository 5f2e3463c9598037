// BART and mBART: an encoder, and a decoder with cross attention; learned positions that begin at row 2.
#include "models/families/seq2seq/bart.h"

#include "models/draft/answers.h"
#include "models/draft/sinusoids.h"

namespace quire::models {

void share_embedding(Draft& draft) {
    const auto& tensors = draft.config.source().tensors;
    std::string found = "shared";
    for (const char* name : {"decoder.embed_tokens", "encoder.embed_tokens", "shared"}) {
        if (tensors.contains("model." + std::string(name) + ".weight")) found = name;
    }
    draft.names.model["embed"] = {found};
    draft.spec.encoder.front().shared_embed = true;
    draft.names.unused = {".embed_tokens.", "model.shared."};  // copies
    set_biased_output(draft);
}

void set_biased_output(Draft& draft) {
    set_output(draft, "lm_head", true);
    if (!draft.config.source().tensors.contains("final_logits_bias")) return;
    draft.spec.output = draft.spec.output == spec::OutputKind::tied ? spec::OutputKind::tied_biased
                                                                    : spec::OutputKind::biased;
}

void set_sinusoids(Draft& draft, std::uint32_t first, std::uint32_t n) {
    const spec::ModelSpec& spec = draft.spec;
    if (spec.dim % 2 != 0 || spec.dim < 4) draft.config.fail("d_model expected an even number");
    const auto rows = sinusoidal_rows({spec.n_positions, spec.dim, first, n});
    draft.names.model.at("positions").formula = rows;
    draft.encoder_names.model.at("positions").formula = rows;
}

void draft_bart(Draft& draft) {
    start_bart(draft, {.embed_norm = true, .first_position = 2});
    share_embedding(draft);
    draft.answers = read_answers(draft, {});
}

void draft_mbart(Draft& draft) {
    start_bart(draft, {.norm_first = true, .embed_norm = true, .first_position = 2});
    share_embedding(draft);
    // Models for a single direction have no token before the answer but that of its language.
    const bool begins = draft.config.find("decoder_start_token_id") != nullptr ||
                        draft.config.source().generation.contains("decoder_start_token_id");
    draft.answers = read_answers(draft, begins ? std::nullopt : std::optional(2U));
    draft.answers->target = begins ? spec::TargetPlace::first : spec::TargetPlace::start;
}

}  // namespace quire::models
