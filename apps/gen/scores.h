// gen --score: how likely the model finds every token of the prompt. gen --choice: which of several
// answers it finds likeliest.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "apps/gen/options.h"
#include "formats/quire/reader.h"
#include "lib/generate/sampling/logprob.h"
#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

// A prompt, and what computes it.
struct Scored {
    const formats::QuireFile& file;
    const model::Model& model;
    const tokenizer::Tokenizer& tokenizer;
    const std::vector<std::uint32_t>& tokens;
};

// Both write nothing after Ctrl-C.
// Writes a line for each token: log-probability, id, text; then the sum, the mean and the
// perplexity. With --json one object with tokens, logprobs (null for the first), logprob,
// perplexity, model_hash.
void write_score(const Options& options, const Scored& prompt);

// The probability of each text as the answer, given that the answer is one of them: at every token
// the model chooses among those with which one of the texts goes on, or ends. Sums to 1; empty after
// Ctrl-C.
std::vector<double> choice_probabilities(const Options& options, const Scored& prompt);

// Writes the likeliest text; with --json one object with text, choices (text, probability; in the
// order they were given), prompt_tokens, model_hash.
void write_choice(const Options& options, const Scored& prompt);

// Scores as a list of {token, bytes, logprob, top_logprobs}, as in OpenAI's chat completions.
nlohmann::ordered_json to_json(const std::vector<generate::ScoredToken>& scores,
                               const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::gen
