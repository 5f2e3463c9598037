// The merges of vocabularies that rank tokens instead of listing merges.
#pragma once

#include <vector>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// Every way to make a piece by joining two others, ranked by the score of the result. The spec must have
// a score for each piece.
std::vector<Merge> merges_of_scores(const TokenizerSpec& source);

}  // namespace quire::tokenizer
