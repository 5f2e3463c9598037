#include "lib/text/merge_block.h"

#include <algorithm>
#include <bit>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace quire::text {

namespace {

// Bit i: ranks[i] is `rank`. (16)
std::uint32_t places_of(const std::int32_t* ranks, std::int32_t rank) noexcept {
#if defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi32(rank);
    const auto equal = [&](int part) {
        const auto* from = reinterpret_cast<const __m128i*>(ranks) + part;
        return _mm_cmpeq_epi32(_mm_load_si128(from), wanted);
    };
    const __m128i low = _mm_packs_epi32(equal(0), equal(1));
    const __m128i high = _mm_packs_epi32(equal(2), equal(3));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
#else
    std::uint32_t places = 0;
    for (std::uint32_t i = 0; i < 16; ++i) places |= std::uint32_t{ranks[i] == rank} << i;
    return places;
#endif
}

}  // namespace

void MergeBlock::set_pair(std::uint32_t left) {
    const std::uint32_t right = next_[left];
    MergeTable::Result pair;
    if (right < n_) pair = pairs_->find(symbols_[left], symbols_[right]);
    merged_[left] = pair.merged;
    ranks_[left] = static_cast<std::int32_t>(pair.rank ^ 0x80000000);
}

// Four at a time, for the least of four does not wait for the next.
void MergeBlock::refresh(std::uint32_t chunk) noexcept {
    const std::int32_t* ranks = ranks_.data() + chunk * kChunk;
    std::array<std::int32_t, 4> low{ranks[0], ranks[1], ranks[2], ranks[3]};
    for (std::size_t i = 4; i < kChunk; i += 4) {
        for (std::size_t k = 0; k < 4; ++k) low[k] = std::min(low[k], ranks[i + k]);
    }
    low_[chunk] = std::min(std::min(low[0], low[1]), std::min(low[2], low[3]));
}

void MergeBlock::merge_at(std::uint32_t left) {
    const std::uint32_t chunk = left / kChunk;
    const std::uint32_t right = next_[left];
    symbols_[left] = merged_[left];
    next_[left] = next_[right];
    ranks_[right] = kNone;
    if (right / kChunk != chunk) refresh(right / kChunk);
    if (next_[left] < n_) previous_[next_[left]] = left;
    set_pair(left);
    if (left == 0) return;
    const std::uint32_t before = previous_[left];
    set_pair(before);
    if (before / kChunk != chunk) refresh(before / kChunk);
}

// Merges the pair at `left`, whose rank is the least of the block and which is the first of that
// rank, and then what comes before the next of that rank: only pairs with what was made just now
// can.
void MergeBlock::merge_from(std::uint32_t left, std::int32_t rank) {
    const std::uint32_t chunk = left / kChunk;
    while (true) {
        merge_at(left);
        if (left / kChunk != chunk) refresh(left / kChunk);
        if (left > 0 && ranks_[previous_[left]] <= ranks_[left]) left = previous_[left];
        if (ranks_[left] > rank) return;
    }
}

// Merges the pairs of this rank in the chunk from the left.
void MergeBlock::merge_chunk(std::uint32_t chunk, std::int32_t rank) {
    const std::uint32_t begin = chunk * kChunk;
    for (std::uint32_t places = places_of(ranks_.data() + begin, rank); places != 0;
         places &= places - 1) {
        const std::uint32_t left = begin + static_cast<std::uint32_t>(std::countr_zero(places));
        // A merge takes the pair to its right along.
        if (ranks_[left] == rank) merge_from(left, rank);
    }
    refresh(chunk);
}

void MergeBlock::merge(std::span<const std::uint32_t> symbols, KnownPairs& pairs) {
    pairs_ = &pairs;
    n_ = static_cast<std::uint32_t>(symbols.size());
    std::copy(symbols.begin(), symbols.end(), symbols_.begin());
    for (std::uint32_t i = 0; i < n_; ++i) {
        previous_[i] = i - 1;
        next_[i] = i + 1;
        set_pair(i);
    }
    const std::uint32_t n_chunks = (n_ + kChunk - 1) / kChunk;
    for (std::uint32_t i = n_; i < n_chunks * kChunk; ++i) ranks_[i] = kNone;
    for (std::uint32_t chunk = 0; chunk < n_chunks; ++chunk) refresh(chunk);

    while (true) {
        const std::int32_t rank = *std::min_element(low_.begin(), low_.begin() + n_chunks);
        if (rank == kNone) return;
        for (std::uint32_t chunk = 0; chunk < n_chunks; ++chunk) {
            if (low_[chunk] == rank) merge_chunk(chunk, rank);
        }
    }
}

}  // namespace quire::text
