// Builds the tables of a tokenizer (layout.h) from its spec.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/tokenizer/spec/layout.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// The names of the tables that every tokenizer has, in the order in which build_tables() returns
// them. Those that only some kinds have come after them.
std::vector<std::string> tokenizer_table_names();

// Error{model} if the spec is inconsistent: an id out of range, a split pattern outside the
// language, or steps that lengthen a text too much (tokenizer_config.h).
std::vector<TokenizerTable> build_tables(const TokenizerSpec& source);

// Error{model} naming the table if it is missing. Use it for a Tokenizer over tables in memory,
// which must outlive it.
base::Bytes find_table(std::span<const TokenizerTable> tables, std::string_view name);

}  // namespace quire::tokenizer
