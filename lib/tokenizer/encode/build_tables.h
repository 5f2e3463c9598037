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

// The names of the tables that every tokenizer has, in the order build_tables() returns them; those
// of some kinds follow.
std::vector<std::string> tokenizer_table_names();

// Error{model} when the source contradicts itself: an id out of range, a split pattern outside the
// language, steps that lengthen a text too much (tokenizer_config.h).
std::vector<TokenizerTable> build_tables(const TokenizerSpec& source);

// Error{model} naming the table when it is not among them. For a Tokenizer over tables in memory,
// which must outlive it.
base::Bytes find_table(std::span<const TokenizerTable> tables, std::string_view name);

}  // namespace quire::tokenizer
