// Byte-pair encoding of one short word in steps that stop where the table of merges has to be
// asked: part of bpe.h. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/text/known_pairs.h"

namespace quire::text {

class ShortMerge {
  public:
    static constexpr std::size_t kMaxSymbols = 24;

    // symbols: 2 to kMaxSymbols of them.
    void start(std::span<const std::uint32_t> symbols, KnownPairs& pairs);
    // Goes on from the pairs that were asked for to the next ones that are not known; false when
    // nothing merges any more.
    bool step(KnownPairs& pairs);
    std::span<const std::uint32_t> symbols() const noexcept { return {symbols_.data(), n_}; }

  private:
    void set(std::size_t left, const MergeTable::Result& pair) noexcept;
    void ask(std::size_t left, KnownPairs& pairs);
    bool merge_best(std::size_t& at) noexcept;

    std::size_t n_ = 0;
    std::size_t n_waiting_ = 0;
    std::array<std::size_t, kMaxSymbols> waiting_;  // left symbols of the pairs that were asked for
    std::array<std::uint32_t, kMaxSymbols> symbols_;
    std::array<std::uint32_t, kMaxSymbols> merged_;  // of the pair with the symbol to the right
    // Of that pair: rank << 32 | place, so that the least is the next to merge.
    std::array<std::uint64_t, kMaxSymbols> order_;
};

}  // namespace quire::text
