#include "tests/fuzz/json_mutator.h"

#include <array>
#include <cctype>
#include <vector>

namespace quire::fuzz {

namespace {

struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

constexpr std::array<std::string_view, 26> kValues{"0",
                                                   "1",
                                                   "-1",
                                                   "2",
                                                   "255",
                                                   "256",
                                                   "65536",
                                                   "100000000",
                                                   "2147483647",
                                                   "2147483648",
                                                   "4294967295",
                                                   "4294967296",
                                                   "9223372036854775807",
                                                   "18446744073709551615",
                                                   "1e-35",
                                                   "1e38",
                                                   "1e308",
                                                   "-0.5",
                                                   "null",
                                                   "true",
                                                   "false",
                                                   "\"\"",
                                                   "[]",
                                                   "{}",
                                                   "\"a\"",
                                                   "[[[[]]]]"};

std::size_t string_end(std::string_view text, std::size_t begin) {
    std::size_t at = begin + 1;
    while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
    return std::min(at + 1, text.size());
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+' || c == '.';
}

// The end of the list or object that begins here.
std::size_t bracket_end(std::string_view text, std::size_t begin) {
    std::size_t depth = 0;
    for (std::size_t at = begin; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"') at = string_end(text, at) - 1;
        if (c == '[' || c == '{') ++depth;
        if ((c == ']' || c == '}') && --depth == 0) return at + 1;
    }
    return text.size();
}

// Values, including keys, and lists and objects as a whole.
std::vector<Span> values_of(std::string_view text) {
    std::vector<Span> values;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at + 1;
        if (text[at] == '"') {
            end = string_end(text, at);
            values.push_back({at, end});
        } else if (is_word(text[at])) {
            while (end < text.size() && is_word(text[end])) ++end;
            values.push_back({at, end});
        } else if ((text[at] == '[' || text[at] == '{') && values.size() < 200) {
            values.push_back({at, bracket_end(text, at)});
        }
        at = end;
    }
    return values;
}

std::string with(std::string_view text, Span span, std::string_view value) {
    return std::string(text.substr(0, span.begin)) + std::string(value) +
           std::string(text.substr(span.end));
}

std::string repeated(std::string_view part, std::size_t n) {
    std::string out;
    for (std::size_t i = 0; i < n; ++i) out += part;
    return out;
}

std::string deeper(std::string_view value, std::size_t depth, bool object) {
    return repeated(object ? "{\"type\":" : "[", depth) + std::string(value) +
           repeated(object ? "}" : "]", depth);
}

}  // namespace

std::string mutate_json(std::string_view text, std::size_t max_size, std::minstd_rand& random) {
    const std::vector<Span> values = values_of(text);
    if (values.empty()) return std::string(text.substr(0, max_size));
    const auto any = [&] { return values[random() % values.size()]; };
    const Span span = any();
    const std::string_view value = text.substr(span.begin, span.end - span.begin);
    std::string out;
    switch (random() % 7) {
        case 0:
        case 1:
            out = with(text, span, kValues[random() % kValues.size()]);
            break;
        case 2:
            out = with(text, span, deeper(value, 1U << random() % 10, random() % 2 == 0));
            break;
        case 3: {  // a value from another place
            const Span other = any();
            out = with(text, span, text.substr(other.begin, other.end - other.begin));
            break;
        }
        case 4:  // a list's element several times
            out = with(text, span,
                       std::string(value) + repeated("," + std::string(value), 1U << random() % 6));
            break;
        case 5: {  // a longer string
            if (value.size() < 2 || value[0] != '"') return std::string(text.substr(0, max_size));
            const std::string_view inside = value.substr(1, value.size() - 2);
            const std::string one(inside.empty() ? "a" : inside);
            out = with(text, span, "\"" + repeated(one, 1U << random() % 8) + "\"");
            break;
        }
        default: {  // removed, with the comma after it
            const std::size_t comma = span.end < text.size() && text[span.end] == ',' ? 1 : 0;
            out = with(text, {span.begin, span.end + comma}, "");
        }
    }
    return out.substr(0, max_size);
}

}  // namespace quire::fuzz
