// The tree of a split pattern (split_regex.h), between its parser and its program. Used only when
// tables are built.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/text/code_point_set.h"

namespace quire::text {

inline constexpr std::uint32_t kUnbounded = 0xFFFFFFFF;

struct SplitNode {
    enum class Kind : std::uint8_t { set, look, concat, alternate, repeat };
    Kind kind = Kind::concat;
    bool ignore_case = false;  // set
    bool at_end = false;       // look
    bool greedy = true;        // repeat
    bool possessive = false;   // repeat of a set: takes what it can and gives nothing back
    std::uint32_t min = 0;     // repeat
    std::uint32_t max = 0;
    CodePointSet set;                 // set, look
    std::vector<SplitNode> children;  // concat, alternate, repeat (one)
};

// Error{model} naming `where`, the construct and its place for a pattern outside the language.
SplitNode parse_split_nodes(std::string_view pattern, const std::string& where);

}  // namespace quire::text
