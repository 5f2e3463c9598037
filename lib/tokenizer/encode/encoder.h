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

#include "lib/tokenizer/encode/tokenizer.h"
#include "lib/tokenizer/encode/unnormalized_words.h"
#include "lib/tokenizer/encode/word_lookup.h"
#include "lib/tokenizer/vocab/added_tokens.h"
#include "lib/unicode/utf8_repair.h"

namespace quire::tokenizer {

// One id and the bytes [begin, end) of the text that it stands for. Spans are in order and do not
// overlap, except that the ids of one character share its span where the character was changed
// before it was cut. Where
// a token took white space along that is a token by itself (AddedTokens), both have it.
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

    // One text on its way. What a call needs of it is handed down, so that nothing of a text is left
    // in the encoder when an exception ends it.
    struct Pass {
        std::vector<std::uint32_t>& ids;
        std::vector<TokenSpan>* spans = nullptr;  // nullptr: not wanted
        bool trust_all = false;
        bool continues = false;
        std::string_view text = {};
        std::span<const TrustedRange> trusted = {};

        Trust trust(std::size_t begin, std::size_t end) const;
        void push(std::uint32_t id, std::size_t begin, std::size_t end);
    };
    // A part of the text, perhaps changed.
    struct Part {
        std::string_view text;
        SectionPlace place = {};
        std::size_t offset = 0;  // of the section, in the text of the pass
        Origins origins = {};    // in the section
    };

    void encode(std::string_view text, const EncodeOptions& options, Pass pass);
    void run(Pass& pass);
    void normalize(Pass& pass, const Part& section);
    void find_normalized(Pass& pass, const Part& section);
    bool encode_raw(Pass& pass, const Part& section);
    bool is_traced(const Pass& pass, const SectionPlace& place) const;
    void prepare(Pass& pass, const Part& part);
    void split(Pass& pass, std::string_view section);
    void split_traced(Pass& pass, const Part& part);
    void trace_word(Pass& pass, const Part& word);
    void trace_ids(Pass& pass, const Part& word);
    void fuse_unknown(Pass& pass, std::size_t from) const;

    const OpenTables& parts_;
    WordStarts word_starts_ = nullptr;  // nullptr: of no common pattern
    bool looks_at_start_ = false;       // a step asks whether a part starts the original text
    WordLookup words_;
    std::unique_ptr<UnnormalizedWords> unnormalized_words_;  // made for the first long text
    std::string normalized_;                                 // memory that is used again
    std::string prepared_;
};

}  // namespace quire::tokenizer
