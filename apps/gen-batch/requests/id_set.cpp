#include "apps/gen-batch/requests/id_set.h"

#include <utility>

namespace quire::gen_batch {

namespace {

// The first slot that holds the hash or is free.
std::uint64_t& slot_of(std::vector<std::uint64_t>& slots, std::uint64_t hash) {
    const std::size_t mask = slots.size() - 1;  // a power of two
    std::size_t at = hash & mask;
    while (slots[at] != 0 && slots[at] != hash) at = (at + 1) & mask;
    return slots[at];
}

}  // namespace

bool IdSet::insert(std::uint64_t hash) {
    if (hash == 0) return !std::exchange(has_zero_, true);
    std::uint64_t& slot = slot_of(slots_, hash);
    if (slot == hash) return false;
    slot = hash;
    ++n_;
    if (n_ * 4 > slots_.size() * 3) grow();
    return true;
}

void IdSet::grow() {
    std::vector<std::uint64_t> larger(slots_.size() * 2);
    for (const std::uint64_t hash : slots_) {
        if (hash != 0) slot_of(larger, hash) = hash;
    }
    slots_.swap(larger);
}

}  // namespace quire::gen_batch
