// Byte-pair encoding of one short word in steps that stop where the table of merges has to be
// asked: part of bpe.h. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/tokenizer/bpe/merge_cache.h"
#include "lib/tokenizer/bpe/rank_scan.h"

namespace quire::tokenizer {

// Symbols stay where they are, and those that became part of another are gone from a set: nothing
// moves, and nothing but the number of merges decides how often a loop goes round.
class ShortMerge {
  public:
    static constexpr std::size_t kMaxSymbols = 32;

    // symbols: 2 to kMaxSymbols of them.
    void start(std::span<const std::uint32_t> symbols, MergeCache& pairs);
    // Goes on from the pairs that were asked for to the next ones that are not known; false when
    // nothing merges any more.
    bool step(MergeCache& pairs);
    // Writes the symbols there are to `out`, which has room for kMaxSymbols; returns their number.
    std::size_t symbols(std::uint32_t* out) const noexcept;

  private:
    // Sets of symbols, a bit each: by the place at which the symbol begins.
    using Places = std::uint32_t;
    static_assert(kMaxSymbols == 32 && kMaxSymbols % kRanks == 0);

    Places behind(std::uint32_t at) const noexcept { return present_ & (~Places{1} << at); }
    void set(std::uint32_t left, const MergeTable::Result& pair) noexcept;
    void ask(std::uint32_t left, std::uint32_t right, MergeCache& pairs);
    bool find_best(std::uint32_t& at) const noexcept;
    void merge(std::uint32_t at, MergeCache& pairs);

    Places present_ = 0;
    Places waiting_ = 0;       // left symbols of the pairs that were asked for
    Places found_ = 0;         // those of pairs whose candidate, in merged_, was asked for
    std::size_t n_ranks_ = 0;  // a multiple of kRanks
    std::array<std::uint32_t, kMaxSymbols> symbols_;
    std::array<std::uint32_t, kMaxSymbols> merged_;  // of the pair with the symbol to the right
    alignas(64) std::array<std::int32_t, kMaxSymbols> ranks_;  // of that pair, or kNoSignedRank
};

}  // namespace quire::tokenizer
