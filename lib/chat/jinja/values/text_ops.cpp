#include "lib/chat/jinja/values/text_ops.h"

#include <algorithm>

#include "lib/base/utf8.h"

namespace quire::jinja {
namespace {

using Position = std::size_t;

bool contains_char(std::string_view chars, char32_t code_point) {
    for (Position at = 0; at < chars.size();) {
        if (next_char(chars, at) == code_point) return true;
    }
    return false;
}

// The line breaks of str.splitlines(), which are more than "\n". "\r\n" is one break.
bool is_line_break(char32_t code_point) {
    return (code_point >= 0x0A && code_point <= 0x0D) ||
           (code_point >= 0x1C && code_point <= 0x1E) || code_point == 0x85 ||
           code_point == 0x2028 || code_point == 0x2029;
}

std::vector<Text> split_at_space(const Text& text, std::int64_t max_splits) {
    const std::string_view bytes = text.bytes();
    std::vector<Text> parts;
    for (Position at = 0;;) {
        Position begin = at;
        while (at < bytes.size() && is_space(next_char(bytes, at))) begin = at;
        if (begin == bytes.size()) return parts;
        if (max_splits >= 0 && static_cast<std::int64_t>(parts.size()) == max_splits) {
            parts.push_back(text.slice(begin));
            return parts;
        }
        Position end = begin;
        for (at = begin; at < bytes.size();) {
            if (is_space(next_char(bytes, at))) break;
            end = at;
        }
        parts.push_back(text.slice(begin, end));
    }
}

std::vector<Text> split_at_space_from_right(const Text& text, std::int64_t max_splits) {
    const std::string_view bytes = text.bytes();
    std::vector<Text> parts;
    for (Position at = bytes.size();;) {
        Position end = at;
        while (at > 0 && is_space(previous_char(bytes, at))) end = at;
        if (end == 0) break;
        if (max_splits >= 0 && static_cast<std::int64_t>(parts.size()) == max_splits) {
            parts.push_back(text.slice(0, end));
            break;
        }
        Position begin = end;
        for (at = end; at > 0;) {
            if (is_space(previous_char(bytes, at))) break;
            begin = at;
        }
        parts.push_back(text.slice(begin, end));
    }
    std::reverse(parts.begin(), parts.end());
    return parts;
}

void append_mapped(Text& out, CharCase to, char32_t code_point, Origin origin) {
    std::string bytes;
    for (const char32_t mapped : to_case(to, code_point)) {
        if (mapped != 0) base::append_utf8(bytes, mapped);
    }
    out.append(bytes, origin);
}

// A capital sigma is final if a cased character precedes it and none follows, ignoring
// case-ignorable characters (Unicode 15, table 3-17, Final_Sigma).
bool is_final_sigma(std::string_view bytes, Position begin, Position end) {
    bool cased_before = false;
    for (Position at = begin; at > 0;) {
        const char32_t before = previous_char(bytes, at);
        if (is_char(CharClass::case_ignorable, before)) continue;
        cased_before = is_char(CharClass::cased, before);
        break;
    }
    if (!cased_before) return false;
    for (Position at = end; at < bytes.size();) {
        const char32_t behind = next_char(bytes, at);
        if (is_char(CharClass::case_ignorable, behind)) continue;
        return !is_char(CharClass::cased, behind);
    }
    return true;
}

// Appends the lower case of the character at `at` of `text`, and moves past it.
void append_lowered(Text& out, const Text& text, Position& at) {
    constexpr char32_t kCapitalSigma = 0x3A3;
    constexpr char32_t kFinalSigma = 0x3C2;
    const Position begin = at;
    char32_t code_point = next_char(text.bytes(), at);
    if (code_point == kCapitalSigma && is_final_sigma(text.bytes(), begin, at)) {
        code_point = kFinalSigma;
    }
    append_mapped(out, CharCase::lower, code_point, text.origin_at(begin));
}

}  // namespace

Text strip(const Text& text, std::optional<std::string_view> chars, Ends ends) {
    const std::string_view bytes = text.bytes();
    const auto goes = [&](char32_t code_point) {
        return chars ? contains_char(*chars, code_point) : is_space(code_point);
    };
    Position begin = 0;
    Position end = bytes.size();
    for (Position at = begin; ends.left && at < end; begin = at) {
        if (!goes(next_char(bytes, at))) break;
    }
    for (Position at = end; ends.right && at > begin; end = at) {
        if (!goes(previous_char(bytes, at))) break;
    }
    return text.slice(begin, end);
}

std::vector<Text> split(const Text& text, std::optional<std::string_view> separator,
                        std::int64_t max_splits, From from) {
    if (!separator) {
        return from == From::left ? split_at_space(text, max_splits)
                                  : split_at_space_from_right(text, max_splits);
    }
    const std::string_view bytes = text.bytes();
    std::vector<Text> parts;
    const auto full = [&] {
        return max_splits >= 0 && static_cast<std::int64_t>(parts.size()) >= max_splits;
    };
    if (from == From::left) {
        Position begin = 0;
        while (!full()) {
            const Position found = bytes.find(*separator, begin);
            if (found == std::string_view::npos) break;
            parts.push_back(text.slice(begin, found));
            begin = found + separator->size();
        }
        parts.push_back(text.slice(begin));
        return parts;
    }
    Position end = bytes.size();
    while (!full() && end >= separator->size()) {
        const Position found = bytes.rfind(*separator, end - separator->size());
        if (found == std::string_view::npos) break;
        parts.push_back(text.slice(found + separator->size(), end));
        end = found;
    }
    parts.push_back(text.slice(0, end));
    std::reverse(parts.begin(), parts.end());
    return parts;
}

std::vector<Text> split_lines(const Text& text, bool keep_ends) {
    const std::string_view bytes = text.bytes();
    std::vector<Text> lines;
    Position begin = 0;
    for (Position at = 0; at < bytes.size();) {
        const Position line_end = at;
        if (!is_line_break(next_char(bytes, at))) continue;
        if (bytes[line_end] == '\r' && at < bytes.size() && bytes[at] == '\n') ++at;
        lines.push_back(text.slice(begin, keep_ends ? at : line_end));
        begin = at;
    }
    if (begin < bytes.size()) lines.push_back(text.slice(begin));
    return lines;
}

Text replace(const Text& text, std::string_view old, const Text& by, std::int64_t max_count) {
    const std::string_view bytes = text.bytes();
    Text out;
    Position kept = 0;
    std::int64_t count = 0;
    const auto allowed = [&] { return max_count < 0 || count < max_count; };
    if (old.empty()) {
        for (Position at = 0; allowed(); ++count) {
            out.append(text, kept, at);
            out.append(by);
            kept = at;
            if (at == bytes.size()) break;
            next_char(bytes, at);
        }
    } else {
        for (; allowed(); ++count) {
            const Position found = bytes.find(old, kept);
            if (found == std::string_view::npos) break;
            out.append(text, kept, found);
            out.append(by);
            kept = found + old.size();
        }
    }
    out.append(text, kept, bytes.size());
    return out;
}

std::int64_t count_of(std::string_view text, std::string_view part) {
    if (part.empty()) return static_cast<std::int64_t>(count_chars(text)) + 1;
    std::int64_t count = 0;
    for (Position at = text.find(part); at != std::string_view::npos;
         at = text.find(part, at + part.size())) {
        ++count;
    }
    return count;
}

Text with_case(const Text& text, CharCase to) {
    Text out;
    for (Position at = 0; at < text.size();) {
        if (to == CharCase::lower) {
            append_lowered(out, text, at);
        } else {
            const Origin origin = text.origin_at(at);
            append_mapped(out, to, next_char(text.bytes(), at), origin);
        }
    }
    return out;
}

Text capitalize(const Text& text) {
    Text out;
    Position at = 0;
    if (at < text.size()) {
        const Origin origin = text.origin_at(at);
        append_mapped(out, CharCase::title, next_char(text.bytes(), at), origin);
    }
    while (at < text.size()) append_lowered(out, text, at);
    return out;
}

Text title_of_words(const Text& text) {
    Text out;
    bool in_word = false;
    for (Position at = 0; at < text.size();) {
        Position end = at;
        const char32_t code_point = next_char(text.bytes(), end);
        if (in_word) {
            append_lowered(out, text, at);
        } else {
            append_mapped(out, CharCase::title, code_point, text.origin_at(at));
        }
        at = end;
        in_word = is_char(CharClass::cased, code_point);
    }
    return out;
}

Text title_of_pieces(const Text& text) {
    const auto divides = [](char32_t code_point) {
        return is_space(code_point) || contains_char("-({[<", code_point);
    };
    const std::string_view bytes = text.bytes();
    Text out;
    for (Position at = 0; at < bytes.size();) {
        const Position begin = at;
        const bool divider = divides(next_char(bytes, at));
        Position first_end = at;
        Position end = at;
        while (at < bytes.size() && divides(next_char(bytes, at)) == divider) end = at;
        at = end;
        out.append(with_case(text.slice(begin, first_end), CharCase::upper));
        out.append(with_case(text.slice(first_end, end), CharCase::lower));
    }
    return out;
}

Text escaped(const Text& text) {
    constexpr std::string_view kSpecial = "&<>'\"";
    constexpr std::string_view kNames[] = {"&amp;", "&lt;", "&gt;", "&#39;", "&#34;"};
    const std::string_view bytes = text.bytes();
    Text out;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t next = std::min(bytes.find_first_of(kSpecial, at), bytes.size());
        out.append(text, at, next);
        if (next < bytes.size())
            out.append(kNames[kSpecial.find(bytes[next])], text.origin_at(next));
        at = next + 1;
    }
    return out;
}

