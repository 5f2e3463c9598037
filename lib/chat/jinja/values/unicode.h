// What Python's str knows about a character: its classes and its upper, lower and title case. The
// tables (unicode_tables.inc) were made by asking Python. Also iterates over code points; all
// strings inside the interpreter are valid UTF-8, which is checked on input.
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

// One to three code points, padded with zeros. The lower case of U+03A3 (capital sigma) is the form
// inside a word; the form at the end of a word depends on the neighbors.
std::array<char32_t, 3> to_case(CharCase to, char32_t code_point);

// The code point that begins at `at`, which must be its first byte. Moves `at` past it.
char32_t next_char(std::string_view text, std::size_t& at);
// The code point that ends at `at` > 0. Moves `at` to its first byte.
char32_t previous_char(std::string_view text, std::size_t& at);

std::size_t count_chars(std::string_view text);
// The byte at which code point number `index` begins, or the size if there are not that many.
std::size_t byte_of_char(std::string_view text, std::size_t index);

}  // namespace quire::jinja
