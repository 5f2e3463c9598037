// From split patterns to the table "tokenizer.split": one automaton per step over shared classes of
// code points. The automaton decides what a backtracking engine would (the leftmost alternative
// that matches), but reads each code point once. Only for building; splitter.h runs the table.
//
// Layout (little-endian):
//   u32 n_steps      at most kMaxSplitSteps
//   u32 n_classes    1..255 classes of code points that all steps treat alike
//   u32 n_blocks     1..4352 distinct blocks of 256 code points
//   u32 flags        bit 2 * step: matches are no words; bit 2 * step + 1: nor what lies between;
//                    bits 16..23: the WordScan (word_scan.h) that does what these steps do;
//                    bit 24 + step: the step reads bytes, each as the code point of its value;
//                    so do all after it
//   u32 n_states[n_steps]                       each 2..32768; bit 31: the step has a context
//   u16 block_of[4352]                          of code points 256*i..256*i+255; < n_blocks
//   u8  class_of[n_blocks][256]                 < n_classes
//   of each step with a context:
//     u16 start_of[n_classes + 1]     the state where a run starts, by the class of the code point
//                                     before it; last: at the front of a piece
//     u32 n_conditions                at most kMaxSplitConditions, and of each
//       u32 n_states                  2..32768
//       u16 next[n_states][n_classes]
//       u8  holds[n_states][n_classes + 1]     0 or 1
//   u16 transitions[step][n_states][(n_classes + 1) << n_conditions], steps one after another
// The last column of a state is taken at the end of the text. A transition is
// next_state | 0x8000 * (a match ends here, before the code point just read); state 0 is where
// nothing further can match, state 1 the start. To find the word at a position: run from state 1
// until state 0 or the end, and take the last place marked as an end. Without a context a match is
// never empty.
//
// Look-ahead over several code points is found out before: an automaton for each such condition
// reads the piece from its end, from state 1 on, and `holds` says whether the condition holds at a
// place, by the state there and the class of the code point before the place. The column of a place
// is then class + (n_classes + 1) * (the sum of 1 << i for each condition i that holds).
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

// Error{model} naming `where` for a pattern that parse_split_pattern refuses, and for one whose
// automaton would be too large.
std::vector<std::byte> build_split_table(std::span<const SplitStep> steps,
                                         const std::string& where);

}  // namespace quire::tokenizer
