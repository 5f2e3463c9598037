// Fast path: encodes a section word by word, before normalization. Each distinct word is normalized
// once and then cached, so the normalized text of the whole section is never built. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/encode/char_boundaries.h"
#include "lib/tokenizer/encode/unnormalized_scan.h"
#include "lib/tokenizer/encode/words/word_lookup.h"

namespace quire::tokenizer {

// Encodes one word as written: normalizes it, splits it, and encodes the parts.
class UnnormalizedWordEncoder {
  public:
    explicit UnnormalizedWordEncoder(const OpenTables& tables) : tables_(tables), words_(tables) {}

    // From now on, the splitter leaves every word whole, and all that the normalizer does is to
    // write `space` for each space. So both can be skipped.
    void expect_whole(std::string_view space) { space_ = space; }

    void encode(std::string_view word, std::vector<std::uint32_t>& ids);
    // See WordBatch.
    void encode_many(std::span<const std::string_view> words, std::vector<std::uint32_t>& ids,
                     std::vector<std::size_t>& ends);

  private:
    void append_normalized(std::string_view word);

    const OpenTables& tables_;
    WordBatch words_;
    std::string_view space_;  // empty: use the general path
    std::string normalized_;  // buffer, kept for reuse
    std::string pre_normalized_;
    std::vector<std::size_t> normalized_ends_;
    std::vector<std::string_view> views_;
};

class UnnormalizedWords {
  public:
    // `tables` must outlive the object.
    explicit UnnormalizedWords(const OpenTables& tables);

    // False if the words of this tokenizer cannot be found this way.
    bool any() const noexcept { return cuts_.any(); }

    // The end of the first word, which must go through all steps because one may put text before
    // it. 0 if no step does. At most the size of the section.
    std::size_t front_size(std::string_view section) const;

    // Appends the ids of `rest`, the rest of a section whose front was encoded before
    // (SectionPlace::continued). `readable` bytes are readable from its front.
    void encode(std::string_view rest, std::size_t readable, std::vector<std::uint32_t>& ids);

  private:
    std::size_t word_size(std::string_view text, std::size_t readable) const;

    CharBoundaries cuts_;
    UnnormalizedScan scan_;
    WordLookupOf<UnnormalizedWordEncoder> words_;
};

}  // namespace quire::tokenizer
