// The regular expressions by which published tokenizers split text into words, parsed into a small
// program for a machine that reads one code point after the other. Used only when tables are built.
//
// The language is what those patterns use, with the meaning it has in Oniguruma, the engine of the
// `tokenizers` package: literals, classes, \s \d \p{..} of general categories, groups, (?i:..) over
// ASCII letters, greedy and lazy repetition, of one character possessive too (x++, or (?>x{1,3})),
// alternatives tried from left to right, and look-ahead at one code point: (?!\S), (?=[..]).
// Anything else is refused by name: look-behind, anchors, back-references, \w, scripts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/text/code_point_set.h"

namespace quire::text {

struct SplitInstruction {
    enum class Kind : std::uint8_t {
        consume,  // one code point of sets[set], then `next`
        look,     // the next code point is of sets[set], or the text ends and at_end; then `next`
        fork,     // `next` preferred, then `other`
        match,
    };
    Kind kind = Kind::match;
    bool at_end = false;
    std::uint32_t set = 0;
    std::uint32_t next = 0;
    std::uint32_t other = 0;
};

struct SplitProgram {
    std::vector<SplitInstruction> instructions;
    std::vector<CodePointSet> sets;
    std::uint32_t start = 0;
};

// Error{model} naming `where`, the construct and its place for a pattern outside the language.
SplitProgram parse_split_pattern(std::string_view pattern, const std::string& where);

}  // namespace quire::text
