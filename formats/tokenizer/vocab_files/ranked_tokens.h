// Vocabularies whose tokens have a rank instead of merges, as in tiktoken: of all pairs whose
// concatenation is a token, the one of lowest rank is merged first.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

struct TiktokenSettings {
    std::string pattern;  // the split pattern in tiktoken's syntax (fancy_pattern.h)
    std::map<std::string, std::uint32_t> specials;  // control tokens and their ids
};

// The settings of an encoding that tiktoken or Whisper knows by name: "gpt2", "r50k_base",
// "p50k_base", "p50k_edit", "cl100k_base", "o200k_base", "o200k_harmony", "multilingual". The
// pattern is empty for any other name.
TiktokenSettings known_tiktoken(std::string_view name);

// The settings of Llama 3, whose tokenizer.model has exactly 128,000 ranks.
inline constexpr std::size_t kLlama3Ranks = 128'000;
TiktokenSettings llama3_tiktoken();

struct RankedToken {
    std::string bytes;  // empty: a token that is never made from text
    std::uint32_t rank = 0;
    std::size_t line = 0;  // or position, for messages; from 0
};

// The id of a token is its rank plus `first_id`. Error{model} naming `where` and the line for ids
// that are taken or too large.
tokenizer::TokenizerSpec from_ranked_tokens(const std::vector<RankedToken>& tokens,
                                            const TiktokenSettings& settings,
                                            std::uint32_t first_id, const std::string& where);

}  // namespace quire::formats
