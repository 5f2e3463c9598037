// Byte-pair encoding of a word that is short enough for its pairs to be looked through again and
// again: part of bpe.h. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "lib/text/piece_tables.h"

namespace quire::text {

// What was found in the table of merges before, each pair in its place by hash: a text asks for a
// few pairs most of the time, and the table is too large to stay near.
class KnownPairs {
  public:
    explicit KnownPairs(const MergeTable& merges) : merges_(merges) {}

    MergeTable::Result find(std::uint32_t left, std::uint32_t right) {
        const std::uint64_t pair = (std::uint64_t{left} << 32) | right;
        if (entries_.empty()) entries_.resize(kEntries);
        Entry& entry = entries_[merge_hash(left, right) % kEntries];
        if (entry.pair != pair) entry = {pair, merges_.find(left, right)};
        return entry.result;
    }

  private:
    static constexpr std::size_t kEntries = 8192;
    struct Entry {
        std::uint64_t pair = (std::uint64_t{kNoId} << 32) | kNoId;
        MergeTable::Result result;
    };

    const MergeTable& merges_;
    std::vector<Entry> entries_;
};

class MergeBlock {
  public:
    static constexpr std::size_t kMaxSymbols = 2048;

    // `pairs` must outlive the object.
    explicit MergeBlock(KnownPairs& pairs) : pairs_(pairs) {}

    // Merges a word of 1 to kMaxSymbols symbols. Time: the number of merges times what it takes to
    // look at a sixteenth of the ranks.
    void merge(std::span<const std::uint32_t> symbols);

    // How many of the word's symbols the one that begins at `at` came from; at = 0, and then where
    // the last one ends.
    std::uint32_t length(std::uint32_t at) const noexcept { return next_[at] - at; }
    std::uint32_t symbol(std::uint32_t at) const noexcept { return symbols_[at]; }

  private:
    // Ranks in the order of signed numbers, for which vectors of every x86-64 have a comparison.
    static constexpr std::int32_t kNone = std::numeric_limits<std::int32_t>::max();
    static constexpr std::uint32_t kChunk = 16;

    void set_pair(std::uint32_t left);
    void merge_at(std::uint32_t left);
    void merge_from(std::uint32_t left, std::int32_t rank);
    void merge_chunk(std::uint32_t chunk, std::int32_t rank);
    void refresh(std::uint32_t chunk) noexcept;

    KnownPairs& pairs_;
    std::uint32_t n_ = 0;
    std::array<std::uint32_t, kMaxSymbols> symbols_;
    std::array<std::uint32_t, kMaxSymbols> next_;  // index of the symbol to the right; n_: none
    std::array<std::uint32_t, kMaxSymbols> previous_;
    std::array<std::uint32_t, kMaxSymbols> merged_;  // of the pair with the symbol to the right
    alignas(64) std::array<std::int32_t, kMaxSymbols> ranks_;         // of that pair, or kNone
    alignas(64) std::array<std::int32_t, kMaxSymbols / kChunk> low_;  // the least of each chunk
};

}  // namespace quire::text
