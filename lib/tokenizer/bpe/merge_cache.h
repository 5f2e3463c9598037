// A cache of merge table lookups: a text asks for the same few pairs most of the time, and the
// table is too large for the CPU caches. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/memory.h"
#include "lib/tokenizer/vocab/merge_table.h"

namespace quire::tokenizer {

class MergeCache {
  public:
    // `merges` must outlive the object.
    explicit MergeCache(const MergeTable& merges) : merges_(merges) {}

    MergeTable::Result find(std::uint32_t left, std::uint32_t right) {
        MergeTable::Result pair;
        if (!find_known(left, right, pair)) {
            pair = merges_.find(left, right);
            remember(left, right, pair);
        }
        return pair;
    }

    // The same lookup in three steps, so that callers can overlap memory latency. First, look in
    // the cache. If the pair is not there, this prefetches from the table and returns false.
    bool find_known(std::uint32_t left, std::uint32_t right, MergeTable::Result& result) {
        const Entry& entry = place_of(left, right);
        if (!entry.holds(left, right)) {
            merges_.prefetch(left, right);
            return false;
        }
        result = {entry.rank, entry.merged};
        return true;
    }
    // Second, as in MergeTable.
    std::uint32_t find_candidate(std::uint32_t left, std::uint32_t right) {
        const std::uint32_t candidate = merges_.find_candidate(left, right);
        if (candidate == MergeTable::kNoRank) remember(left, right, {});
        return candidate;
    }
    // Third, as in MergeTable; the result enters the cache.
    MergeTable::Result find(std::uint32_t candidate, std::uint32_t left, std::uint32_t right) {
        const MergeTable::Result pair = merges_.find(candidate, left, right);
        remember(left, right, pair);
        return pair;
    }

  private:
    // Every word begins with pairs of low ids, which are usually those of bytes, so these have
    // entries of their own. Other pairs are hashed.
    static constexpr std::uint32_t kLow = 288;
    static constexpr std::size_t kHashed = 2048;

    struct Entry {  // all zeros: empty
        std::uint32_t left;
        std::uint32_t right_and_1;
        std::uint32_t rank;
        std::uint32_t merged;

        bool holds(std::uint32_t l, std::uint32_t r) const noexcept {
            return left == l && right_and_1 == r + 1;
        }
    };

    void remember(std::uint32_t left, std::uint32_t right, const MergeTable::Result& pair) {
        // For a short text, clearing these pages would cost more than they save.
        if (low_.empty() && ++n_remembered_ > kHashed) {
            low_ = base::ZeroedArray<Entry>(std::size_t{kLow} * kLow);
        }
        place_of(left, right) = {left, right + 1, pair.rank, pair.merged};
    }
    Entry& place_of(std::uint32_t left, std::uint32_t right) {
        if (left < kLow && right < kLow && !low_.empty()) return low_[left * kLow + right];
        if (hashed_.empty()) hashed_ = base::ZeroedArray<Entry>(kHashed);
        return hashed_[(merge_hash(left, right) >> 32) % kHashed];
    }

    const MergeTable& merges_;
    base::ZeroedArray<Entry> low_;
    base::ZeroedArray<Entry> hashed_;
    std::size_t n_remembered_ = 0;
};

}  // namespace quire::tokenizer
