// The table "tokenizer.merges" (layout.h), read in place: a hash table from pairs of ids to merges.
// Most pairs of a text do not merge, and a slot of four bytes is enough to tell. The merges are
// stored in order of rank, so that the frequent ones are close together.
//
// Opening the table reads only its header. Lookups check what they read, so a damaged table can
// give wrong answers but cannot cause a read outside of it or more than kMaxProbes steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lib/base/array_view.h"
#include "lib/base/bytes.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// The upper bits choose the slot of the pair; the lower bits are the tag stored there.
inline std::uint64_t merge_hash(std::uint32_t left, std::uint32_t right) noexcept {
    const std::uint64_t x = (std::uint64_t{left} << 32) | right;
    return (x ^ (x >> 29)) * 0x9E3779B97F4A7C15;
}

class MergeTable {
  public:
    static constexpr std::uint32_t kNoRank = 0xFFFFFFFF;
    struct Result {
        std::uint32_t rank = kNoRank;  // kNoRank if the pair does not merge
        std::uint32_t merged = 0;      // always below n_pieces
    };

    // Error{model} if the bytes are not such a table. They must outlive the object.
    MergeTable(base::Bytes bytes, std::uint32_t n_pieces, const std::string& where);

    Result find(std::uint32_t left, std::uint32_t right) const noexcept {
        const std::uint64_t hash = merge_hash(left, right);
        std::size_t at = first_slot(hash);
        for (std::uint32_t probe = 0; probe < max_probes_; ++probe, at = (at + 1) & mask_) {
            const std::uint32_t slot = slots_[at];
            if (slot == 0) break;
            Result pair;
            if (is_tagged(slot, hash) && is_of(number_of(slot), left, right, pair)) return pair;
        }
        return {};
    }

    // The same lookup in three steps, so that callers can overlap memory latency. First, prefetch
    // the slot of the pair.
    void prefetch(std::uint32_t left, std::uint32_t right) const noexcept {
        slots_.prefetch(first_slot(merge_hash(left, right)));
    }
    // Second, find the number of the merge that it may be, and prefetch the merge. kNoRank if the
    // pair does not merge.
    std::uint32_t find_candidate(std::uint32_t left, std::uint32_t right) const noexcept {
        const std::uint64_t hash = merge_hash(left, right);
        std::size_t at = first_slot(hash);
        for (std::uint32_t probe = 0; probe < max_probes_; ++probe, at = (at + 1) & mask_) {
            const std::uint32_t slot = slots_[at];
            if (slot == 0) break;
            if (!is_tagged(slot, hash)) continue;
            const std::uint32_t number = number_of(slot);
            if (number < merges_.size()) merges_.prefetch(number);
            return number;
        }
        return kNoRank;
    }
    // Third, read the merge.
    Result find(std::uint32_t candidate, std::uint32_t left, std::uint32_t right) const noexcept {
        Result pair;
        return is_of(candidate, left, right, pair) ? pair : find(left, right);
    }

  private:
    std::size_t first_slot(std::uint64_t hash) const noexcept { return hash >> shift_; }
    bool is_tagged(std::uint32_t slot, std::uint64_t hash) const noexcept {
        return ((slot ^ static_cast<std::uint32_t>(hash)) & tag_bits_) == 0;
    }
    std::uint32_t number_of(std::uint32_t slot) const noexcept { return (slot & ~tag_bits_) - 1; }
    bool is_of(std::uint32_t number, std::uint32_t left, std::uint32_t right,
               Result& pair) const noexcept {
        if (number >= merges_.size()) return false;
        const Merge merge = merges_[number];
        pair = {merge.rank, merge.merged};
        return merge.left == left && merge.right == right && merge.merged < n_pieces_;
    }

    std::uint32_t n_pieces_ = 0;
    std::uint32_t max_probes_ = 0;
    std::uint32_t tag_bits_ = 0;
    std::uint32_t shift_ = 0;
    std::size_t mask_ = 0;
    base::ArrayView<Merge> merges_;
    base::ArrayView<std::uint32_t> slots_;  // size: a power of two
};

// The bytes of the table. Error{model} if there are more merges than it can hold.
std::vector<std::byte> build_merge_table(std::vector<Merge> merges, const std::string& where);

// Reads the merges from a table in the layout of versions 1 and 2. Error{model} if the bytes are
// not such a table.
std::vector<Merge> read_merges_by_slot(base::Bytes bytes, const std::string& where);

}  // namespace quire::tokenizer
