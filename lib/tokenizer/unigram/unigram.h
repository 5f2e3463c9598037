// Unigram: of all ways to cut a text into pieces the one with the highest sum of scores (Viterbi).
// A character that is no piece by itself may be unknown at a penalty; unknown neighbours are one
// token, or become bytes.
// SentencePiece adds in 32 bits, and sums that become large are begun anew. Ties between ways hang on
// both, so with `single_precision` they are done in the same order here.
// source: huggingface/tokenizers, models/unigram/model.rs, encode_optimized() and tokenize();
// google/sentencepiece 0.2.3, unigram_model.cc, EncodeOptimized()
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/tokenizer/vocab/open_tables.h"

namespace quire::tokenizer {

class Unigram {
  public:
    // `parts` must outlive the object.
    explicit Unigram(const OpenTables& parts) : parts_(parts) {}

    // Appends the ids of `text`, valid UTF-8 and not empty. Time per byte is bounded by the longest
    // piece; 16 bytes of memory a byte of text, kept for the next.
    void encode(std::string_view text, std::vector<std::uint32_t>& ids);

    // Of the text encoded last: where the id that begins at byte `begin` ends, bytes of an unknown
    // run left aside.
    std::size_t end_of(std::size_t begin) const;

  private:
    struct Node {  // the best way to the end of the text so far
        double score = 0;
        std::uint32_t length = 0;  // of its last piece; 0: not reached
        std::uint32_t id = 0;
    };
    struct Cut {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        std::uint32_t id = 0;
    };

    void find_best(std::string_view text);
    void offer(Node& node, double score, std::size_t length, std::uint32_t id) const;
    double rebase(std::size_t begin);
    void push_unknown(std::string_view run, std::vector<std::uint32_t>& ids) const;

    const OpenTables& parts_;
    std::size_t reached_ = 0;  // the last node that has a way
    std::vector<Node> nodes_;
    std::vector<Cut> cuts_;
};

}  // namespace quire::tokenizer
