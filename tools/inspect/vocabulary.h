// Statistics of a vocabulary: how long its tokens are, and which scripts they are written in.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::inspect {

inline constexpr std::size_t kLengths = 17;

struct VocabularyPart {
    std::string name;  // "Latin", "Han", "digits", "punctuation", "parts of characters" ...
    std::size_t tokens = 0;
};

struct VocabularyStatistics {
    std::size_t tokens = 0;
    std::size_t control = 0;     // tokens that no text contains, such as the end of a text
    std::size_t with_space = 0;  // of the others: those that begin with a space
    double mean_bytes = 0;       // of the others
    std::string longest;         // the text of the longest; the first of several
    std::array<std::size_t, kLengths> of_length =
        {};                             // by bytes; the last counts all that are longer
    std::vector<VocabularyPart> parts;  // largest first; each token but control tokens is in one
};

// A token belongs to the script of its first letter; without a letter to digits, punctuation and symbols, or
// white space; and to parts of characters if its bytes are no text.
VocabularyStatistics statistics_of(const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::inspect
