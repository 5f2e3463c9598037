// Makes a split pattern for vocabularies in the style of SentencePiece, which have none of their
// own. It cuts the text between characters that no merge can ever join, so it changes no id, but
// turns one long text into short words that can be cached. Used only while tables are built.
#pragma once

#include <span>
#include <string>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// The pattern. It treats each ASCII character and the character for a space separately, and all
// others alike. Empty if no cut is known to be safe: when words are looked up whole regardless of
// merges, when unknown symbols fuse, or when bytes merge. `merges` are the merges that text can
// use.
std::string sentencepiece_pattern(const TokenizerSpec& source, std::span<const Merge> merges);

}  // namespace quire::tokenizer
