// What the normalizers and pre-tokenizers of the `tokenizers` package see in a code point, asked of
// the package itself (scripts/goldens/make_unicode_normalization.py): it follows several versions
// of Unicode at once, so no one database could answer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace quire::unicode {

enum CodePointFact : std::uint16_t {
    kChangesNfd = 1 << 0,  // its form under NFD is another; Hangul syllables included
    kChangesNfkd = 1 << 1,
    kChangesNfc = 1 << 2,
    kChangesNfkc = 1 << 3,
    kCombines = 1 << 4,      // the second of a canonical composition
    kLowers = 1 << 5,        // has another lower case
    kMark = 1 << 6,          // what StripAccents removes
    kNonspacing = 1 << 7,    // what the accents of BertNormalizer are
    kDropped = 1 << 8,       // what its clean_text removes
    kBlank = 1 << 9,         // what its clean_text makes a space
    kCjk = 1 << 10,          // what its handle_chinese_chars puts spaces around
    kSpace = 1 << 11,        // White_Space
    kPunctuation = 1 << 12,  // what BertPreTokenizer and Punctuation isolate
    kWord = 1 << 13,         // \w of the Whitespace pre-tokenizer
};

struct CodePointFacts {
    std::uint8_t combining_class = 0;  // canonical; 0: a starter
    std::uint16_t facts = 0;           // of CodePointFact

    bool is(std::uint16_t any) const noexcept { return (facts & any) != 0; }
};

CodePointFacts facts_of(char32_t code_point) noexcept;

// What it becomes as a whole under NFD, under NFKD, in lower case; empty when it stays as it is.
// Hangul syllables are left out (normal_form.cpp computes them).
std::span<const char32_t> canonical_form(char32_t code_point) noexcept;
std::span<const char32_t> compatible_form(char32_t code_point) noexcept;
std::span<const char32_t> lower_case(char32_t code_point) noexcept;

// The code points with the fact, as ranges inside the [..] of a split pattern (split_regex.h).
std::string class_ranges(CodePointFact fact);

// The canonical composition of two code points, Hangul left out; 0: none.
char32_t composition(char32_t first, char32_t second) noexcept;

}  // namespace quire::unicode
