// Encodes words that are not in the word cache, many at once. Most of their time goes to waiting
// for tables that are too large for the CPU caches. So the words are processed in an interleaved
// batch: each issues a prefetch, then yields to the next. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/bpe/short_merge.h"
#include "lib/tokenizer/encode/words/word_encoder.h"

namespace quire::tokenizer {

class WordBatch {
  public:
    // `tables` must outlive the object.
    explicit WordBatch(const OpenTables& tables);

    // Like those of WordEncoder, but encode() goes through the word stage if there is one. Do not
    // call it for the first word of a text if the word stage treats that word differently.
    void encode(std::string_view word, std::vector<std::uint32_t>& ids);
    std::size_t covered(std::string_view rest, std::uint32_t id) const {
        return words_.covered(rest, id);
    }

    // Skips the word stage.
    void encode_part(std::string_view part, std::vector<std::uint32_t>& ids) {
        words_.encode(part, ids);
    }

    // Appends the ids that encode() would append for each word, and appends to `ends` the size of
    // `ids` after each word.
    void encode_many(std::span<const std::string_view> words, std::vector<std::uint32_t>& ids,
                     std::vector<std::size_t>& ends);

  private:
    static constexpr std::size_t kTogether = 32;

    void encode_together(std::span<const std::string_view> words, std::vector<std::uint32_t>& ids,
                         std::vector<std::size_t>& ends);
    bool start_merge(std::string_view word, ShortMerge& merge);

    const OpenTables& tables_;
    WordEncoder words_;
    std::array<ShortMerge, kTogether> merges_;
    std::string stepped_;  // buffer, kept for reuse
};

}  // namespace quire::tokenizer
