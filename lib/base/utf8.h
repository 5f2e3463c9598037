// UTF-8 as Unicode defines it (no surrogates, no overlong forms, at most U+10FFFF).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace quire::base {

struct CodePoint {
    char32_t value = 0;  // meaningful only when `valid`
    int length = 0;      // bytes; of a broken sequence, the bytes to skip (at least 1)
    bool valid = false;
    bool truncated = false;  // the text ends inside a sequence that is right so far
};

// The code point at the front of `text`, which must not be empty. A broken sequence has the length
// of its maximal well-formed prefix (Unicode 15, section 3.9, "substitution of maximal subparts").
CodePoint decode_utf8(std::string_view text) noexcept;

void append_utf8(std::string& out, char32_t code_point);

// The ASCII bytes at the front of `text`.
std::size_t ascii_length(std::string_view text) noexcept;

bool is_utf8(std::string_view text) noexcept;

}  // namespace quire::base
