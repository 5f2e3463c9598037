// Words that are not remembered, many at once: most of their time is spent waiting for tables as
// large as a vocabulary's, so each asks for the memory of its next step, and meanwhile the others
// take theirs. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/bpe/short_merge.h"
#include "lib/tokenizer/encode/word_encoder.h"

namespace quire::tokenizer {

class WordBatch {
  public:
    // `parts` must outlive the object.
    explicit WordBatch(const OpenTables& parts);

    // As those of WordEncoder; encode() by way of the word stage, where there is one. For that the
    // word must not be the first of a text whose word stage looks at that.
    void encode(std::string_view word, std::vector<std::uint32_t>& ids);
    std::size_t covered(std::string_view rest, std::uint32_t id) const {
        return words_.covered(rest, id);
    }

    // Without the word stage.
    void encode_part(std::string_view part, std::vector<std::uint32_t>& ids) {
        words_.encode(part, ids);
    }

    // Appends what encode() appends for each word, and to `ends` the size of `ids` after each.
    void encode_many(std::span<const std::string_view> words, std::vector<std::uint32_t>& ids,
                     std::vector<std::size_t>& ends);

  private:
    static constexpr std::size_t kTogether = 32;

    void encode_together(std::span<const std::string_view> words, std::vector<std::uint32_t>& ids,
                         std::vector<std::size_t>& ends);
    bool start_merge(std::string_view word, ShortMerge& merge);

    const OpenTables& parts_;
    WordEncoder words_;
    std::array<ShortMerge, kTogether> merges_;
    std::string stepped_;  // memory that is used again
};

}  // namespace quire::tokenizer
