// The syntax tree of a split pattern (split_regex.h): the parser makes it, and the program is
// emitted from it. Used only while tables are built.
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
        set,  // matches one code point of `set`
        // Matches empty if the next code point is in `set`, or at the text's end if `outside`.
        next_is,
        // Matches empty if the last code point is in `set`, or at the text's start if `outside`.
        last_is,
        ahead,  // matches empty if the child matches here, or does not if `negative`
        concat,
        alternate,
        repeat,
    };
    Kind kind = Kind::concat;
    bool ignore_case = false;  // set
    bool outside = false;      // next_is, last_is
    bool negative = false;     // ahead
    bool greedy = true;        // repeat
    bool possessive = false;   // repeat of a set: takes as many as it can and never gives any back
    std::uint32_t min = 0;     // repeat
    std::uint32_t max = 0;
    unicode::CodePointSet set;        // set, next_is, last_is
    std::vector<SplitNode> children;  // concat, alternate; repeat and ahead have one
};

// True if the node can match the empty text.
bool can_be_empty(const SplitNode& node);

// Error{model} naming `where`, the construct and its position if the pattern is outside the
// language.
SplitNode parse_split_nodes(std::string_view pattern, const std::string& where);

}  // namespace quire::tokenizer
