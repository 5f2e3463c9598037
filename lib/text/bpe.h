// Byte-pair encoding of one word: of all neighbours that merge, the pair of lowest rank (of equal
// ranks the leftmost) becomes one symbol, until none merges.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/text/piece_tables.h"

namespace quire::text {

// Merges `symbols` in place. The memory that long words need is kept for the next. n log n in the
// number of symbols, which must be below 2^32 - 1.
class BpeMerger {
  public:
    explicit BpeMerger(const MergeTable& merges) : merges_(merges) {}

    void merge(std::vector<std::uint32_t>& symbols);

  private:
    struct Link {
        std::uint32_t previous = 0;
        std::uint32_t next = 0;  // index of the symbol to the right; the number of symbols: none
        std::uint32_t rank = 0;  // of the pair with the symbol to the right
        std::uint32_t merged = 0;
    };

    void merge_short(std::vector<std::uint32_t>& symbols);
    void merge_long(std::vector<std::uint32_t>& symbols);

    const MergeTable& merges_;
    std::vector<MergeTable::Result> pairs_;
    std::vector<Link> links_;
    std::vector<std::uint64_t> heap_;  // rank << 32 | index of the left symbol; the least on top
};

// The same by the definition, looking at all pairs before every merge: what BpeMerger is tested
// against.
void merge_slowly(std::vector<std::uint32_t>& symbols, const MergeTable& merges);

}  // namespace quire::text
