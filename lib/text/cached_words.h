// Words to ids through a memory of the words met before. One thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "lib/text/new_words.h"
#include "lib/text/word_cache.h"
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
    std::size_t size() const noexcept { return n_; }

    // Makes a gap of n ids at the end, which fill() moves to the front from place to place.
    void open(std::size_t n) {
        reserve(n);
        moved_from_ = n_;
        n_ += n;
        moved_to_ = n_;
    }
    // Puts `more` where `place` was before the gap; places must descend.
    void fill(std::size_t place, std::span<const std::uint32_t> more) noexcept {
        const std::size_t n_moved = moved_from_ - place;
        std::uint32_t* ids = ids_.data();
        moved_from_ = place;
        moved_to_ -= n_moved;
        std::memmove(ids + moved_to_, ids + place, n_moved * sizeof(*ids));
        moved_to_ -= more.size();
        std::copy(more.begin(), more.end(), ids + moved_to_);
    }

  private:
    std::vector<std::uint32_t>& ids_;
    std::size_t n_ = 0;
    std::size_t moved_from_ = 0;  // ids from here on are behind the gap, at moved_to_
    std::size_t moved_to_ = 0;
};

// Words are added in the order of the text and wait until there are many: in the meantime the
// memory of their slots is on its way. Words: has encode() and
// encode_many(), as NewWords.
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
        new_.clear();
        for (std::size_t i = 0; i < n_waiting_; ++i) {
            const Word& word = waiting_[i];
            if (word.size <= ShortWords::kMaxBytes) {
                if (put_known(short_.find(word.key, word.hash), ids)) continue;
            } else if (word.size <= LongWords::kMaxBytes) {
                const LongWords::Key key = LongWords::key_of(word.view());
                if (put_known(long_.find(key, LongWords::hash_of(key)), ids)) continue;
            }
            new_.push_back({word, ids.size()});
        }
        n_waiting_ = 0;
        if (!new_.empty()) encode_new(ids);
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

        std::string_view view() const noexcept { return {text, size}; }
    };
    struct NewWord {
        Word word;
        std::size_t place;  // among the ids, where its own are missing
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
    template <typename Slot>
    static bool put_known(const Slot* slot, IdWriter& ids) noexcept {
        if (slot == nullptr) return false;
        ids.put(slot->ids, slot->n_ids());
        return true;
    }
    void encode_new(IdWriter& ids) {
        texts_.clear();
        new_ids_.clear();
        ends_.clear();
        for (const NewWord& n : new_) texts_.push_back(n.word.view());
        words_.encode_many(texts_, new_ids_, ends_);
        ids.open(new_ids_.size());
        for (std::size_t i = new_.size(); i-- > 0;) {
            const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
            const std::span<const std::uint32_t> word_ids(new_ids_.data() + begin,
                                                          ends_[i] - begin);
            ids.fill(new_[i].place, word_ids);
            remember(new_[i].word, word_ids);
        }
    }
    void remember(const Word& word, std::span<const std::uint32_t> ids) {
        if (word.size <= ShortWords::kMaxBytes) {
            if (short_.find(word.key, word.hash) == nullptr) short_.put(word.key, word.hash, ids);
        } else if (word.size <= LongWords::kMaxBytes) {
            const LongWords::Key key = LongWords::key_of(word.view());
            const LongWords::Hash hash = LongWords::hash_of(key);
            if (long_.find(key, hash) == nullptr) long_.put(key, hash, ids);
        }
    }

    Words words_;
    ShortWords short_;
    LongWords long_;
    std::array<Word, kMaxWaiting> waiting_;
    std::size_t n_waiting_ = 0;
    std::vector<NewWord> new_;  // of what waited: those that were not remembered
    std::vector<std::string_view> texts_;
    std::vector<std::uint32_t> new_ids_;
    std::vector<std::size_t> ends_;
};

using CachedWords = CachedWordsOf<NewWords>;

}  // namespace quire::text
