#include "lib/tokenizer/vocab/merge_table.h"

#include <algorithm>
#include <bit>

#include "lib/base/byte_writer.h"
#include "lib/base/error.h"
#include "lib/tokenizer/vocab/hash_header.h"

namespace quire::tokenizer {

namespace {

// All bits of a slot except those that hold the number of a merge plus 1.
std::uint32_t tag_bits_of(std::size_t n_merges) {
    return static_cast<std::uint32_t>(~std::uint64_t{0} << std::bit_width(n_merges));
}

// The 2^bits slots; empty if an entry would need more than kMaxProbes probes.
std::vector<std::uint32_t> place(std::span<const Merge> merges, std::uint32_t bits,
                                 std::uint32_t& max_probes) {
    std::vector<std::uint32_t> slots(std::size_t{1} << bits);
    const std::uint32_t tag_bits = tag_bits_of(merges.size());
    max_probes = 1;
    std::uint32_t number = 0;
    for (const Merge& merge : merges) {
        const std::uint64_t hash = merge_hash(merge.left, merge.right);
        std::size_t at = hash >> (64 - bits);
        std::uint32_t probes = 1;
        for (; slots[at] != 0; at = (at + 1) & (slots.size() - 1)) ++probes;
        slots[at] = (static_cast<std::uint32_t>(hash) & tag_bits) | ++number;
        max_probes = std::max(max_probes, probes);
        if (max_probes > kMaxProbes) return {};
    }
    return slots;
}

}  // namespace

MergeTable::MergeTable(base::Bytes bytes, std::uint32_t n_pieces, const std::string& where)
    : n_pieces_(n_pieces) {
    base::ByteReader reader(bytes, where);
    const HashHeader head = read_hash_head(reader);
    max_probes_ = head.max_probes;
    shift_ = 64 - head.log2_slots;
    mask_ = head.n_slots() - 1;
    const auto n_merges = reader.read<std::uint32_t>("number of merges");
    if (n_merges > mask_) reader.fail("expected fewer merges than slots");
    tag_bits_ = tag_bits_of(n_merges);
    slots_ = {reader, head.n_slots(), "slots"};
    merges_ = {reader, n_merges, "merges"};
    expect_end(reader);
}

// Open addressing with linear probing, at most half full. Larger if an entry would need too many
// probes.
std::vector<std::byte> build_merge_table(std::vector<Merge> merges, const std::string& where) {
    std::stable_sort(merges.begin(), merges.end(),
                     [](const Merge& a, const Merge& b) { return a.rank < b.rank; });
    std::uint32_t bits = 1;
    while ((std::size_t{1} << bits) < merges.size() * 2) ++bits;
    for (; bits <= kMaxSlotBits; ++bits) {
        std::uint32_t max_probes = 0;
        const std::vector<std::uint32_t> slots = place(merges, bits, max_probes);
        if (slots.empty()) continue;
        base::ByteWriter out;
        out.put(bits);
        out.put(max_probes);
        out.put(static_cast<std::uint32_t>(merges.size()));
        for (const std::uint32_t slot : slots) out.put(slot);
        for (const Merge& merge : merges) {
            for (const std::uint32_t value : {merge.left, merge.right, merge.rank, merge.merged}) {
                out.put(value);
            }
        }
        return std::move(out).take();
    }
    throw Error(ErrorCode::model, where, "the hash table would be too large");
}

std::vector<Merge> read_merges_by_slot(base::Bytes bytes, const std::string& where) {
    base::ByteReader reader(bytes, where);
    const HashHeader head = read_hash_head(reader);
    const base::ArrayView<Merge> slots(reader, head.n_slots(), "slots");
    expect_end(reader);
    std::vector<Merge> merges;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        if (slots[i].left != kNoId) merges.push_back(slots[i]);
    }
    return merges;
}

}  // namespace quire::tokenizer
