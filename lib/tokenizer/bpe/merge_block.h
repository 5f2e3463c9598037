// Byte-pair encoding of a word that is short enough for its pairs to be looked through again and
// again: part of bpe.h. One thread.
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

    // Merges a word of 1 to kMaxSymbols symbols. Time: the number of merges times what it takes to
    // look at a sixteenth of the ranks; no time for the same word as before. `pairs` is the same in
    // every call.
    void merge(std::span<const std::uint32_t> symbols, MergeCache& pairs);

    // How many of the word's symbols the one that begins at `at` came from; at = 0, and then where
    // the last one ends.
    std::uint32_t length(std::uint32_t at) const noexcept { return next_[at] - at; }
    std::uint32_t symbol(std::uint32_t at) const noexcept { return symbols_[at]; }

  private:
    void set_pair(std::uint32_t left);
    void merge_at(std::uint32_t left);
    void merge_from(std::uint32_t left, std::int32_t rank);
    void merge_chunk(std::uint32_t chunk, std::int32_t rank);
    void refresh(std::uint32_t chunk) noexcept;

    MergeCache* pairs_ = nullptr;  // of the word at hand
    std::uint32_t n_ = 0;
    std::array<std::uint32_t, kMaxSymbols> given_;  // the n_ symbols of the word at hand
    std::array<std::uint32_t, kMaxSymbols> symbols_;
    std::array<std::uint32_t, kMaxSymbols> next_;  // index of the symbol to the right; n_: none
    std::array<std::uint32_t, kMaxSymbols> previous_;
    std::array<std::uint32_t, kMaxSymbols> merged_;  // of the pair with the symbol to the right
    alignas(64) std::array<std::int32_t, kMaxSymbols> ranks_;  // of that pair, or kNoSignedRank
    alignas(64) std::array<std::int32_t, kMaxSymbols / kRanks> low_;  // the least of each chunk
};

}  // namespace quire::tokenizer
