// Which pieces their own bytes, as a word, become: those are found without merging. Used only when
// tables are built.
#pragma once

#include <span>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/text/tokenizer_source.h"

namespace quire::text {

// (n_pieces); merges and bytes: the tables "tokenizer.merges" and "tokenizer.bytes".
std::vector<bool> whole_pieces(const TokenizerSource& source, base::Bytes merges,
                               base::Bytes bytes);

}  // namespace quire::text
