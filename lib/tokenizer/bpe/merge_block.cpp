#include "lib/tokenizer/bpe/merge_block.h"

#include <algorithm>
#include <bit>

namespace quire::tokenizer {

void MergeBlock::set_pair(std::uint32_t left) {
    const std::uint32_t right = next_[left];
    MergeTable::Result pair;
    if (right < n_) pair = pairs_->find(symbols_[left], symbols_[right]);
    merged_[left] = pair.merged;
    ranks_[left] = signed_rank(pair.rank);
}

void MergeBlock::refresh(std::uint32_t chunk) noexcept {
    low_[chunk] = least_rank(ranks_.data() + chunk * kRanks);
}

void MergeBlock::merge_at(std::uint32_t left) {
    const std::uint32_t chunk = left / kRanks;
    const std::uint32_t right = next_[left];
    symbols_[left] = merged_[left];
    next_[left] = next_[right];
    ranks_[right] = kNoSignedRank;
    if (right / kRanks != chunk) refresh(right / kRanks);
    if (next_[left] < n_) previous_[next_[left]] = left;
    set_pair(left);
    if (left == 0) return;
    const std::uint32_t before = previous_[left];
    set_pair(before);
    if (before / kRanks != chunk) refresh(before / kRanks);
}

// Merges the pair at `left`, which is the first pair of the smallest rank. Then merges everything
// that comes before the next pair of that rank: that can only be pairs with the symbol just made.
void MergeBlock::merge_from(std::uint32_t left, std::int32_t rank) {
    const std::uint32_t chunk = left / kRanks;
    while (true) {
        merge_at(left);
        if (left / kRanks != chunk) refresh(left / kRanks);
        if (left > 0 && ranks_[previous_[left]] <= ranks_[left]) left = previous_[left];
        if (ranks_[left] > rank) return;
    }
}

// Merges the pairs of this rank in the chunk, from left to right.
void MergeBlock::merge_chunk(std::uint32_t chunk, std::int32_t rank) {
    const std::uint32_t begin = chunk * kRanks;
    for (std::uint32_t places = places_of(ranks_.data() + begin, rank); places != 0;
         places &= places - 1) {
        const std::uint32_t left = begin + static_cast<std::uint32_t>(std::countr_zero(places));
        // A merge may have consumed the pair to its right.
        if (ranks_[left] == rank) merge_from(left, rank);
    }
    refresh(chunk);
}

void MergeBlock::merge(std::span<const std::uint32_t> symbols, MergeCache& pairs) {
    // Text that repeats itself is merged only once.
    if (std::equal(symbols.begin(), symbols.end(), given_.begin(), given_.begin() + n_)) return;
    pairs_ = &pairs;
    n_ = static_cast<std::uint32_t>(symbols.size());
    std::copy(symbols.begin(), symbols.end(), given_.begin());
    std::copy(symbols.begin(), symbols.end(), symbols_.begin());
    for (std::uint32_t i = 0; i < n_; ++i) {
        previous_[i] = i - 1;
        next_[i] = i + 1;
        set_pair(i);
    }
    const std::uint32_t n_chunks = (n_ + kRanks - 1) / kRanks;
    for (std::uint32_t i = n_; i < n_chunks * kRanks; ++i) ranks_[i] = kNoSignedRank;
    for (std::uint32_t chunk = 0; chunk < n_chunks; ++chunk) refresh(chunk);

    while (true) {
        const std::int32_t rank = *std::min_element(low_.begin(), low_.begin() + n_chunks);
        if (rank == kNoSignedRank) return;
        for (std::uint32_t chunk = 0; chunk < n_chunks; ++chunk) {
            if (low_[chunk] == rank) merge_chunk(chunk, rank);
        }
    }
}

}  // namespace quire::tokenizer
