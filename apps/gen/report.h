// What gen reports about a finished text: the JSON object of --json and the lines of -v.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/gen/options.h"
#include "apps/gen/prompt.h"
#include "formats/quire/reader.h"
#include "lib/generate/engine_params.h"
#include "lib/generate/request.h"

namespace quire::gen {

struct Report {
    const generate::Result& result;
    generate::EngineStats stats;
    std::uint64_t scratch_bytes = 0;
    double load_ms = 0;                         // from the start to the first pass
    std::optional<std::string> reasoning = {};  // of the model, kept apart from the text
};

// One line: text, tokens, prompt_tokens, finish_reason, seed, model_hash, logits_hash, timings, with
// thoughts apart reasoning, with a constraint complete, and with --logprobs logprobs.
std::string to_json(const Report& report, const Options& options, const formats::QuireFile& file,
                    const tokenizer::Tokenizer& tokenizer);

// One line with `samples`, a list of objects with text, tokens, finish_reason and logits_hash, and
// prompt_tokens, seed, model_hash, timings.
std::string to_json(const std::vector<generate::Result>& samples, const Options& options,
                    const formats::QuireFile& file, double load_ms);

// What --show-prompt prints: the text, or with --json one line with prompt and tokens.
std::string prompt_text(const EncodedPrompt& prompt, const Options& options);

// If standard error is a terminal: says in one line that -n or the context ended the text.
void say_if_cut(const generate::Result& result, const Options& options);

// If standard error is a terminal: says that a prompt without a template ends in white space.
void say_if_odd(const std::string& prompt, const Options& options);

void log_verbose(const Report& report, const Options& options, const formats::QuireFile& file,
                 const char* isa);

}  // namespace quire::gen
