// tiktoken uses another regex engine than `tokenizers`. This rewrites the parts of a pattern that
// the two read differently into the syntax of lib/tokenizer/pattern/split_regex.h with the same
// meaning: x{1,3}+ is possessive, and $ is the end of the text.
#pragma once

#include <string>
#include <string_view>

namespace quire::formats {

// Whatever else the pattern holds stays as it is.
// source: fancy-regex, the syntax of its patterns
std::string from_fancy_pattern(std::string_view pattern);

}  // namespace quire::formats
