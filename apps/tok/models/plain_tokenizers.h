// Three ways to cut a text that need no vocabulary of a model, to stand beside one that has a vocabulary:
// by words, by characters and by bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tok {

enum class Plain : std::uint8_t { words, characters, bytes };

// "words", "characters" or "bytes".
std::optional<Plain> plain_named(std::string_view name) noexcept;

// words: runs of letters, digits and underscores, and runs of other characters that are not white space,
// as the pre-tokenizer Whitespace of `tokenizers` cuts them; all of them have the same id. characters:
// each code point, all with the same id. bytes: each byte, which is its id.
tokenizer::TokenizerSpec plain_spec(Plain kind);

}  // namespace quire::tok
