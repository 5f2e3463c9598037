#include "lib/chat/jinja/values/unicode.h"

#include <algorithm>
#include <cstdint>
#include <span>

#include "lib/base/utf8.h"

namespace quire::jinja {
namespace {

struct CodeRange {
    char32_t first;
    char32_t last;
};

// Every `step`-th code point from first to last maps to itself plus delta.
struct CaseRun {
    char32_t first;
    char32_t last;
    char32_t step;
    std::int32_t delta;
};

struct SpecialCase {
    char32_t code_point;
    std::array<char32_t, 3> mapped;
};

#include "lib/chat/jinja/values/unicode_tables.inc"

std::span<const CodeRange> ranges_of(CharClass what) {
    switch (what) {
        case CharClass::space:
            return kSpace;
        case CharClass::printable:
            return kPrintable;
        case CharClass::alpha:
            return kAlpha;
        case CharClass::decimal:
            return kDecimal;
        case CharClass::digit:
            return kDigit;
        case CharClass::numeric:
            return kNumeric;
        case CharClass::lower:
            return kLowerCase;
        case CharClass::upper:
            return kUpperCase;
        case CharClass::title:
            return kTitleCase;
        case CharClass::cased:
            return kCased;
        case CharClass::case_ignorable:
            return kCaseIgnorable;
    }
    return {};
}

struct CaseTables {
    std::span<const CaseRun> runs;
    std::span<const SpecialCase> special;
};

CaseTables tables_of(CharCase to) {
    switch (to) {
        case CharCase::lower:
            return {kLowerRuns, kLowerSpecial};
        case CharCase::upper:
            return {kUpperRuns, kUpperSpecial};
        case CharCase::title:
            return {kTitleRuns, kTitleSpecial};
    }
    return {};
}

}  // namespace

bool is_char(CharClass what, char32_t code_point) {
    const std::span<const CodeRange> ranges = ranges_of(what);
    const auto it = std::partition_point(ranges.begin(), ranges.end(), [&](const CodeRange& range) {
        return range.last < code_point;
    });
    return it != ranges.end() && it->first <= code_point;
}

std::array<char32_t, 3> to_case(CharCase to, char32_t code_point) {
    const CaseTables tables = tables_of(to);
    const auto special = std::partition_point(
        tables.special.begin(), tables.special.end(),
        [&](const SpecialCase& entry) { return entry.code_point < code_point; });
    if (special != tables.special.end() && special->code_point == code_point) {
        return special->mapped;
    }
    const auto run =
        std::partition_point(tables.runs.begin(), tables.runs.end(),
                             [&](const CaseRun& entry) { return entry.last < code_point; });
    if (run != tables.runs.end() && run->first <= code_point &&
        (code_point - run->first) % run->step == 0) {
        return {static_cast<char32_t>(static_cast<std::int32_t>(code_point) + run->delta), 0, 0};
    }
    return {code_point, 0, 0};
}

char32_t next_char(std::string_view text, std::size_t& at) {
    const base::CodePoint found = base::decode_utf8(text.substr(at));
    at += static_cast<std::size_t>(found.length);
    return found.value;
}

char32_t previous_char(std::string_view text, std::size_t& at) {
    do {
        --at;
    } while (at > 0 && base::is_continuation(text[at]));
    std::size_t begin = at;
    return next_char(text, begin);
}

std::size_t count_chars(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char byte) { return !base::is_continuation(byte); }));
}

std::size_t byte_of_char(std::string_view text, std::size_t index) {
    std::size_t at = 0;
    for (; index > 0 && at < text.size(); --index) next_char(text, at);
    return at;
}

}  // namespace quire::jinja
