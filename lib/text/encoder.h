// Text on its way to ids: added tokens, normalizer, words, and what each word becomes. It remembers
// words from one text to the next. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/text/cached_words.h"
#include "lib/text/raw_words.h"
#include "lib/text/tokenizer.h"
#include "lib/text/utf8_repair.h"

namespace quire::text {

// One id and the bytes [begin, end) of the text that it stands for. Spans are in order and do not
// overlap, except that the ids of one character share its span where the character was changed
// before it was cut.
struct TokenSpan {
    std::uint32_t id = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
};

class Encoder {
  public:
    // `tokenizer` must outlive the object.
    explicit Encoder(const Tokenizer& tokenizer);

    // Appends the ids of `text`; see Tokenizer::encode().
    void encode(std::string_view text, const EncodeOptions& options,
                std::vector<std::uint32_t>& ids);

    // The same with the place of every id; slower. An id of the prefix or suffix has no bytes.
    std::vector<TokenSpan> encode_spans(std::string_view text, const EncodeOptions& options);

  private:
    // Where the bytes of a changed text come from; (text.size() + 1), or empty for a text that was
    // not changed.
    using Origins = std::span<const std::size_t>;

    void run(std::string_view text, const EncodeOptions& options,
             std::span<const TrustedRange> trusted);
    Trust trust(std::size_t begin, std::size_t end) const;
    void normalize(std::string_view section, std::size_t offset);
    bool encode_raw(std::string_view section, SectionPlace place);
    void prepare(std::string_view section, bool at_start, bool continued, std::size_t offset,
                 Origins origins);
    void split(std::string_view section);
    void split_traced(std::string_view section, std::size_t offset, Origins origins);
    void push(std::uint32_t id, std::size_t begin, std::size_t end);

    const TokenizerParts& parts_;
    WordStarts word_starts_ = nullptr;  // nullptr: of no common pattern
    CachedWords words_;
    std::unique_ptr<RawWords> raw_words_;  // made for the first long text
    // Of the text at hand:
    std::vector<std::uint32_t>* ids_ = nullptr;
    std::vector<TokenSpan>* spans_ = nullptr;  // nullptr: not wanted
    bool trust_all_ = false;
    bool continues_ = false;
    std::string_view text_;
    std::span<const TrustedRange> trusted_;
    std::string normalized_;  // memory that is used again
    std::string prepared_;
};

}  // namespace quire::text
