// A text with its tokens told apart, for people.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/encode/encoder.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::tok {

struct RunningStyle {
    bool coloured = false;    // backgrounds instead of bars
    std::size_t columns = 0;  // of a line; 0: lines end only where the text's lines do
    std::size_t indent = 0;   // columns before every line but the first
};

// Every two tokens differ in their background or, without color, have a bar between them. Characters in
// no token, as white space between words, have no background, and without color no place. Line ends
// are shown as a sign and end the line; control characters are shown as signs, bytes that are not
// a character as \xNN. Ends with a line end.
std::string running_text(std::string_view text, const std::vector<tokenizer::TokenSpan>& spans,
                         const tokenizer::Tokenizer& tokenizer, const RunningStyle& style);

// Bytes of control characters as the signs for them, so that nothing moves the cursor, and bytes that
// are not UTF-8 as \xNN.
std::string pictured(std::string_view text);

// The escape sequence that begins a token of this number, and the one that ends it.
std::string background_of(std::size_t token);
inline constexpr std::string_view kPlainAgain = "\x1B[0m";

}  // namespace quire::tok
