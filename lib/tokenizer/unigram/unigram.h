// The unigram model: of all ways to cut a text into pieces, the one with the highest sum of scores
// (Viterbi). A character that is not a piece may be unknown, at a penalty; adjacent unknown
// characters become one token, or bytes.
//
// SentencePiece adds scores in 32 bits, and subtracts the sum so far when it becomes large. Ties
// depend on both, so with `single_precision` this code does the same in the same order.
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
    // `tables` must outlive the object.
    explicit Unigram(const OpenTables& tables) : tables_(tables) {}

    // Appends the ids of `text`, which must be valid UTF-8 and not empty. Time per byte is bounded
    // by the longest piece. Uses 16 bytes of memory per byte of text, kept for the next call.
    void encode(std::string_view text, std::vector<std::uint32_t>& ids);

    // In the text encoded last: the end of the id that begins at byte `begin`. An unknown run that
    // became bytes counts as one id.
    std::size_t end_of(std::size_t begin) const;

  private:
    struct Node {  // the best way to cut the text up to here
        double score = 0;
        std::uint32_t length = 0;  // length of its last piece; 0 if not reached
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

    const OpenTables& tables_;
    std::size_t reached_ = 0;  // the last node reached so far
    std::vector<Node> nodes_;
    std::vector<Cut> cuts_;
};

}  // namespace quire::tokenizer
