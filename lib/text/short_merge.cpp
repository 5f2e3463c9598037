#include "lib/text/short_merge.h"

#include <algorithm>

namespace quire::text {

void ShortMerge::set(std::size_t left, const MergeTable::Result& pair) noexcept {
    order_[left] = (std::uint64_t{pair.rank} << 32) | left;
    merged_[left] = pair.merged;
}

void ShortMerge::ask(std::size_t left, KnownPairs& pairs) {
    MergeTable::Result pair;
    if (pairs.find_known(symbols_[left], symbols_[left + 1], pair)) {
        set(left, pair);
    } else {
        waiting_[n_waiting_++] = left;
    }
}

void ShortMerge::start(std::span<const std::uint32_t> symbols, KnownPairs& pairs) {
    n_ = symbols.size();
    n_waiting_ = 0;
    std::copy(symbols.begin(), symbols.end(), symbols_.begin());
    for (std::size_t i = 0; i + 1 < n_; ++i) ask(i, pairs);
}

bool ShortMerge::step(KnownPairs& pairs) {
    for (std::size_t i = 0; i < n_waiting_; ++i) {
        const std::size_t left = waiting_[i];
        set(left, pairs.find(symbols_[left], symbols_[left + 1]));
    }
    n_waiting_ = 0;
    while (n_waiting_ == 0) {
        std::size_t at = 0;
        if (!merge_best(at)) return false;
        if (at > 0) ask(at - 1, pairs);
        if (at + 1 < n_) ask(at, pairs);
    }
    return true;
}

// Merges at `at`; false when no pair merges.
bool ShortMerge::merge_best(std::size_t& at) noexcept {
    if (n_ < 2) return false;
    std::uint64_t best = order_[0];
    for (std::size_t i = 1; i + 1 < n_; ++i) best = std::min(best, order_[i]);
    if (best >> 32 == MergeTable::kNoRank) return false;
    at = static_cast<std::size_t>(best & 0xFFFFFFFF);
    symbols_[at] = merged_[at];
    --n_;
    for (std::size_t i = at + 1; i < n_; ++i) {
        symbols_[i] = symbols_[i + 1];
        // One place further to the left. The last pair's is not used.
        order_[i] = order_[i + 1] - 1;
        merged_[i] = merged_[i + 1];
    }
    return true;
}

}  // namespace quire::text
