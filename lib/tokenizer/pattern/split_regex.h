// Parses the regular expressions that published tokenizers use to split text into words. The result
// is a small program for a machine that reads one code point after another. Used only while tables
// are built.
//
// The language is the part of Oniguruma (the engine of the `tokenizers` package) that those
// patterns use, with the same meaning:
//   * literals, classes with && and nested classes, . \s \d \w, and \p{..} with general categories,
//     scripts and binary properties;
//   * groups, (?i:..) over ASCII letters, and alternatives tried from left to right;
//   * greedy and lazy repetition; possessive repetition of one character (x++ or (?>x{1,3}));
//   * ^ $ at lines, \A \z \Z at the text, \b \B, look-ahead, and look-behind over one code point.
// Anything else is refused by name: back-references, look-ahead inside look-ahead, possessive
// groups, options other than i.
//
// An automaton cannot look ahead without limit. So look-ahead over more than one code point becomes
// a condition: a program of its own that reads the text backward and tells where it holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/unicode/code_point_set.h"

namespace quire::tokenizer {

struct SplitInstruction {
    enum class Kind : std::uint8_t {
        consume,    // consume one code point of sets[set], then `next`
        next_is,    // the next code point is in sets[set], or the text ends and `flag`
        last_is,    // the last code point is in sets[set], or the text begins and `flag`
        condition,  // conditions[set] holds here, or does not if `flag`
        fork,       // try `next` first, then `other`
        match,
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
    // Each reads the text from its end and holds where its program matches. At most
    // kMaxSplitConditions (split_table.h); they have no conditions of their own.
    std::vector<SplitProgram> conditions;
};

// Error{model} naming `where`, the construct and its position if the pattern is outside the
// language.
SplitProgram parse_split_pattern(std::string_view pattern, const std::string& where);

}  // namespace quire::tokenizer
