// The header that the hash tables of a tokenizer share (layout.h).
#pragma once

#include <cstdint>
#include <string>

#include "lib/base/bytes.h"
#include "lib/tokenizer/spec/layout.h"

namespace quire::tokenizer {

struct HashHeader {
    std::uint32_t log2_slots = 0;
    std::uint32_t max_probes = 0;

    std::uint64_t n_slots() const noexcept { return std::uint64_t{1} << log2_slots; }
};

inline HashHeader read_hash_head(base::ByteReader& reader) {
    const auto log2_slots = reader.read<std::uint32_t>("log2 of the number of slots");
    const auto max_probes = reader.read<std::uint32_t>("longest probe");
    if (log2_slots < 1 || log2_slots > kMaxSlotBits) {
        reader.fail("log2 of the number of slots: expected 1 to 30, found " +
                    std::to_string(log2_slots));
    }
    if (max_probes < 1 || max_probes > kMaxProbes) {
        reader.fail("longest probe: expected 1 to 256, found " + std::to_string(max_probes));
    }
    return {log2_slots, max_probes};
}

inline void expect_end(const base::ByteReader& reader) {
    if (reader.remaining() != 0) reader.fail("expected the end of the table");
}

}  // namespace quire::tokenizer
