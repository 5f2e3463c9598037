// Remembers the ids of short words while texts are tokenized: a few words make up most of a text. A
// bounded table in which a new word displaces an old one; what it returns never depends on that.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace quire::text {

// Words of up to kMaxBytes with up to kMaxIds ids, in a table that grows with what it is given. Two
// places per word, the older entry giving way.
template <std::size_t kKeyWords, std::size_t kMaxIds>
class WordTable {
  public:
    static constexpr std::size_t kMaxBytes = kKeyWords * 8 - 1;
    // The bytes of the word, zeros, its length in the last.
    using Key = std::array<std::uint64_t, kKeyWords>;
    struct Slot {
        Key key{};  // zero: empty
        std::array<std::uint32_t, kMaxIds> ids{};
        std::uint32_t n_ids = 0;
    };

    // The first `size` bytes at `word`. kMaxBytes + 1 bytes can be read there.
    static Key key_of(const char* word, std::size_t size) noexcept {
        Key key;
        std::memcpy(key.data(), word, sizeof(key));
        for (std::size_t i = 0; i < kKeyWords; ++i) {
            const std::size_t kept = size > i * 8 ? size - i * 8 : 0;
            if (kept < 8) key[i] &= (std::uint64_t{1} << (kept * 8)) - 1;
        }
        key[kKeyWords - 1] |= std::uint64_t{size} << 56;
        return key;
    }
    static Key key_of(std::string_view word) noexcept {
        std::array<char, kMaxBytes + 1> bytes{};
        std::memcpy(bytes.data(), word.data(), word.size());
        return key_of(bytes.data(), word.size());
    }

    const Slot* find(const Key& key) const noexcept {
        if (buckets_.empty()) return nullptr;
        const Bucket& bucket = buckets_[bucket_of(key)];
        if (equal(bucket.newer.key, key)) return &bucket.newer;
        return equal(bucket.older.key, key) ? &bucket.older : nullptr;
    }

    // Asks for the memory in which find() will look.
    void prefetch(const Key& key) const noexcept {
        if (!buckets_.empty()) __builtin_prefetch(&buckets_[bucket_of(key)]);
    }

    void put(const Key& key, const std::uint32_t* ids, std::size_t n_ids) {
        if (n_ids > kMaxIds) return;
        if (n_put_ >= buckets_.size() && bits_ < kMaxBits) grow();
        ++n_put_;
        Slot slot{key, {}, static_cast<std::uint32_t>(n_ids)};
        std::copy_n(ids, n_ids, slot.ids.begin());
        insert(slot);
    }

  private:
    // A cache line, or two, by itself.
    struct alignas(64) Bucket {
        Slot newer;
        Slot older;
    };
    static constexpr int kMinBits = 7;
    static constexpr int kMaxBits = 15;

    // Not by ==, for which the compiler calls memcmp.
    static bool equal(const Key& a, const Key& b) noexcept {
        std::uint64_t difference = 0;
        for (std::size_t i = 0; i < kKeyWords; ++i) difference |= a[i] ^ b[i];
        return difference == 0;
    }
    std::size_t bucket_of(const Key& key) const noexcept {
        std::uint64_t mixed = 0;
        for (const std::uint64_t word : key) {
            mixed = (mixed ^ word) * 0x9E3779B97F4A7C15;
            mixed ^= mixed >> 32;
        }
        return static_cast<std::size_t>((mixed * 0xD6E8FEB86659FD93) >> (64 - bits_));
    }
    void insert(const Slot& slot) {
        Bucket& bucket = buckets_[bucket_of(slot.key)];
        bucket.older = bucket.newer;
        bucket.newer = slot;
    }
    void grow() {
        const std::vector<Bucket> old = std::move(buckets_);
        bits_ = old.empty() ? kMinBits : std::min(bits_ + 2, kMaxBits);
        buckets_.assign(std::size_t{1} << bits_, Bucket{});
        for (const Bucket& bucket : old) {
            if (!equal(bucket.older.key, Key{})) insert(bucket.older);
            if (!equal(bucket.newer.key, Key{})) insert(bucket.newer);
        }
    }

    std::vector<Bucket> buckets_;
    int bits_ = 0;
    std::size_t n_put_ = 0;
};

using ShortWords = WordTable<2, 3>;
using LongWords = WordTable<4, 7>;
static_assert(sizeof(ShortWords::Slot) == 32 && sizeof(LongWords::Slot) == 64);

}  // namespace quire::text
