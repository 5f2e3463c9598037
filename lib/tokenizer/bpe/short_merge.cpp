#include "lib/tokenizer/bpe/short_merge.h"

#include <algorithm>
#include <bit>

namespace quire::tokenizer {

void ShortMerge::set(std::uint32_t left, const MergeTable::Result& pair) noexcept {
    ranks_[left] = signed_rank(pair.rank);
    merged_[left] = pair.merged;
}

void ShortMerge::ask(std::uint32_t left, std::uint32_t right, MergeCache& pairs) {
    MergeTable::Result pair;
    if (pairs.find_known(symbols_[left], symbols_[right], pair)) {
        set(left, pair);
    } else {
        waiting_ |= Places{1} << left;
    }
}

void ShortMerge::start(std::span<const std::uint32_t> symbols, MergeCache& pairs) {
    const auto n = static_cast<std::uint32_t>(symbols.size());
    present_ = ~Places{0} >> (kMaxSymbols - n);
    waiting_ = 0;
    found_ = 0;
    n_ranks_ = (n + kRanks - 1) / kRanks * kRanks;
    std::copy(symbols.begin(), symbols.end(), symbols_.begin());
    std::fill_n(ranks_.begin(), n_ranks_, kNoSignedRank);
    for (std::uint32_t i = 0; i + 1 < n; ++i) ask(i, i + 1, pairs);
}

bool ShortMerge::step(MergeCache& pairs) {
    for (Places rest = found_; rest != 0; rest &= rest - 1) {
        const auto left = static_cast<std::uint32_t>(std::countr_zero(rest));
        const auto right = static_cast<std::uint32_t>(std::countr_zero(behind(left)));
        set(left, pairs.find(merged_[left], symbols_[left], symbols_[right]));
    }
    found_ = 0;
    for (; waiting_ != 0; waiting_ &= waiting_ - 1) {
        const auto left = static_cast<std::uint32_t>(std::countr_zero(waiting_));
        const auto right = static_cast<std::uint32_t>(std::countr_zero(behind(left)));
        merged_[left] = pairs.find_candidate(symbols_[left], symbols_[right]);
        if (merged_[left] == MergeTable::kNoRank) {
            ranks_[left] = kNoSignedRank;
        } else {
            found_ |= Places{1} << left;
        }
    }
    if (found_ != 0) return true;
    while (waiting_ == 0) {
        std::uint32_t at = 0;
        if (!find_best(at)) return false;
        merge(at, pairs);
    }
    return true;
}

// Finds the pair of lowest rank, the leftmost of several; false if no pair merges.
bool ShortMerge::find_best(std::uint32_t& at) const noexcept {
    std::int32_t best = least_rank(ranks_.data());
    if (n_ranks_ > kRanks) best = std::min(best, least_rank(ranks_.data() + kRanks));
    if (best == kNoSignedRank) return false;
    Places places = places_of(ranks_.data(), best);
    if (n_ranks_ > kRanks) places |= places_of(ranks_.data() + kRanks, best) << kRanks;
    at = static_cast<std::uint32_t>(std::countr_zero(places));
    return true;
}

void ShortMerge::merge(std::uint32_t at, MergeCache& pairs) {
    const auto right = static_cast<std::uint32_t>(std::countr_zero(behind(at)));
    symbols_[at] = merged_[at];
    present_ &= ~(Places{1} << right);
    ranks_[at] = kNoSignedRank;
    ranks_[right] = kNoSignedRank;
    if (const Places after = behind(at); after != 0) {
        ask(at, static_cast<std::uint32_t>(std::countr_zero(after)), pairs);
    }
    if (const Places before = present_ & ((Places{1} << at) - 1); before != 0) {
        // The old pair no longer exists; forget its lookup.
        const auto left = static_cast<std::uint32_t>(std::bit_width(before)) - 1;
        ranks_[left] = kNoSignedRank;
        ask(left, at, pairs);
    }
}

std::size_t ShortMerge::symbols(std::uint32_t* out) const noexcept {
    std::size_t n = 0;
    for (Places rest = present_; rest != 0; rest &= rest - 1) {
        out[n++] = symbols_[static_cast<std::size_t>(std::countr_zero(rest))];
    }
    return n;
}

}  // namespace quire::tokenizer
