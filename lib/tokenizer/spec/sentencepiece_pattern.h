// Where a SentencePiece-like vocabulary lets text be cut without changing an id: between characters
// that no merge brings together. Long texts become short words by it. Used only when tables are
// built.
#pragma once

#include <span>
#include <string>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// A split pattern that cuts there: each ASCII character and the stand-in of a space by itself, all
// others alike. Empty where nothing can be said: words that are pieces whatever the merges, unknown
// symbols that fuse, merges of bytes. `merges` are those that text can use.
std::string cut_pattern(const TokenizerSpec& source, std::span<const Merge> merges);

}  // namespace quire::tokenizer
