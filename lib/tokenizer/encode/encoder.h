// Encodes text: finds added tokens, normalizes the text between them, cuts it into words, and
// encodes each word. docs/tokenizer.md describes the path and its fast paths.
//
// Text is only text, whatever it spells: a special (control) token is recognized only in bytes that
// the caller trusts, and nothing else produces its id. With everything trusted, the ids are those of
// the `tokenizers` package by default; with nothing trusted, those of its encode_special_tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/encode/encode_options.h"
#include "lib/tokenizer/encode/tokenizer.h"
#include "lib/tokenizer/encode/unnormalized_words.h"
#include "lib/tokenizer/encode/words/word_lookup.h"
#include "lib/tokenizer/vocab/added_tokens.h"
#include "lib/unicode/utf8_repair.h"

namespace quire::tokenizer {

// The ids of one text. For many texts an Encoder is faster, because it keeps its cache.
// Bytes that are not UTF-8 are read as U+FFFD, one for each maximal part of a broken sequence.
// Error{input} for ranges that are out of order or outside the text, and for a word of 4 GiB or
// more; Error{model} if a damaged table is found on the way. Thread-safe.
std::vector<std::uint32_t> encode(const Tokenizer& tokenizer, std::string_view text,
                                  const EncodeOptions& options = {});

// One id and the bytes [begin, end) of the text that it stands for. Spans are in order and do not
// overlap, with two exceptions: the ids of one character share its span if the character was
// normalized first, and white space that one token took and that is a token too (AddedTokens) is
// in both spans.
struct TokenSpan {
    std::uint32_t id = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
};

// Encodes texts one after another and caches the words it has seen. Not thread-safe.
class Encoder {
  public:
    // `tokenizer` must outlive the object.
    explicit Encoder(const Tokenizer& tokenizer);

    // Appends the ids of `text`; the errors are those of the function above.
    void encode(std::string_view text, const EncodeOptions& options,
                std::vector<std::uint32_t>& ids);

    // The same with the span of every id; slower. Ids of the prefix and suffix have empty spans.
    std::vector<TokenSpan> encode_spans(std::string_view text, const EncodeOptions& options);

  private:
    // The offset that each byte of a normalized text comes from: (text.size() + 1), or empty for a
    // text that was not changed.
    using Origins = std::span<const std::size_t>;

    enum class Wanted : std::uint8_t { ids, spans };

    // The state of encoding one text. It is passed down rather than stored in the encoder, so that
    // nothing of a text is left behind after an exception.
    struct Pass {
        Wanted wanted = Wanted::ids;
        std::vector<std::uint32_t>& ids;
        std::vector<TokenSpan> spans = {};  // only for Wanted::spans
        bool trust_all = false;
        bool continues = false;
        std::string_view text = {};
        std::span<const TrustedRange> trusted = {};

        bool wants_spans() const noexcept { return wanted == Wanted::spans; }
        Trust trust(std::size_t begin, std::size_t end) const;
        void push(std::uint32_t id, std::size_t begin, std::size_t end);
    };

    // Part of the text, perhaps normalized.
    struct Part {
        std::string_view text;
        SectionPlace place = {};
        std::size_t offset = 0;  // of the section in the text of the pass
        Origins origins = {};    // relative to the section
    };

    void encode_text(std::string_view text, const EncodeOptions& options, Pass& pass);
    void encode_sections(Pass& pass);
    void fuse_unknown(Pass& pass, std::size_t from) const;

    // Each of these does one stage for a part and calls the next.
    void normalize(Pass& pass, const Part& section);
    void normalize_and_search(Pass& pass, const Part& section);
    void pre_normalize(Pass& pass, const Part& part);
    void pre_tokenize(Pass& pass, std::string_view section);

    // The same for all stages at once, where that is possible; otherwise false.
    bool encode_unnormalized(Pass& pass, const Part& section);

    // The general path, which tracks origins and uses no cache.
    bool needs_origins(const Pass& pass, const SectionPlace& place) const;
    void pre_tokenize_traced(Pass& pass, const Part& part);
    void encode_word_traced(Pass& pass, const Part& word);
    void encode_part_traced(Pass& pass, const Part& part);

    const OpenTables& tables_;
    bool has_word_scan_ = false;  // whether word_starts_ can be used
    WordStarts word_starts_ = nullptr;
    bool looks_at_start_ = false;  // a step depends on where the original text starts
    WordLookup words_;
    std::unique_ptr<UnnormalizedWords> unnormalized_words_;  // created for the first long text
    std::string normalized_;                                 // buffers, kept for reuse
    std::string pre_normalized_;
};

}  // namespace quire::tokenizer
