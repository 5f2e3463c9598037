// What Python's str says about a character: its class and its upper, lower and title case, asked of
// Python once and kept as tables (unicode_tables.inc). Also walking UTF-8 by code points; every
// string inside the interpreter is well-formed UTF-8, checked where it comes in.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace quire::jinja {

enum class CharClass {
    space,
    printable,
    alpha,
    decimal,
    digit,
    numeric,
    lower,
    upper,
    title,
    cased,
    case_ignorable,
};

bool is_char(CharClass what, char32_t code_point);
inline bool is_space(char32_t code_point) {
    return is_char(CharClass::space, code_point);
}

enum class CharCase { lower, upper, title };

// One to three code points, filled up with zeros. Of U+03A3 (capital sigma) the lower case is the
// one inside a word; its form at the end of a word needs the neighbours.
std::array<char32_t, 3> to_case(CharCase to, char32_t code_point);

// The code point that begins at `at`, which must be the first byte of one; `at` moves behind it.
char32_t next_char(std::string_view text, std::size_t& at);
// The code point that ends at `at` > 0; `at` moves to its first byte.
char32_t previous_char(std::string_view text, std::size_t& at);

std::size_t count_chars(std::string_view text);
// The byte where code point number `index` begins; the size when there are no more than `index`.
std::size_t byte_of_char(std::string_view text, std::size_t index);

}  // namespace quire::jinja
