// Byte-pair encoding of one word: repeatedly, of all adjacent pairs that merge, the pair of lowest
// rank (of equal ranks the leftmost) becomes one symbol, until no pair merges. README.md in this
// folder ranks the accelerations.
//
// Long words are merged block by block. This is exact because a sequence of symbols is the encoding
// of a word if each two adjacent symbols are the encoding of the text of both. (If
// there were a first merge across a border between symbols, the two symbols at that border alone
// would reach the same merge.) So the end of a block is merged again together with what follows,
// and if the first symbol of the new block is the one that was there, the two encodings fit
// together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "lib/tokenizer/bpe/merge_block.h"
#include "lib/tokenizer/bpe/short_merge.h"
#include "lib/tokenizer/vocab/merge_table.h"

namespace quire::tokenizer {

// Merges `symbols` in place. Keeps the memory that long words need. The number of symbols must be
// below 2^32 - 1. Time is linear where merges depend only on nearby symbols, and n log n for any
// other vocabulary.
class BpeMerger {
  public:
    explicit BpeMerger(const MergeTable& merges) : pairs_(merges) {}

    void merge(std::vector<std::uint32_t>& symbols);

    MergeCache& pairs() noexcept { return pairs_; }

  private:
    // A symbol of the encoding so far, and how many unmerged symbols it came from.
    struct Merged {
        std::uint32_t symbol = 0;
        std::uint32_t n_symbols = 0;
    };
    struct Link {
        std::uint32_t previous = 0;
        std::uint32_t next = 0;  // index of the symbol to the right; the number of symbols: none
        std::uint32_t rank = 0;  // rank of the pair with the symbol to the right
        std::uint32_t merged = 0;
    };

    // The pairs of a long word in the order of merging: by rank, then from left to right. Pairs of
    // one rank wait in a list of their own, so that long words are mostly read front to back.
    class Queue {
      public:
        void clear();
        void push(std::uint32_t rank, std::uint32_t left);
        // Removes the smallest entry, as rank << 32 | left; false if there is none.
        bool pop(std::uint64_t& entry);

      private:
        std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> waiting_;  // by rank
        std::vector<std::uint32_t> ranks_;  // keys of waiting_, a heap with the smallest on top
        std::uint32_t rank_ = 0;            // rank of now_
        std::vector<std::uint32_t> now_;    // in ascending order; entries before at_ are done
        std::size_t at_ = 0;
        std::vector<std::uint64_t> late_;  // entries of ranks up to rank_ pushed since; a heap
        bool started_ = false;
    };

    void merge_short(std::vector<std::uint32_t>& symbols);
    bool merge_blocks(std::span<const std::uint32_t> symbols);
    std::size_t take_back(std::size_t n_symbols, std::size_t& at);
    void merge_by_queue(std::vector<std::uint32_t>& symbols);

    MergeCache pairs_;
    ShortMerge short_;
    MergeBlock block_;
    std::vector<Merged> merged_;
    std::vector<Link> links_;
    Queue queue_;
};

// The same by the definition: looks at all pairs before every merge. BpeMerger is tested against
// it.
void merge_slowly(std::vector<std::uint32_t>& symbols, const MergeTable& merges);

}  // namespace quire::tokenizer
