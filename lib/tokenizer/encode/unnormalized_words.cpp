#include "lib/tokenizer/encode/unnormalized_words.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "lib/base/utf8.h"
#include "lib/tokenizer/pattern/splitter.h"

namespace quire::tokenizer {

namespace {

// Bytes that must be readable from the front of a window of words.
constexpr std::size_t kScanWindowBytes =
    std::max<std::size_t>(kScanBytes + WordLookup::kReadable, UnnormalizedScan::kReadable);
using Window = std::array<char, kScanWindowBytes>;

// Returns a pointer to the front of `text` from which kScanWindowBytes can be read: to `text`
// itself if `readable` allows it, else to `copy`, padded with zeros.
const char* window_of(std::string_view text, std::size_t readable, Window& copy) {
    if (readable >= kScanWindowBytes) return text.data();
    copy.fill(0);
    std::memcpy(copy.data(), text.data(), std::min(text.size(), kScanWindowBytes));
    return copy.data();
}

}  // namespace

void UnnormalizedWordEncoder::append_normalized(std::string_view word) {
    while (!word.empty()) {
        const std::size_t at = std::min(word.find(' '), word.size());
        normalized_.append(word.substr(0, at));
        if (at < word.size()) normalized_.append(space_);
        word.remove_prefix(std::min(at + 1, word.size()));
    }
}

void UnnormalizedWordEncoder::encode_many(std::span<const std::string_view> words,
                                          std::vector<std::uint32_t>& ids,
                                          std::vector<std::size_t>& ends) {
    if (space_.empty()) {
        for (const std::string_view word : words) {
            encode(word, ids);
            ends.push_back(ids.size());
        }
        return;
    }
    normalized_.clear();
    normalized_ends_.clear();
    for (const std::string_view word : words) {
        append_normalized(word);
        normalized_ends_.push_back(normalized_.size());
    }
    views_.clear();
    std::size_t begin = 0;
    for (const std::size_t end : normalized_ends_) {
        views_.push_back(std::string_view(normalized_).substr(begin, end - begin));
        begin = end;
    }
    words_.encode_many(views_, ids, ends);
}

void UnnormalizedWordEncoder::encode(std::string_view word, std::vector<std::uint32_t>& ids) {
    if (!space_.empty()) {
        normalized_.clear();
        append_normalized(word);
        return words_.encode(normalized_, ids);
    }
    constexpr SectionPlace kPlace{.continued = true};
    const std::string_view normalized = tables_.normalizer.apply(word, kPlace, normalized_);
    Splitter pieces(tables_.pre_tokenizer,
                    tables_.pre_normalizer.apply(normalized, kPlace, pre_normalized_));
    for (std::string_view piece; pieces.next(piece);) words_.encode(piece, ids);
}

UnnormalizedWords::UnnormalizedWords(const OpenTables& tables)
    : cuts_(tables), scan_(cuts_, tables.settings.space), words_(tables) {
    if (scan_.is_all() && !cuts_.only_space().empty()) {
        words_.words().expect_whole(cuts_.only_space());
    }
}

// The size of the word at the front of `text`, which must not be empty.
std::size_t UnnormalizedWords::word_size(std::string_view text, std::size_t readable) const {
    Window copy;
    std::size_t at = 0;
    while (true) {
        const char* front = window_of(text.substr(at), readable - at, copy);
        const std::uint64_t starts = scan_.starts(front);
        if (starts != 0) {
            at += static_cast<std::size_t>(std::countr_zero(starts));
            return std::min(at, text.size());
        }
        if (text.size() - at <= kScanBytes) return text.size();
        // Start the next window at a character of this one, so that the place between them is
        // examined.
        at += kScanBytes - 1;
        while (base::is_continuation(text[at])) --at;
    }
}

std::size_t UnnormalizedWords::front_size(std::string_view section) const {
    return cuts_.prepends() ? word_size(section, section.size()) : 0;
}

void UnnormalizedWords::encode(std::string_view rest, std::size_t readable,
                               std::vector<std::uint32_t>& ids) {
    IdWriter writer(ids);
    words_.start();
    Window copy;
    while (!rest.empty()) {
        const char* front = window_of(rest, readable, copy);
        std::uint64_t starts = scan_.starts(front);
        if (rest.size() < kScanBytes) {
            const std::uint64_t end = std::uint64_t{1} << rest.size();
            starts = (starts & (end - 1)) | end;
        }
        std::size_t done = words_.add_window(front, starts, writer);
        // The words point into the copy, so encode them before it is overwritten.
        if (front == copy.data()) words_.flush(writer);
        if (starts == 0) {
            done = word_size(rest, readable);
            words_.add(rest.substr(0, done), writer);
        }
        rest.remove_prefix(done);
        readable -= done;
    }
    words_.flush(writer);
}

}  // namespace quire::tokenizer
