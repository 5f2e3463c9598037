// What the normalizers and pre-tokenizers of the `tokenizers` package know about a code point. The
// tables were made by asking the package itself (scripts/goldens/tables/make_unicode_normalization.py): it
// mixes several versions of Unicode, so no single Unicode database gives the same answers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace quire::unicode {

enum CodePointFact : std::uint16_t {
    kChangesNfd = 1 << 0,  // has a different NFD form (includes Hangul syllables)
    kChangesNfkd = 1 << 1,
    kChangesNfc = 1 << 2,
    kChangesNfkc = 1 << 3,
    kCombines = 1 << 4,      // can be the second part of a canonical composition
    kLowers = 1 << 5,        // has a different lower-case form
    kMark = 1 << 6,          // removed by StripAccents
    kNonspacing = 1 << 7,    // an accent for BertNormalizer
    kDropped = 1 << 8,       // removed by its clean_text
    kBlank = 1 << 9,         // turned into a space by its clean_text
    kCjk = 1 << 10,          // surrounded with spaces by its handle_chinese_chars
    kSpace = 1 << 11,        // White_Space
    kPunctuation = 1 << 12,  // isolated by BertPreTokenizer and Punctuation
    kWord = 1 << 13,         // matched by \w in the Whitespace pre-tokenizer
};

struct CodePointFacts {
    std::uint8_t combining_class = 0;  // canonical; 0 for a starter
    std::uint16_t facts = 0;           // bits of CodePointFact

    bool is(std::uint16_t any) const noexcept { return (facts & any) != 0; }
};

CodePointFacts facts_of(char32_t code_point) noexcept;

// The full NFD, NFKD and lower-case forms of a code point; empty if it does not change. Hangul
// syllables are not included: normal_form.cpp computes them.
std::span<const char32_t> canonical_form(char32_t code_point) noexcept;
std::span<const char32_t> compatible_form(char32_t code_point) noexcept;
std::span<const char32_t> lower_case(char32_t code_point) noexcept;

// The code points that have the fact, as ranges to put inside the [..] of a split pattern
// (split_regex.h).
const std::string& class_ranges(CodePointFact fact);

// The canonical composition of two code points, or 0 if there is none. Hangul is not included.
char32_t composition(char32_t first, char32_t second) noexcept;

}  // namespace quire::unicode
