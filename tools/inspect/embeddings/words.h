// Words as points: what a user types becomes tokens, and these the mean of their vectors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/inspect/embeddings/embedding_matrix.h"

namespace quire::inspect {

struct Word {
    std::string text;
    std::vector<std::uint32_t> ids;  // not empty
    std::vector<float> vector;       // EmbeddingMatrix::centered_mean()
};

// The token whose text is exactly `text`, otherwise the tokens that the text is encoded as. A space in front
// counts: in most vocabularies " king" is a word and "king" the end of another. Error{usage} naming `option`
// for a text without tokens, and for one with a token that the matrix has no row for.
Word find_word(const EmbeddingMatrix& matrix, const tokenizer::Tokenizer& tokenizer,
               const std::string& text, const char* option);

// Two coordinates for each word: its place along the two directions in which these words differ most
// (principal components), each with the sign that makes the farthest word positive. At least two words.
struct PlanePoint {
    double x = 0;
    double y = 0;
};
struct Plane {
    std::vector<PlanePoint> points;  // in the order of the words
    double x_share = 0;              // of the words' variance, 0 to 1
    double y_share = 0;
};
Plane plane_of(const std::vector<Word>& words);

}  // namespace quire::inspect
