// The embedding matrix: one vector for each token of the vocabulary. What all vectors have in common says
// nothing about a token and hides how tokens differ, so vectors are compared without their mean and without
// their part along the direction in which the matrix varies most.
// source: Mu and Viswanath, "All-but-the-Top" (2018), with one direction
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/model/bind.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::inspect {

class EmbeddingMatrix {
  public:
    // Reads the whole matrix once. Only tokens with text count: control tokens and rows without a token have
    // no part in the mean and the direction. Everything must outlive the object.
    EmbeddingMatrix(const model::Matrix& matrix, const tokenizer::Tokenizer& tokenizer,
                    int n_threads);

    std::size_t n_rows() const noexcept { return n_rows_; }  // tokens: rows that have a piece
    std::size_t dim() const noexcept { return matrix_.columns; }

    // The row of a token below n_rows().
    std::vector<float> row(std::uint32_t id) const;
    // The mean of these tokens' rows, without what all rows have in common. ids must not be empty.
    std::vector<float> centered_mean(std::span<const std::uint32_t> ids) const;

    struct Neighbor {
        std::uint32_t id = 0;
        double cosine = 0;  // 0 if either vector is zero
    };
    // The n tokens whose vectors have the largest cosines with `vector` (dim), which centered_mean() made;
    // largest first, the lower id first among equals. Tokens in `excluded` are left out.
    std::vector<Neighbor> nearest(std::span<const float> vector,
                                  std::span<const std::uint32_t> excluded, std::size_t n) const;

  private:
    bool counts(std::uint32_t id) const;
    void read_row(std::span<float> out, std::uint32_t id) const;
    void center(std::span<float> vector) const;
    void find_mean();
    void find_direction();

    const model::Matrix& matrix_;
    const tokenizer::Tokenizer& tokenizer_;
    int n_threads_;
    std::size_t n_rows_;
    std::vector<float> mean_;       // (dim)
    std::vector<float> direction_;  // (dim), of length 1 or 0
};

}  // namespace quire::inspect
