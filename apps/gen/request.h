// What the options ask the engine for.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/gen/options.h"
#include "lib/generate/request.h"
#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

// Texts that are computed at the same time for one prompt.
inline constexpr std::size_t kMostAtOnce = 32;

// Positions that the prompt and its text probably take: as many as -n says, or a page of writing.
std::size_t likely_length(const Options& options, const model::Model& model, std::size_t n_prompt);

generate::Request request_of(const Options& options, const tokenizer::Tokenizer& tokenizer,
                             std::vector<std::uint32_t> tokens);

}  // namespace quire::gen
