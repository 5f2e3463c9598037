// A section to ids by the words into which it falls as it is written: each goes through the steps
// by itself, and only the first time it is met, so that the section as the steps would make it
// never has to be put together. One thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/encode/char_boundaries.h"
#include "lib/tokenizer/encode/unnormalized_scan.h"
#include "lib/tokenizer/encode/word_lookup.h"

namespace quire::tokenizer {

// A word as it is written to ids.
class UnnormalizedWordEncoder {
  public:
    explicit UnnormalizedWordEncoder(const OpenTables& parts) : parts_(parts), words_(parts) {}

    // From now on each word is one that the splitter leaves as it is, and all that the steps do is
    // to write `space` for each space.
    void expect_whole(std::string_view space) { space_ = space; }

    void encode(std::string_view word, std::vector<std::uint32_t>& ids);
    // As WordBatch.
    void encode_many(std::span<const std::string_view> words, std::vector<std::uint32_t>& ids,
                     std::vector<std::size_t>& ends);

  private:
    void append_normalized(std::string_view word);

    const OpenTables& parts_;
    WordBatch words_;
    std::string_view space_;  // empty: the long way
    std::string normalized_;  // memory that is used again
    std::string prepared_;
    std::vector<std::size_t> normalized_ends_;
    std::vector<std::string_view> views_;
};

class UnnormalizedWords {
  public:
    // `parts` must outlive the object.
    explicit UnnormalizedWords(const OpenTables& parts);

    // False: nothing is known of the words of this tokenizer.
    bool any() const noexcept { return cuts_.any(); }

    // Where the first word ends that a section must be given to the steps with, because they may
    // put something before it; 0: they never do. At most the size of the section.
    std::size_t front_size(std::string_view section) const;

    // Appends the ids of `rest`, of a section whose front was encoded (SectionPlace::continued).
    // Up to `readable` bytes can be read from its front.
    void encode(std::string_view rest, std::size_t readable, std::vector<std::uint32_t>& ids);

  private:
    std::size_t word_size(std::string_view text, std::size_t readable) const;

    CharBoundaries cuts_;
    UnnormalizedScan scan_;
    WordLookupOf<UnnormalizedWordEncoder> words_;
};

}  // namespace quire::tokenizer
