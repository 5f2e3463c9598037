// Words to ids through a memory of the words met before. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "lib/text/word_cache.h"
#include "lib/text/word_encoder.h"
#include "lib/text/word_scan.h"

namespace quire::text {

// Ids at the end of a vector that is longer than they are, so that a few can be stored at once
// without looking whether they fit.
class IdWriter {
  public:
    explicit IdWriter(std::vector<std::uint32_t>& ids) : ids_(ids), n_(ids.size()) {}
    ~IdWriter() { ids_.resize(n_); }
    IdWriter(const IdWriter&) = delete;
    IdWriter& operator=(const IdWriter&) = delete;

    // Makes room for n more.
    void reserve(std::size_t n) {
        if (ids_.size() - n_ < n) ids_.resize(n_ + n + 512);
    }
    // Stores kMany ids of which the first n count; there must be room for kMany.
    template <std::size_t kMany>
    void put(const std::array<std::uint32_t, kMany>& ids, std::size_t n) noexcept {
        std::memcpy(ids_.data() + n_, ids.data(), sizeof(ids));
        n_ += n;
    }
    // Makes room for `room` more behind them.
    void append(const std::vector<std::uint32_t>& more, std::size_t room) {
        reserve(more.size() + room);
        std::copy(more.begin(), more.end(), ids_.begin() + static_cast<std::ptrdiff_t>(n_));
        n_ += more.size();
    }

  private:
    std::vector<std::uint32_t>& ids_;
    std::size_t n_ = 0;
};

// Words: has encode(), as WordEncoder.
template <typename Words>
class CachedWordsOf {
  public:
    // Room that an encode() can need beyond what append() makes for itself.
    static constexpr std::size_t kRoom = 8;
    static constexpr std::size_t kReadable = 16;

    // `parts` must outlive the object.
    explicit CachedWordsOf(const TokenizerParts& parts) : words_(parts) {}

    // Appends the ids of the words at `front` that begin there and at the set bits of `starts`, but
    // for the one at the last; returns where that begins. kScanBytes + kReadable bytes can be read.
    std::size_t encode_window(const char* front, std::uint64_t starts, IdWriter& ids) {
        struct Word {
            ShortWords::Key key;
            std::uint32_t begin;
            std::uint32_t size;
        };
        // First all keys, so that the memory of their slots is on its way when it is needed.
        std::array<Word, kScanBytes> words;
        std::size_t n_words = 0;
        std::uint32_t begin = 0;
        for (; starts != 0; starts &= starts - 1) {
            const auto end = static_cast<std::uint32_t>(std::countr_zero(starts));
            Word& word = words[n_words++];
            word.begin = begin;
            word.size = end - begin;
            word.key = ShortWords::key_of(front + begin, word.size);
            short_.prefetch(word.key);
            begin = end;
        }
        ids.reserve(n_words * kRoom);
        for (std::size_t i = 0; i < n_words; ++i) {
            const Word& word = words[i];
            const std::string_view text(front + word.begin, word.size);
            if (word.size > ShortWords::kMaxBytes) {
                encode_long(text, ids);
            } else {
                encode_by(short_, word.key, text, ids);
            }
        }
        return begin;
    }
    // The same where nothing may be read behind the word.
    void encode(std::string_view word, IdWriter& ids) {
        ids.reserve(kRoom);
        if (word.size() <= ShortWords::kMaxBytes) {
            encode_by(short_, ShortWords::key_of(word), word, ids);
        } else {
            encode_long(word, ids);
        }
    }

    const Words& words() const noexcept { return words_; }
    Words& words() noexcept { return words_; }
    void encode_new(std::string_view word, std::vector<std::uint32_t>& ids) {
        words_.encode(word, ids);
    }

  private:
    template <typename Table>
    void encode_by(Table& table, const typename Table::Key& key, std::string_view word,
                   IdWriter& ids) {
        const auto* slot = table.find(key);
        if (slot != nullptr) {
            ids.put(slot->ids, slot->n_ids);
            return;
        }
        encode_new(word, ids);
        table.put(key, new_ids_.data(), new_ids_.size());
    }
    void encode_long(std::string_view word, IdWriter& ids) {
        if (word.size() <= LongWords::kMaxBytes) {
            encode_by(long_, LongWords::key_of(word), word, ids);
        } else {
            encode_new(word, ids);
        }
    }
    void encode_new(std::string_view word, IdWriter& ids) {
        new_ids_.clear();
        words_.encode(word, new_ids_);
        ids.append(new_ids_, kScanBytes * kRoom);
    }

    Words words_;
    ShortWords short_;
    LongWords long_;
    std::vector<std::uint32_t> new_ids_;
};

using CachedWords = CachedWordsOf<WordEncoder>;

}  // namespace quire::text
