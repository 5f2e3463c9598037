// RWKV's vocabularies: tokens of bytes, of which the longest at the front of a text is taken, then the
// longest at the front of the rest, and so on.
#pragma once

#include <string>
#include <string_view>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// The name of such a file, as in rwkv_vocab_v20230424.txt.
bool is_rwkv_vocab(std::string_view file_name) noexcept;

// Each line is an id, a token as a literal of Python (text, or b'..' for bytes), and how many bytes it
// has. Id 0, which no text has, ends a text. Error{model} naming `where` and the line. source:
// BlinkDL/ChatRWKV, rwkv_tokenizer.py
tokenizer::TokenizerSpec parse_rwkv_vocab(std::string_view text, const std::string& where);

// The bytes of a token that Python's repr() of bytes wrote, without b''. Nothing if it is not such.
// source: llama.cpp, llama_unescape_rwkv_token().
bool unescape_rwkv_token(std::string_view escaped, std::string& bytes);

// What such a vocabulary has beside its pieces. Error{model} unless each byte is a piece: a text could
// not be read otherwise.
void set_longest_match(tokenizer::TokenizerSpec& source, const std::string& where);

}  // namespace quire::formats
