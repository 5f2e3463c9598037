// Byte-pair encoding of a word that is short enough to scan all its pairs again and again. Part of
// bpe.h. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/tokenizer/bpe/merge_cache.h"
#include "lib/tokenizer/bpe/rank_scan.h"

namespace quire::tokenizer {

class MergeBlock {
  public:
    static constexpr std::size_t kMaxSymbols = 2048;

    // Merges a word of 1 to kMaxSymbols symbols. Time: the number of merges times the cost of
    // scanning a sixteenth of the ranks; none for the same word as in the last call. `pairs` must
    // be the same object in every call.
    void merge(std::span<const std::uint32_t> symbols, MergeCache& pairs);

    // How many of the word's symbols were merged into the one that begins at `at`. Call it with at
    // = 0, then with the end of each symbol.
    std::uint32_t length(std::uint32_t at) const noexcept { return next_[at] - at; }
    std::uint32_t symbol(std::uint32_t at) const noexcept { return symbols_[at]; }

  private:
    void set_pair(std::uint32_t left);
    void merge_at(std::uint32_t left);
    void merge_from(std::uint32_t left, std::int32_t rank);
    void merge_chunk(std::uint32_t chunk, std::int32_t rank);
    void refresh(std::uint32_t chunk) noexcept;

    MergeCache* pairs_ = nullptr;  // set by merge()
    std::uint32_t n_ = 0;
    // The n_ symbols of the current word, before merging.
    std::array<std::uint32_t, kMaxSymbols> given_;
    std::array<std::uint32_t, kMaxSymbols> symbols_;
    std::array<std::uint32_t, kMaxSymbols> next_;  // index of the symbol to the right; n_: none
    std::array<std::uint32_t, kMaxSymbols> previous_;
    // Result of merging with the symbol to the right.
    std::array<std::uint32_t, kMaxSymbols> merged_;
    // Rank of that merge, or kNoSignedRank.
    alignas(64) std::array<std::int32_t, kMaxSymbols> ranks_;
    // The smallest rank of each chunk.
    alignas(64) std::array<std::int32_t, kMaxSymbols / kRanks> low_;
};

}  // namespace quire::tokenizer
