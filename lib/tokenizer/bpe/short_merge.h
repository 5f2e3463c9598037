// Byte-pair encoding of one short word, in steps that stop where the merge table must be read, so
// that many words can be merged in turn. Part of bpe.h. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/tokenizer/bpe/merge_cache.h"
#include "lib/tokenizer/bpe/rank_scan.h"

namespace quire::tokenizer {

// Symbols never move: a symbol that became part of another is removed from a bit set. So the number
// of loop iterations depends only on the number of merges.
class ShortMerge {
  public:
    static constexpr std::size_t kMaxSymbols = 32;

    // symbols: 2 to kMaxSymbols.
    void start(std::span<const std::uint32_t> symbols, MergeCache& pairs);
    // Continues with the pairs that were prefetched, up to the next ones that are not in the cache.
    // False if nothing merges any more.
    bool step(MergeCache& pairs);
    // Writes the current symbols to `out`, which has room for kMaxSymbols, and returns their
    // number.
    std::size_t symbols(std::uint32_t* out) const noexcept;

  private:
    // A set of symbols: bit i is the symbol that begins at place i.
    using Places = std::uint32_t;
    static_assert(kMaxSymbols == 32 && kMaxSymbols % kRanks == 0);

    Places behind(std::uint32_t at) const noexcept { return present_ & (~Places{1} << at); }
    void set(std::uint32_t left, const MergeTable::Result& pair) noexcept;
    void ask(std::uint32_t left, std::uint32_t right, MergeCache& pairs);
    bool find_best(std::uint32_t& at) const noexcept;
    void merge(std::uint32_t at, MergeCache& pairs);

    Places present_ = 0;
    Places waiting_ = 0;       // left symbols of pairs whose slot was prefetched
    Places found_ = 0;         // left symbols of pairs whose candidate, in merged_, was prefetched
    std::size_t n_ranks_ = 0;  // a multiple of kRanks
    std::array<std::uint32_t, kMaxSymbols> symbols_;
    // Result of merging with the symbol to the right.
    std::array<std::uint32_t, kMaxSymbols> merged_;
    // Rank of that merge, or kNoSignedRank.
    alignas(64) std::array<std::int32_t, kMaxSymbols> ranks_;
};

}  // namespace quire::tokenizer
