// Which pieces their own bytes, as a word, become: those are found without merging. Used only when
// tables are built.
#pragma once

#include <span>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// (n_pieces); merges and bytes: the tables "tokenizer.merges" and "tokenizer.bytes".
std::vector<bool> reachable_pieces(const TokenizerSpec& source, base::Bytes merges,
                                   base::Bytes bytes);

}  // namespace quire::tokenizer
