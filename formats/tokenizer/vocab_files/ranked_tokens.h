// Vocabularies whose tokens have a rank instead of merges, as tiktoken has them: of all pairs whose
// concatenation is a token the one of lowest rank merges first.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

struct TiktokenSettings {
    std::string pattern;  // how text is split, as tiktoken writes it (fancy_pattern.h)
    std::map<std::string, std::uint32_t> specials;  // control tokens and their ids
};

// Those of an encoding that tiktoken or Whisper knows by name: "gpt2", "r50k_base", "p50k_base",
// "p50k_edit", "cl100k_base", "o200k_base", "o200k_harmony", "multilingual". Its pattern is empty
// for another name.
TiktokenSettings known_tiktoken(std::string_view name);

// Those of Llama 3, whose tokenizer.model has 128,000 ranks and nothing else.
inline constexpr std::size_t kLlama3Ranks = 128'000;
TiktokenSettings llama3_tiktoken();

struct RankedToken {
    std::string bytes;  // empty: a token that text never becomes
    std::uint32_t rank = 0;
    std::size_t line = 0;  // or place, for messages; from 0
};

// The id of a token is its rank, and `first_id` more. Error{model} naming `where` and the line for
// ids that are taken or far apart.
tokenizer::TokenizerSpec from_ranked_tokens(const std::vector<RankedToken>& tokens,
                                            const TiktokenSettings& settings,
                                            std::uint32_t first_id, const std::string& where);

}  // namespace quire::formats
