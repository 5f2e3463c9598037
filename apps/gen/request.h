// What the options ask the engine for.
#pragma once

#include <cstdint>
#include <vector>

#include "apps/gen/options.h"
#include "lib/generate/request.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

// Texts that are computed at the same time for one prompt.
inline constexpr std::size_t kMostAtOnce = 32;

generate::Request request_of(const Options& options, const tokenizer::Tokenizer& tokenizer,
                             std::vector<std::uint32_t> tokens);

}  // namespace quire::gen
