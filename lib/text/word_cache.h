// Remembers the ids of short words while one text is tokenized: a few words make up most of a text.
// A bounded table in which a new word displaces an old one; what it returns never depends on that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace quire::text {

class WordCache {
  public:
    static constexpr std::size_t kMaxBytes = 15;
    static constexpr std::size_t kMaxIds = 7;

    // Nothing is allocated before the first put().
    std::span<const std::uint32_t> find(std::string_view word) const noexcept {
        if (slots_.empty() || word.size() > kMaxBytes) return {};
        const Key key = key_of(word);
        const Slot& slot = slots_[slot_of(key)];
        if (slot.key != key) return {};
        return {slot.ids.data(), slot.n_ids};
    }

    void put(std::string_view word, std::span<const std::uint32_t> ids) {
        if (word.size() > kMaxBytes || ids.empty() || ids.size() > kMaxIds) return;
        if (slots_.empty()) slots_.resize(kSlots);
        const Key key = key_of(word);
        Slot& slot = slots_[slot_of(key)];
        slot.key = key;
        slot.n_ids = static_cast<std::uint32_t>(ids.size());
        std::memcpy(slot.ids.data(), ids.data(), ids.size_bytes());
    }

  private:
    using Key = std::array<std::uint64_t, 2>;
    struct Slot {
        Key key{};  // the bytes of the word, its length in the last; zero: empty
        std::uint32_t n_ids = 0;
        std::array<std::uint32_t, kMaxIds> ids{};
    };
    static constexpr int kSlotBits = 13;
    static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;

    static Key key_of(std::string_view word) noexcept {
        std::array<char, 16> bytes{};
        std::memcpy(bytes.data(), word.data(), word.size());
        bytes[15] = static_cast<char>(word.size());
        Key key;
        std::memcpy(key.data(), bytes.data(), sizeof(key));
        return key;
    }
    static std::size_t slot_of(const Key& key) noexcept {
        const std::uint64_t mixed = (key[0] ^ (key[1] * 0x9E3779B97F4A7C15)) * 0xD6E8FEB86659FD93;
        return static_cast<std::size_t>(mixed >> (64 - kSlotBits));
    }

    std::vector<Slot> slots_;
};

}  // namespace quire::text
