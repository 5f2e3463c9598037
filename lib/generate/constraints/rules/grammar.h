// A grammar of llama.cpp's form, GBNF, as it is written.
// source: llama.cpp, grammars/README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/unicode/code_point_set.h"

namespace quire::constraints {

// A part of a rule; its children by their place in Grammar::parts.
struct GrammarPart {
    enum class Kind : std::uint8_t { set, call, sequence, choice, repeat };
    Kind kind = Kind::sequence;
    unicode::CodePointSet set = {};  // one of these characters
    std::uint32_t rule = 0;          // of a call
    std::vector<std::uint32_t> children = {};
    std::uint32_t min = 0;  // of a repeat of the only child
    std::optional<std::uint32_t> max = {};
};

struct Grammar {
    struct Rule {
        std::string name;
        std::uint32_t body = 0;
        bool defined = false;
        std::size_t line = 0;
    };
    std::vector<GrammarPart> parts;
    std::vector<Rule> rules;

    static constexpr std::size_t kMostRepeats = 10'000;
    static constexpr std::size_t kMostParts = 100'000;
};

// Throws Unusable with the line and what was expected there; for a rule that is used and not defined;
// and when there is no rule "root".
Grammar parse_grammar(std::string_view text);

// The number of the rule "root".
std::uint32_t root_of(const Grammar& grammar);

}  // namespace quire::constraints
