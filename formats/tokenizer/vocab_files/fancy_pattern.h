// tiktoken reads split patterns by another engine than `tokenizers`. Where the two differ, what it
// means is written here as lib/tokenizer/pattern/split_regex.h reads it: x{1,3}+ gives nothing back, and $ is
// the end of the text.
#pragma once

#include <string>
#include <string_view>

namespace quire::formats {

// Whatever else the pattern holds stays as it is.
// source: fancy-regex, the syntax of its patterns
std::string from_fancy_pattern(std::string_view pattern);

}  // namespace quire::formats
