// Byte-pair encoding of one word: of all neighbours that merge, the pair of lowest rank (of equal
// ranks the leftmost) becomes one symbol, until none merges.
//
// Long words are merged a block at a time. What makes that exact: a sequence of symbols is the
// encoding of a word when each two neighbours are the encoding of what both stand for. (Were there
// a first merge across one of the borders, the two symbols at that border by themselves would come
// to the same merge.) So the tail of a block is merged again with what follows it, and where the
// first symbol of the new block is the one that stood there, the two encodings fit together.
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

// Merges `symbols` in place. The memory that long words need is kept for the next. Linear in the
// number of symbols, which must be below 2^32 - 1, where merges depend on what is near; n log n for
// any other vocabulary.
class BpeMerger {
  public:
    explicit BpeMerger(const MergeTable& merges) : pairs_(merges) {}

    void merge(std::vector<std::uint32_t>& symbols);

    MergeCache& pairs() noexcept { return pairs_; }

  private:
    // Of the word so far, in its symbols before merging.
    struct Merged {
        std::uint32_t symbol = 0;
        std::uint32_t n_symbols = 0;
    };
    struct Link {
        std::uint32_t previous = 0;
        std::uint32_t next = 0;  // index of the symbol to the right; the number of symbols: none
        std::uint32_t rank = 0;  // of the pair with the symbol to the right
        std::uint32_t merged = 0;
    };

    // The pairs of a long word in the order of merging: by rank, then from the left. Pairs of one
    // rank wait in a list of their own, so that most of a long word is met from front to back.
    class Queue {
      public:
        void clear();
        void push(std::uint32_t rank, std::uint32_t left);
        // The least entry, as rank << 32 | left; false when there is none.
        bool pop(std::uint64_t& entry);

      private:
        std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> waiting_;  // by rank
        std::vector<std::uint32_t> ranks_;  // of waiting_; a heap with the least on top
        std::uint32_t rank_ = 0;            // of now_
        std::vector<std::uint32_t> now_;    // ascending; done up to at_
        std::size_t at_ = 0;
        std::vector<std::uint64_t> late_;  // entries up to rank_ that came since; a heap
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

// The same by the definition, looking at all pairs before every merge: what BpeMerger is tested
// against.
void merge_slowly(std::vector<std::uint32_t>& symbols, const MergeTable& merges);

}  // namespace quire::tokenizer
