// Remembers the ids of short words while texts are tokenized: a few words make up most of a text. A
// bounded table in which a new word displaces an old one; what it returns never depends on that.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
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
    using Hash = std::uint32_t;
    struct Slot {
        Key key{};  // zero: empty
        // As many as the last one says, which lies there so that all can be copied at once.
        std::array<std::uint32_t, kMaxIds + 1> ids{};

        std::size_t n_ids() const noexcept { return ids[kMaxIds]; }
    };

    WordTable() : buckets_(std::size_t{1} << kMinBits) {}

    // The first `size` bytes at `word`. kMaxBytes + 1 bytes can be read there.
    static Key key_of(const char* word, std::size_t size) noexcept {
        Key key;
        std::memcpy(key.data(), word, sizeof(key));
        for (std::size_t i = 0; i < kKeyWords; ++i) {
            const std::size_t kept = std::min<std::size_t>(size > i * 8 ? size - i * 8 : 0, 8);
            key[i] &= kFirstBytes[kept];
        }
        key[kKeyWords - 1] |= std::uint64_t{size} << 56;
        return key;
    }
    static Key key_of(std::string_view word) noexcept {
        std::array<char, kMaxBytes + 1> bytes{};
        std::memcpy(bytes.data(), word.data(), word.size());
        return key_of(bytes.data(), word.size());
    }
    static Hash hash_of(const Key& key) noexcept {
        std::uint64_t mixed = 0;
        for (std::size_t i = 0; i < kKeyWords; ++i) mixed ^= key[i] * kMultipliers[i];
        return static_cast<Hash>(mixed >> 32);
    }

    // hash: hash_of(key).
    const Slot* find(const Key& key, Hash hash) const noexcept {
        const Bucket& bucket = buckets_[bucket_of(hash)];
        // Which of the two it is nobody can foresee: no branch.
        const bool is_older = equal(bucket[1].key, key);
        const Slot* slot = bucket.data() + (is_older ? 1 : 0);
        return is_older || equal(slot->key, key) ? slot : nullptr;
    }

    // Asks for the memory in which find() will look.
    void prefetch(Hash hash) const noexcept { __builtin_prefetch(&buckets_[bucket_of(hash)]); }

    void put(const Key& key, Hash hash, std::span<const std::uint32_t> ids) {
        if (ids.size() > kMaxIds) return;
        if (n_put_ >= buckets_.size() && bits_ < kMaxBits) grow();
        ++n_put_;
        Slot slot{key, {}};
        std::copy(ids.begin(), ids.end(), slot.ids.begin());
        slot.ids[kMaxIds] = static_cast<std::uint32_t>(ids.size());
        insert(slot, hash);
    }

  private:
    // The newer, then the older. A cache line, or two, by itself.
    struct alignas(64) Bucket : std::array<Slot, 2> {};
    static constexpr int kMinBits = 7;
    static constexpr int kMaxBits = 15;
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
    // Odd, and their bits without order.
    static constexpr std::array<std::uint64_t, 4> kMultipliers{
        0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, 0xC2B2AE3D27D4EB4F, 0xA0761D6478BD642F};

    // Not by ==, for which the compiler calls memcmp.
    static bool equal(const Key& a, const Key& b) noexcept {
        std::uint64_t difference = 0;
        for (std::size_t i = 0; i < kKeyWords; ++i) difference |= a[i] ^ b[i];
        return difference == 0;
    }
    std::size_t bucket_of(Hash hash) const noexcept { return hash >> (32 - bits_); }
    void insert(const Slot& slot, Hash hash) {
        Bucket& bucket = buckets_[bucket_of(hash)];
        bucket[1] = bucket[0];
        bucket[0] = slot;
    }
    void grow() {
        const std::vector<Bucket> old = std::move(buckets_);
        bits_ = std::min(bits_ + 2, kMaxBits);
        buckets_.assign(std::size_t{1} << bits_, Bucket{});
        for (const Bucket& bucket : old) {
            for (const std::size_t i : {std::size_t{1}, std::size_t{0}}) {
                if (!equal(bucket[i].key, Key{})) insert(bucket[i], hash_of(bucket[i].key));
            }
        }
    }

    int bits_ = kMinBits;
    std::vector<Bucket> buckets_;
    std::size_t n_put_ = 0;
};

using ShortWords = WordTable<2, 3>;
using LongWords = WordTable<4, 7>;
static_assert(sizeof(ShortWords::Slot) == 32 && sizeof(LongWords::Slot) == 64);

}  // namespace quire::text
