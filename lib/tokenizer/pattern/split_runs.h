// A quick way through split tables by which every word is a run of characters of one group, or one
// character, as those for white space and punctuation are: found in the automata, whatever pattern
// they were made from. A test holds it to the general way.
#pragma once

#include <array>
#include <cstdint>

namespace quire::tokenizer {

class SplitTable;

struct SplitRuns {
    static constexpr std::uint8_t kSingle = 0x40;   // each character is a word
    static constexpr std::uint8_t kDropped = 0x80;  // and none that is kept

    bool usable = false;
    std::array<std::uint8_t, 256> group_of_class{};
    std::array<std::uint8_t, 128> group_of_ascii{};
};

// Not usable for a table whose words are not such runs.
SplitRuns find_runs(const SplitTable& table);

}  // namespace quire::tokenizer
