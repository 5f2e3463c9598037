// A fast path for split patterns whose words are either runs of characters of one group or single
// characters, such as the patterns for white space and punctuation. Such patterns are recognized by
// their automata, however they were written. A test compares this path with the general one.
#pragma once

#include <array>
#include <cstdint>

namespace quire::tokenizer {

class SplitTable;

struct SplitRuns {
    static constexpr std::uint8_t kSingle = 0x40;   // each character is a word
    static constexpr std::uint8_t kDropped = 0x80;  // and these words are dropped

    bool usable = false;
    std::array<std::uint8_t, 256> group_of_class{};
    std::array<std::uint8_t, 128> group_of_ascii{};
};

// Not usable if the table's words are not such runs.
SplitRuns find_runs(const SplitTable& table);

}  // namespace quire::tokenizer
