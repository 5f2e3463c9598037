#include "lib/chat/jinja/parse/literals.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "lib/base/utf8.h"

namespace quire::jinja {
namespace {

bool is_digit(char c, int base) {
    if (base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return true;
    return c >= '0' && c < '0' + std::min(base, 10);
}

// Skips digits with single underscores between them. Returns the position after them.
std::size_t skip_digits(std::string_view text, std::size_t at, int base) {
    while (at < text.size() && is_digit(text[at], base)) {
        ++at;
        if (at + 1 < text.size() && text[at] == '_' && is_digit(text[at + 1], base)) ++at;
    }
    return at;
}

int base_of(std::string_view text) {
    if (text.size() < 2 || text[0] != '0') return 10;
    switch (text[1]) {
        case 'b':
        case 'B':
            return 2;
        case 'o':
        case 'O':
            return 8;
        case 'x':
        case 'X':
            return 16;
        default:
            return 10;
    }
}

std::string without_underscores(std::string_view literal) {
    std::string digits(literal);
    digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
    return digits;
}

// Appends the code point of an escape with a fixed number of hexadecimal digits.
void append_code_point(std::string& out, std::string_view literal, std::size_t& at, int digits) {
    char32_t value = 0;
    for (int i = 0; i < digits; ++i, ++at) {
        const int digit =
            at < literal.size() ? base::hex_digit(static_cast<unsigned char>(literal[at])) : -1;
        if (digit < 0) throw Failure(ErrorCode::model, "a string with an incomplete escape");
        value = value * 16 + static_cast<char32_t>(digit);
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
        throw Failure(ErrorCode::model, "a string with an escape that is not a character");
    }
    base::append_utf8(out, value);
}

void append_octal(std::string& out, std::string_view literal, std::size_t& at) {
    char32_t value = 0;
    for (int i = 0; i < 3 && at < literal.size() && is_digit(literal[at], 8); ++i, ++at) {
        value = value * 8 + static_cast<char32_t>(literal[at] - '0');
    }
    base::append_utf8(out, value);
}

// The character for a one-character escape, or '\0' for other escapes.
char single_escape(char escape) {
    switch (escape) {
        case '\\':
        case '\'':
        case '"':
            return escape;
        case 'a':
            return '\a';
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'v':
            return '\v';
        default:
            return '\0';
    }
}

}  // namespace

std::size_t float_literal_size(std::string_view text, bool after_dot) {
    const std::size_t whole = skip_digits(text, 0, 10);
    if (whole == 0 || after_dot) return 0;
    std::size_t end = whole;
    if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1], 10)) {
        end = skip_digits(text, end + 1, 10);
    }
    const std::size_t fraction = end;
    if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
        std::size_t digits = end + 1;
        if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
        if (digits < text.size() && is_digit(text[digits], 10)) end = skip_digits(text, digits, 10);
    }
    return end > whole ? std::max(end, fraction) : 0;
}

std::size_t integer_literal_size(std::string_view text) {
    const int base = base_of(text);
    if (base != 10) {
        // 0x_f is a valid number too.
        const std::size_t begin = text.size() > 2 && text[2] == '_' ? 3 : 2;
        const std::size_t end = skip_digits(text, begin, base);
        if (end > begin) return end;
    }
    if (text.empty() || !is_digit(text[0], 10)) return 0;
    if (text[0] != '0') return skip_digits(text, 0, 10);
    std::size_t end = 1;  // only zeros
    while (end < text.size() && (text[end] == '0' || text[end] == '_')) {
        if (text[end] == '_' && (end + 1 == text.size() || text[end + 1] != '0')) break;
        ++end;
    }
    return end;
}

Value read_float(std::string_view literal) {
    const std::string digits = without_underscores(literal);
    double value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    // Out of range: infinity or zero, as in Python.
    if (read.ec != std::errc()) value = std::strtod(digits.c_str(), nullptr);
    return Value(value);
}

Value read_integer(std::string_view literal) {
    const int base = base_of(literal);
    const std::string digits = without_underscores(literal.substr(base == 10 ? 0 : 2));
    std::int64_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (read.ec == std::errc()) return Value(value);
    if (base == 10) return make_integer(digits);
    throw Failure(ErrorCode::model, "an integer of more than 64 bits that is not decimal");
}

// source: Python's language reference, "String and Bytes literals", and codec "unicode-escape".
std::string unescape(std::string_view literal) {
    std::string out;
    for (std::size_t at = 0; at < literal.size();) {
        const char c = literal[at++];
        if (c != '\\' || at == literal.size()) {
            out += c;
            continue;
        }
        const char escape = literal[at++];
        if (const char single = single_escape(escape); single != '\0') {
            out += single;
            continue;
        }
        switch (escape) {
            case '\n':
                break;
            case 'x':
                append_code_point(out, literal, at, 2);
                break;
            case 'u':
                append_code_point(out, literal, at, 4);
                break;
            case 'U':
                append_code_point(out, literal, at, 8);
                break;
            case 'N':
                throw unsupported("the escape \\N in a string");
            default:
                if (is_digit(escape, 8)) {
                    append_octal(out, literal, --at);
                } else if (static_cast<unsigned char>(escape) >= 0x80) {
                    throw unsupported("a backslash before a character that is not ASCII");
                } else {
                    out += '\\';
                    out += escape;
                }
        }
    }
    return out;
}

}  // namespace quire::jinja
