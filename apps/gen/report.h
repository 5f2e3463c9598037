// What gen says of a finished run: the JSON object of --json and the lines of -v.
#pragma once

#include <cstdint>
#include <string>

#include "apps/gen/options.h"
#include "apps/gen/prompt.h"
#include "formats/quire/reader.h"
#include "lib/generate/generate.h"

namespace quire::gen {

struct Run {
    const generate::GenerateResult& result;
    std::size_t n_prompt = 0;
    double load_ms = 0;
};

// One line: text, tokens, prompt_tokens, finish_reason, seed, model_hash, logits_hash, timings.
std::string to_json(const Run& run, const Options& options, const formats::QuireFile& file);

// What --show-prompt prints: the text, or with --json one line with prompt and tokens.
std::string prompt_text(const EncodedPrompt& prompt, const Options& options);

// Where a person looks on: one line on standard error when -n or the context ended the text.
void say_if_cut(const generate::GenerateResult& result, const Options& options);

void log_verbose(const Run& run, const Options& options, const formats::QuireFile& file,
                 const char* isa);

}  // namespace quire::gen
