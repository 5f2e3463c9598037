// A cache from words to their ids: a small number of distinct words makes up most of a text. The
// size is bounded, and a new word replaces an old one. The cache never changes a result.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/hash.h"
#include "lib/base/memory.h"

namespace quire::tokenizer {

// A word of up to kKeyBytes is stored in its slot, and so are up to kSlotIds ids. Longer words and
// more ids are in a store that the slot points to. The table grows as words are added. A bucket has
// two slots, and the older entry is replaced.
class WordCache {
  public:
    static constexpr std::size_t kKeyBytes = 15;
    static constexpr std::size_t kSlotIds = 3;
    static constexpr std::size_t kMaxBytes = 255;  // longest word that is cached

    // The bytes of the word, padded with zeros, with its length in the last byte. For a word longer
    // than kKeyBytes: a hash, the length, and kLong in the last byte.
    using Key = std::array<std::uint64_t, 2>;
    using Hash = std::uint32_t;
    struct Slot {
        Key key{};  // all zeros: empty
        // The ids, then their number if it is at most kSlotIds. Otherwise the last element is
        // kAwaited, with the note given to await() in ids[0]; or n | kStored, with the offset into
        // the store in ids[0]. One array, so that all of it can be copied at once.
        std::array<std::uint32_t, kSlotIds + 1> ids{};

        std::uint32_t n_ids() const noexcept { return ids[kSlotIds]; }
        bool is_awaited() const noexcept { return n_ids() == kAwaited; }
    };

    WordCache() : buckets_(std::size_t{1} << kMinBits) {}

    // The key of the first `size` bytes at `word`, at most kKeyBytes. kKeyBytes + 1 bytes must be
    // readable.
    static Key key_of(const char* word, std::size_t size) noexcept {
        Key key;
        std::memcpy(key.data(), word, sizeof(key));
        const std::size_t n_low = std::min<std::size_t>(size, 8);
        key[0] &= kFirstBytes[n_low];
        key[1] &= kFirstBytes[size - n_low];
        key[1] |= std::uint64_t{size} << 56;
        return key;
    }
    static Key key_of(std::string_view word) noexcept {
        if (word.size() > kKeyBytes) {
            return {base::xxh3(base::as_bytes(word)), (kLong << 56) | word.size()};
        }
        std::array<char, kKeyBytes + 1> bytes{};
        std::memcpy(bytes.data(), word.data(), word.size());
        return key_of(bytes.data(), word.size());
    }
    static Hash hash_of(const Key& key) noexcept {
        return static_cast<Hash>(((key[0] * 0x9E3779B97F4A7C15) ^ (key[1] * 0xD6E8FEB86659FD93)) >>
                                 32);
    }

    // hash must be hash_of(key). For a word longer than kKeyBytes, this may be the slot of another
    // word: check with is_word().
    Slot* find(const Key& key, Hash hash) noexcept {
        Bucket& bucket = buckets_[bucket_of(hash)];
        // The branch would be unpredictable, so select without one.
        const bool is_older = equal(bucket[1].key, key);
        Slot* slot = bucket.data() + (is_older ? 1 : 0);
        return is_older || equal(slot->key, key) ? slot : nullptr;
    }
    // Prefetches the memory that find() will read.
    void prefetch(Hash hash) const noexcept { __builtin_prefetch(&buckets_[bucket_of(hash)]); }

    // True if a slot returned by find(), which must not be awaited, holds this word.
    bool is_word(const Slot& slot, std::string_view word) const noexcept {
        if (word.size() <= kKeyBytes) return true;
        const std::uint32_t* stored = store_.data() + slot.ids[0] + (slot.n_ids() & ~kStored);
        return std::memcmp(stored, word.data(), word.size()) == 0;
    }
    // The ids in a slot that is not awaited. Valid until the next fill().
    std::span<const std::uint32_t> ids_of(const Slot& slot) const noexcept {
        if (slot.n_ids() <= kSlotIds) return {slot.ids.data(), slot.n_ids()};
        return {store_.data() + slot.ids[0], slot.n_ids() & ~kStored};
    }

