// Encodes words through a cache of the words seen before. Not thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "lib/tokenizer/encode/words/word_batch.h"
#include "lib/tokenizer/encode/words/word_cache.h"
#include "lib/tokenizer/pattern/word_scan.h"

namespace quire::tokenizer {

// Appends ids to a vector that is kept longer than its content, so that a few ids can be stored at
// once without checking for room.
class IdWriter {
  public:
    explicit IdWriter(std::vector<std::uint32_t>& ids) : ids_(ids), n_(ids.size()) {}
    ~IdWriter() { ids_.resize(n_); }
    IdWriter(const IdWriter&) = delete;
    IdWriter& operator=(const IdWriter&) = delete;

    // Makes room for n more ids.
    void reserve(std::size_t n) {
        if (ids_.size() - n_ < n) ids_.resize(n_ + n + 512);
    }
    // Stores kMany ids, of which only the first n count. There must be room for kMany.
    template <std::size_t kMany>
    void put(const std::array<std::uint32_t, kMany>& ids, std::size_t n) noexcept {
        std::memcpy(ids_.data() + n_, ids.data(), sizeof(ids));
        n_ += n;
    }
    std::size_t size() const noexcept { return n_; }
    void append(std::span<const std::uint32_t> more) {
        reserve(more.size());
        std::copy(more.begin(), more.end(), ids_.data() + n_);
        n_ += more.size();
    }

    // Makes a gap of n ids at the end. fill() then moves it forward from place to place.
    void open(std::size_t n) {
        reserve(n);
        moved_from_ = n_;
        n_ += n;
        moved_to_ = n_;
    }
    // Inserts `more` at `place`, an index from before open(). Places must be in descending order.
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
    std::size_t moved_from_ = 0;  // ids from here on were moved to moved_to_, after the gap
    std::size_t moved_to_ = 0;
};

// Words are added in the order of the text, and wait until there are many: meanwhile, their cache
// slots are being prefetched. Words that turn out not to be in the cache wait further, each
// distinct one once, to be encoded as a batch. `Words` provides encode() and encode_many(), as
// WordBatch does.
template <typename Words>
class WordLookupOf {
  public:
    static constexpr std::size_t kReadable = 16;

    // `tables` must outlive the object.
    explicit WordLookupOf(const OpenTables& tables) : words_(tables) {}

    // Discards waiting words, in case the last text was abandoned by an exception.
    void start() noexcept {
        n_waiting_ = 0;
        for (std::size_t i = 0; i < new_.size(); ++i) {
            if (WordCache::Slot* slot = slot_of_new(i)) WordCache::forget(*slot);
        }
        new_.clear();
        missing_.clear();
    }
    // Adds the words that begin at `front` and at the set bits of `starts`, except the last one,
    // and returns the offset where that one begins. kScanBytes + kReadable bytes must be readable
    // from `front`. The bytes of all words must stay in place until flush().
    std::size_t add_window(const char* front, std::uint64_t starts, IdWriter& ids) {
        if (n_waiting_ + kScanBytes > kMaxWaiting) look_up(ids);
        std::uint32_t begin = 0;
        std::size_t n = n_waiting_;
        for (; starts != 0; starts &= starts - 1) {
            const auto end = static_cast<std::uint32_t>(std::countr_zero(starts));
            const char* text = front + begin;
            const std::uint32_t size = end - begin;
            wait(waiting_[n++], text, size,
                 size <= WordCache::kKeyBytes ? WordCache::key_of(text, size)
                                              : WordCache::key_of({text, size}));
            begin = end;
        }
        n_waiting_ = n;
        return begin;
    }
    // Adds one word; nothing after it needs to be readable.
    void add(std::string_view word, IdWriter& ids) {
        if (n_waiting_ == kMaxWaiting) look_up(ids);
        // The key of a longer word is never used, so do not hash all of it.
        const std::string_view front = word.substr(0, WordCache::kMaxBytes);
        wait(waiting_[n_waiting_++], word.data(), word.size(), WordCache::key_of(front));
    }
    // Appends the ids of all words added so far.
    void flush(IdWriter& ids) {
        look_up(ids);
        if (!missing_.empty()) encode_new(ids);
    }

    const Words& words() const noexcept { return words_; }
    Words& words() noexcept { return words_; }

