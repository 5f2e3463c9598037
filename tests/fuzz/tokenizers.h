// Tokenizers under the fuzzer: however they were made, all ways to encode a text must agree.
#pragma once

#include <string_view>

#include "lib/tokenizer/encode/tokenizer.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::fuzz {

// Builds the tables and opens them; for sources that a reader accepted.
void use_source(const tokenizer::TokenizerSpec& source);

// Encodes texts made of the tokenizer's own pieces and others: at once, again with a filled word
// cache, with spans, and as a stream in pieces; decodes the ids. May throw an Error for a table
// whose damage is met on the way.
void use_tokenizer(const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::fuzz