Text reversed(const Text& text) {
    Text out;
    for (Position end = text.size(); end > 0;) {
        Position begin = end;
        previous_char(text.bytes(), begin);
        out.append(text, begin, end);
        end = begin;
    }
    return out;
}

std::vector<Text> characters(const Text& text) {
    std::vector<Text> out;
    for (Position at = 0; at < text.size();) {
        const Position begin = at;
        next_char(text.bytes(), at);
        out.push_back(text.slice(begin, at));
    }
    return out;
}

bool all_of(std::string_view text, CharClass what) {
    for (std::size_t at = 0; at < text.size();) {
        if (!is_char(what, next_char(text, at))) return false;
    }
    return !text.empty();
}

bool is_alphanumeric(std::string_view text) {
    for (Position at = 0; at < text.size();) {
        const char32_t code_point = next_char(text, at);
        if (!is_char(CharClass::alpha, code_point) && !is_char(CharClass::decimal, code_point) &&
            !is_char(CharClass::digit, code_point) && !is_char(CharClass::numeric, code_point)) {
            return false;
        }
    }
    return !text.empty();
}

bool is_lower(std::string_view text) {
    bool any = false;
    for (Position at = 0; at < text.size();) {
        const char32_t code_point = next_char(text, at);
        if (is_char(CharClass::upper, code_point) || is_char(CharClass::title, code_point)) {
            return false;
        }
        any = any || is_char(CharClass::lower, code_point);
    }
    return any;
}

bool is_upper(std::string_view text) {
    bool any = false;
    for (Position at = 0; at < text.size();) {
        const char32_t code_point = next_char(text, at);
        if (is_char(CharClass::lower, code_point) || is_char(CharClass::title, code_point)) {
            return false;
        }
        any = any || is_char(CharClass::upper, code_point);
    }
    return any;
}

}  // namespace quire::jinja