    // Adds a word that find() does not find and whose ids will follow. `note` is for the caller.
    void await(const Key& key, Hash hash, std::uint32_t note) {
        if (n_entered_ >= buckets_.size() && bits_ < kMaxBits) grow();
        ++n_entered_;
        insert({key, {note, 0, 0, kAwaited}}, hash);
    }
    // Stores the ids in a slot that is awaited.
    void fill(Slot& slot, std::string_view word, std::span<const std::uint32_t> ids) {
        const bool has_text = word.size() > kKeyBytes;
        if (ids.size() <= kSlotIds && !has_text) {
            std::copy(ids.begin(), ids.end(), slot.ids.begin());
            slot.ids[kSlotIds] = static_cast<std::uint32_t>(ids.size());
            return;
        }
        const std::size_t n_text = has_text ? (word.size() + 3) / 4 : 0;
        if (store_.size() + ids.size() + n_text > kMaxStored) return forget(slot);
        slot.ids[0] = static_cast<std::uint32_t>(store_.size());
        slot.ids[kSlotIds] = static_cast<std::uint32_t>(ids.size()) | kStored;
        store_.insert(store_.end(), ids.begin(), ids.end());
        store_.resize(store_.size() + n_text);
        if (has_text) {
            std::memcpy(store_.data() + store_.size() - n_text, word.data(), word.size());
        }
    }
    static void forget(Slot& slot) noexcept { slot = {}; }

    // Clears the cache if the store is nearly full, since most of it may belong to words that were
    // replaced. No word may be awaited.
    void make_room() {
        if (store_.size() < kMaxStored / 8 * 7) return;
        std::fill(buckets_.begin(), buckets_.end(), Bucket{});
        store_.clear();
    }

  private:
    // The newer slot, then the older. Fills one cache line.
    struct alignas(64) Bucket : std::array<Slot, 2> {};
    static constexpr int kMinBits = 7;
    static constexpr int kMaxBits = 16;
    static constexpr std::uint64_t kLong = 0xFF;
    static constexpr std::uint32_t kAwaited = 0xFFFFFFFF;
    static constexpr std::uint32_t kStored = 0x80000000;
    static constexpr std::size_t kMaxStored = std::size_t{1} << 18;  // 1 MiB
    static constexpr std::array<std::uint64_t, 9> kFirstBytes{
        0,
        0xFF,
        0xFFFF,
        0xFFFFFF,
        0xFFFFFFFF,
        0xFFFFFFFFFF,
        0xFFFFFFFFFFFF,
        0xFFFFFFFFFFFFFF,
        0xFFFFFFFFFFFFFFFF,
    };

    // Written out because the compiler implements == by a call of memcmp.
    static bool equal(const Key& a, const Key& b) noexcept {
        return ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0;
    }
    std::size_t bucket_of(Hash hash) const noexcept { return hash >> (32 - bits_); }
    void insert(const Slot& slot, Hash hash) {
        Bucket& bucket = buckets_[bucket_of(hash)];
        bucket[1] = bucket[0];
        bucket[0] = slot;
    }
    void grow() {
        base::ZeroedArray<Bucket> old = std::move(buckets_);
        bits_ = std::min(bits_ + 3, kMaxBits);
        buckets_ = base::ZeroedArray<Bucket>(std::size_t{1} << bits_);
        for (const Bucket& bucket : old) {
            for (const std::size_t i : {std::size_t{1}, std::size_t{0}}) {
                if (!equal(bucket[i].key, Key{})) insert(bucket[i], hash_of(bucket[i].key));
            }
        }
    }

    int bits_ = kMinBits;
    base::ZeroedArray<Bucket> buckets_;
    std::size_t n_entered_ = 0;
    std::vector<std::uint32_t> store_;  // for each entry the ids, then the bytes of a long word
};

static_assert(sizeof(WordCache::Slot) == 32);

}  // namespace quire::tokenizer
