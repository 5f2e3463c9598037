#include "formats/tokenizer/vocab_files/fancy_pattern.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace quire::formats {

namespace {

// The end of the escape, class or character that begins at `at`.
std::size_t atom_end(std::string_view pattern, std::size_t at) {
    const auto escape_end = [&](std::size_t from) {
        const bool braced = from + 2 < pattern.size() && pattern[from + 2] == '{';
        const std::size_t close = braced ? pattern.find('}', from) : std::string_view::npos;
        return close == std::string_view::npos ? std::min(from + 2, pattern.size()) : close + 1;
    };
    if (pattern[at] == '\\') return escape_end(at);
    if (pattern[at] != '[') return at + 1;
    ++at;
    while (at < pattern.size() && pattern[at] != ']') {
        at = pattern[at] == '\\' ? escape_end(at) : at + 1;
    }
    return std::min(at + 1, pattern.size());
}

}  // namespace

std::string from_fancy_pattern(std::string_view pattern) {
    std::string out;
    std::vector<std::size_t> open;  // where the groups around this position begin in `out`
    std::size_t atom = 0;           // where the operand of a quantifier begins
    for (std::size_t at = 0; at < pattern.size();) {
        const char c = pattern[at];
        std::size_t end = atom_end(pattern, at);
        if (c == '{') {
            end = std::min(pattern.find('}', at), pattern.size() - 1) + 1;
            out.append(pattern, at, end - at);
            if (end < pattern.size() && pattern[end] == '+') {
                out.insert(atom, "(?>");
                out.push_back(')');
                ++end;
            }
        } else if (c == '$') {
            atom = out.size();
            out += R"((?![\s\S]))";
        } else {
            if (c == ')' && !open.empty()) {
                atom = open.back();
                open.pop_back();
            } else if (c != '?' && c != '*' && c != '+') {
                atom = out.size();
            }
            if (c == '(') open.push_back(out.size());
            out.append(pattern, at, end - at);
        }
        at = end;
    }
    return out;
}

}  // namespace quire::formats