  private:
    struct Word {
        WordCache::Key key;
        const char* text;
        std::uint64_t size;
        WordCache::Hash hash;

        std::string_view view() const noexcept { return {text, size}; }
        bool may_be_remembered() const noexcept { return size <= WordCache::kMaxBytes; }
    };
    struct Missing {
        std::size_t place;  // index in the output where the ids of a new word are missing
        std::uint32_t new_word;
    };
    static constexpr std::size_t kMaxWaiting = 256;
    static constexpr std::size_t kManyNew = 64;
    static constexpr std::size_t kRoom = WordCache::kSlotIds + 1;  // ids stored by one put()

    void wait(Word& word, const char* text, std::size_t size, const WordCache::Key& key) {
        word.key = key;
        word.text = text;
        word.size = size;
        word.hash = WordCache::hash_of(key);
        cache_.prefetch(word.hash);
    }
    // Appends the ids of waiting words that are cached. Encodes the new words once there are many.
    void look_up(IdWriter& ids) {
        ids.reserve(kMaxWaiting * kRoom);
        for (std::size_t i = 0; i < n_waiting_; ++i) {
            const Word& word = waiting_[i];
            const WordCache::Slot* slot = cache_.find(word.key, word.hash);
            if (slot != nullptr && slot->n_ids() <= WordCache::kSlotIds) {
                ids.put(slot->ids, slot->n_ids());
            } else {
                look_further(word, slot, ids);
            }
        }
        n_waiting_ = 0;
        if (new_.size() >= kManyNew) encode_new(ids);
    }
    // slot: the result of find().
    void look_further(const Word& word, const WordCache::Slot* slot, IdWriter& ids) {
        const bool is_known = slot != nullptr && word.may_be_remembered();
        if (is_known && slot->is_awaited()) {
            if (new_[slot->ids[0]].view() == word.view()) {
                missing_.push_back({ids.size(), slot->ids[0]});
                return;
            }
        } else if (is_known && cache_.is_word(*slot, word.view())) {
            const std::span<const std::uint32_t> known = cache_.ids_of(*slot);
            ids.append(known);
            ids.reserve(kMaxWaiting * kRoom);
            return;
        }
        const auto note = static_cast<std::uint32_t>(new_.size());
        if (slot == nullptr && word.may_be_remembered()) cache_.await(word.key, word.hash, note);
        new_.push_back(word);
        missing_.push_back({ids.size(), note});
    }
    // The slot that awaits the ids of a new word; null if it was replaced.
    WordCache::Slot* slot_of_new(std::size_t i) noexcept {
        WordCache::Slot* slot = cache_.find(new_[i].key, new_[i].hash);
        return slot != nullptr && slot->is_awaited() && slot->ids[0] == i ? slot : nullptr;
    }
    void encode_new(IdWriter& ids) {
        texts_.clear();
        new_ids_.clear();
        ends_.assign(1, 0);
        for (const Word& word : new_) texts_.push_back(word.view());
        words_.encode_many(texts_, new_ids_, ends_);
        const auto ids_of = [&](std::size_t i) {
            return std::span<const std::uint32_t>(new_ids_).subspan(ends_[i],
                                                                    ends_[i + 1] - ends_[i]);
        };
        std::size_t n_missing = 0;
        for (const Missing& missing : missing_) n_missing += ids_of(missing.new_word).size();
        ids.open(n_missing);
        for (std::size_t i = missing_.size(); i-- > 0;) {
            ids.fill(missing_[i].place, ids_of(missing_[i].new_word));
        }
        for (std::size_t i = 0; i < new_.size(); ++i) {
            if (WordCache::Slot* slot = slot_of_new(i)) cache_.fill(*slot, texts_[i], ids_of(i));
        }
        new_.clear();
        missing_.clear();
        cache_.make_room();
    }

    Words words_;
    WordCache cache_;
    std::array<Word, kMaxWaiting> waiting_;
    std::size_t n_waiting_ = 0;
    std::vector<Word> new_;  // words looked up but not in the cache
    std::vector<Missing> missing_;
    std::vector<std::string_view> texts_;
    std::vector<std::uint32_t> new_ids_;
    std::vector<std::size_t> ends_;  // end of each new word's ids, preceded by a 0
};

using WordLookup = WordLookupOf<WordBatch>;

}  // namespace quire::tokenizer
