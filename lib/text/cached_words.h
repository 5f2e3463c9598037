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

// Words are added in the order of the text and wait until there are many: in the meantime the
// memory of their slots is on its way. Words: has encode(), as WordEncoder.
template <typename Words>
class CachedWordsOf {
  public:
    static constexpr std::size_t kReadable = 16;

    // `parts` must outlive the object.
    explicit CachedWordsOf(const TokenizerParts& parts) : words_(parts) {}

    // Forgets what waits: of a text that was given up.
    void start() noexcept { n_waiting_ = 0; }
    // Adds the words at `front` that begin there and at the set bits of `starts`, but for the one
    // at the last; returns where that begins. kScanBytes + kReadable bytes can be read. All words
    // must stay where they are until flush().
    std::size_t add_window(const char* front, std::uint64_t starts, IdWriter& ids) {
        if (n_waiting_ + kScanBytes > kMaxWaiting) flush(ids);
        std::uint32_t begin = 0;
        std::size_t n = n_waiting_;
        for (; starts != 0; starts &= starts - 1) {
            const auto end = static_cast<std::uint32_t>(std::countr_zero(starts));
            const std::uint32_t size = end - begin;
            wait(waiting_[n++], front + begin, size, ShortWords::key_of(front + begin, size));
            begin = end;
        }
        n_waiting_ = n;
        return begin;
    }
    // The same for one word, behind which nothing may be read.
    void add(std::string_view word, IdWriter& ids) {
        if (n_waiting_ == kMaxWaiting) flush(ids);
        const std::string_view front = word.substr(0, ShortWords::kMaxBytes);
        wait(waiting_[n_waiting_++], word.data(), word.size(), ShortWords::key_of(front));
    }
    // Appends the ids of all words that were added.
    void flush(IdWriter& ids) {
        ids.reserve(kMaxWaiting * kRoom);
        for (std::size_t i = 0; i < n_waiting_; ++i) {
            const Word& word = waiting_[i];
            if (word.size <= ShortWords::kMaxBytes) {
                encode_by(short_, word.key, word.hash, {word.text, word.size}, ids);
            } else {
                encode_long({word.text, word.size}, ids);
            }
        }
        n_waiting_ = 0;
    }

    const Words& words() const noexcept { return words_; }
    Words& words() noexcept { return words_; }
    void encode_new(std::string_view word, std::vector<std::uint32_t>& ids) {
        words_.encode(word, ids);
    }

  private:
    struct Word {
        ShortWords::Key key;  // of a longer word nothing of use
        const char* text;
        std::uint64_t size;
        ShortWords::Hash hash;
    };
    static constexpr std::size_t kMaxWaiting = 256;
    static constexpr std::size_t kRoom = 8;  // ids that a put() stores at most

    void wait(Word& word, const char* text, std::size_t size, const ShortWords::Key& key) {
        word.key = key;
        word.text = text;
        word.size = size;
        word.hash = ShortWords::hash_of(key);
        short_.prefetch(word.hash);
    }
    template <typename Table>
    void encode_by(Table& table, const typename Table::Key& key, typename Table::Hash hash,
                   std::string_view word, IdWriter& ids) {
        const auto* slot = table.find(key, hash);
        if (slot != nullptr) {
            ids.put(slot->ids, slot->n_ids());
            return;
        }
        encode_new(word, ids);
        table.put(key, hash, new_ids_.data(), new_ids_.size());
    }
    void encode_long(std::string_view word, IdWriter& ids) {
        if (word.size() <= LongWords::kMaxBytes) {
            const LongWords::Key key = LongWords::key_of(word);
            encode_by(long_, key, LongWords::hash_of(key), word, ids);
        } else {
            encode_new(word, ids);
        }
    }
    void encode_new(std::string_view word, IdWriter& ids) {
        new_ids_.clear();
        words_.encode(word, new_ids_);
        ids.append(new_ids_, kMaxWaiting * kRoom);
    }

    Words words_;
    ShortWords short_;
    LongWords long_;
    std::array<Word, kMaxWaiting> waiting_;
    std::size_t n_waiting_ = 0;
    std::vector<std::uint32_t> new_ids_;
};

using CachedWords = CachedWordsOf<WordEncoder>;

}  // namespace quire::text
