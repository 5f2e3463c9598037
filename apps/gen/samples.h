// gen --samples: several texts after one prompt.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/gen/options.h"
#include "formats/quire/reader.h"
#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

struct SamplePrompt {
    const model::Model& model;
    const tokenizer::Tokenizer& tokenizer;
    const std::vector<std::uint32_t>& tokens;
};

// Generates the texts at the same time and writes them in the order of their numbers, which name
// their draws: text i is the same however many there are. Writes nothing if Ctrl-C ends it before.
void write_samples(const Options& options, const formats::QuireFile& file,
                   const SamplePrompt& prompt, double load_ms);

}  // namespace quire::gen
