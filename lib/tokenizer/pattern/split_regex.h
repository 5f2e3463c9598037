// The regular expressions by which published tokenizers split text into words, parsed into a small
// program for a machine that reads one code point after the other. Used only when tables are built.
//
// The language is what those patterns use, with the meaning it has in Oniguruma, the engine of the
// `tokenizers` package:
//   literals, classes with && and classes inside, . \s \d \w, \p{..} of general categories, scripts
//   and binary properties; groups, (?i:..) over ASCII letters; alternatives tried from left to
//   right; greedy and lazy repetition, of one character possessive too (x++, or (?>x{1,3}));
//   ^ $ at lines, \A \z \Z at the text, \b \B; look-ahead; look-behind at one code point.
// Anything else is refused by name: back-references, look-ahead inside of look-ahead, possessive
// groups, options other than i.
//
// An automaton cannot look ahead without end, so look-ahead over more than one code point becomes a
// condition: a program of its own that reads the text backward and says where it holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/unicode/code_point_set.h"

namespace quire::tokenizer {

struct SplitInstruction {
    enum class Kind : std::uint8_t {
        // clang-format off
        consume,    // one code point of sets[set], then `next`
        next_is,    // the code point to be read next is of sets[set], or there is none and `flag`
        last_is,    // the code point read last is of sets[set], or there is none and `flag`
        condition,  // conditions[set] holds here, or `flag`: does not hold
        fork,       // `next` preferred, then `other`
        match,
        // clang-format on
    };
    Kind kind = Kind::match;
    bool flag = false;
    std::uint32_t set = 0;
    std::uint32_t next = 0;
    std::uint32_t other = 0;
};

struct SplitProgram {
    std::vector<SplitInstruction> instructions;
    std::vector<unicode::CodePointSet> sets;
    std::uint32_t start = 0;
    bool can_be_empty = false;
    // Each reads the text from its end; it holds where its program matches. At most
    // kMaxSplitConditions (split_table.h), and without conditions of their own.
    std::vector<SplitProgram> conditions;
};

// Error{model} naming `where`, the construct and its place for a pattern outside the language.
SplitProgram parse_split_pattern(std::string_view pattern, const std::string& where);

}  // namespace quire::tokenizer
