// Builds the table "tokenizer.split" from split patterns: one automaton per step, over classes of
// code points that the steps share. An automaton finds the match that a backtracking engine would
// find (the leftmost alternative that matches), but reads each code point only once. splitter.h
// runs the table.
//
// formats/quire/FORMAT.md describes the bytes. In short: blocks of 256 code points give each code
// point a class, and transitions[step][state][column] gives the next state, plus kSplitMatch if a
// match ends before the code point just read. State 0 is dead and state 1 is the start. The last
// column of a state is for the end of the text. To find the word at a position, run from state 1
// until state 0 or the end, and take the last place marked as a match. A step that also depends on
// other text has a context (split_context.h); only then can a match be empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

inline constexpr std::uint32_t kMaxSplitSteps = 8;
inline constexpr std::uint32_t kMaxSplitClasses = 255;
inline constexpr std::uint32_t kMaxSplitStates = 32768;
inline constexpr std::uint32_t kSplitBlocks = 0x110000 / 256;
inline constexpr std::uint16_t kSplitMatch = 0x8000;
inline constexpr std::uint32_t kSplitContext = 0x80000000;
inline constexpr std::uint32_t kMaxSplitConditions = 4;

// Error{model} naming `where` for a pattern that parse_split_pattern() refuses, or one whose
// automaton would be too large.
std::vector<std::byte> build_split_table(std::span<const SplitStep> steps,
                                         const std::string& where);

}  // namespace quire::tokenizer
