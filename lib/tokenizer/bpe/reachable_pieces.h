// Finds the pieces that their own bytes encode to. A word of exactly these bytes can be looked up
// instead of merged. Used only while tables are built.
#pragma once

#include <span>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// Returns (n_pieces). `merges` and `bytes` are the tables "tokenizer.merges" and "tokenizer.bytes".
std::vector<bool> reachable_pieces(const TokenizerSpec& source, base::Bytes merges,
                                   base::Bytes bytes);

}  // namespace quire::tokenizer
