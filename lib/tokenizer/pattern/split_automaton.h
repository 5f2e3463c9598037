// Turns the program of a split pattern (split_regex.h) into a deterministic automaton. Used only
// while tables are built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/tokenizer/pattern/split_regex.h"

namespace quire::tokenizer {

// Code points that belong to the same sets of all programs share a class.
struct SplitClasses {
    std::vector<std::uint8_t> class_of;  // (0x110000)
    std::vector<char32_t> member;        // one code point of each class

    std::size_t size() const noexcept { return member.size(); }
};

struct SplitAutomaton {
    // (n_states, (n_classes + 1) << n_conditions), in the layout of split_table.h.
    std::vector<std::uint16_t> transitions;
    std::vector<std::uint16_t> start_of;  // (n_classes + 1), by class of the code point before
    std::size_t n_states = 0;
};

// An automaton that reads a text from its end and tells at each place whether a condition holds.
struct SplitCondition {
    std::vector<std::uint16_t> next;  // (n_states, n_classes)
    // (n_states, n_classes + 1), by class of the code point before the place; last: there is none.
    std::vector<std::uint8_t> holds;
    std::size_t n_states = 0;
};

// Error{model} naming `where` if the automaton would be too large.
SplitAutomaton build_split_automaton(const SplitProgram& program, const SplitClasses& classes,
                                     const std::string& where);
SplitCondition build_split_condition(const SplitProgram& program, const SplitClasses& classes,
                                     const std::string& where);

}  // namespace quire::tokenizer
