// What was found in the table of merges before: a text asks for a few pairs most of the time, and
// the table is too large to stay near. One thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/zeroed_array.h"
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

    // The same in steps, so that others can go on while memory is on its way. First this, which is
    // false for a pair that is not known;
    bool find_known(std::uint32_t left, std::uint32_t right, MergeTable::Result& result) {
        const Entry& entry = place_of(left, right);
        if (!entry.holds(left, right)) {
            merges_.prefetch(left, right);
            return false;
        }
        result = {entry.rank, entry.merged};
        return true;
    }
    // then this, as MergeTable's;
    std::uint32_t find_candidate(std::uint32_t left, std::uint32_t right) {
        const std::uint32_t candidate = merges_.find_candidate(left, right);
        if (candidate == MergeTable::kNoRank) remember(left, right, {});
        return candidate;
    }
    // and then this.
    MergeTable::Result find(std::uint32_t candidate, std::uint32_t left, std::uint32_t right) {
        const MergeTable::Result pair = merges_.find(candidate, left, right);
        remember(left, right, pair);
        return pair;
    }

  private:
    // Pairs of low ids, which are those of bytes, have places of their own, for each word begins
    // with them; the others by hash.
    static constexpr std::uint32_t kLow = 288;
    static constexpr std::size_t kHashed = 2048;

    struct Entry {  // of zeros: nothing
        std::uint32_t left;
        std::uint32_t right_and_1;
        std::uint32_t rank;
        std::uint32_t merged;

        bool holds(std::uint32_t l, std::uint32_t r) const noexcept {
            return left == l && right_and_1 == r + 1;
        }
    };

    void remember(std::uint32_t left, std::uint32_t right, const MergeTable::Result& pair) {
        // A short text would pay more for the pages of the places than it saves.
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
