// Regular expressions as ECMA-262 defines them with the flag u, as far as an automaton can follow them:
// no back references, no looking around, no word boundaries.
#pragma once

#include <string_view>

#include "lib/generate/constraints/text/char_dfa.h"

namespace quire::constraints {

// What the caller cannot use: a wrong pattern, or a part that is not supported. what() names it.
struct Unusable : std::runtime_error {
    using runtime_error::runtime_error;
};

enum class Match : std::uint8_t {
    whole,   // the whole text is what the pattern describes
    search,  // the text has a part that is, as in JSON Schema
};

// pattern: UTF-8. Throws Unusable and TooLarge.
CharDfa regex_dfa(std::string_view pattern, Match match);

// UTF-8 as code points. Unusable for other bytes.
std::u32string code_points(std::string_view text);

}  // namespace quire::constraints
