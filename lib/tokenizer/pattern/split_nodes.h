// The tree of a split pattern (split_regex.h), between its parser and its program. Used only when
// tables are built.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/unicode/code_point_set.h"

namespace quire::tokenizer {

inline constexpr std::uint32_t kUnbounded = 0xFFFFFFFF;

struct SplitNode {
    enum class Kind : std::uint8_t {
        set,      // one code point of `set`
        next_is,  // nothing; the next code point is of `set`, or the text ends and `outside`
        last_is,  // nothing; the last code point is of `set`, or the text begins and `outside`
        ahead,    // nothing; the text from here on matches the child, or `negative`: does not
        concat,
        alternate,
        repeat,
    };
    Kind kind = Kind::concat;
    bool ignore_case = false;  // set
    bool outside = false;      // next_is, last_is
    bool negative = false;     // ahead
    bool greedy = true;        // repeat
    bool possessive = false;   // repeat of a set: takes what it can and gives nothing back
    std::uint32_t min = 0;     // repeat
    std::uint32_t max = 0;
    unicode::CodePointSet set;        // set, next_is, last_is
    std::vector<SplitNode> children;  // concat, alternate; repeat and ahead have one
};

// Whether the node can match without taking a code point.
bool can_be_empty(const SplitNode& node);

// Error{model} naming `where`, the construct and its place for a pattern outside the language.
SplitNode parse_split_nodes(std::string_view pattern, const std::string& where);

}  // namespace quire::tokenizer
