// One tensor of the output file, and how its rows are read from the checkpoint.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "formats/checkpoint/source_tensor.h"

namespace quire::models {

// The rows taken from a source: `run` rows starting at `first`, then `run` rows again every
// `stride` rows. run == 0: all rows from `first` on.
struct RowSlice {
    std::uint64_t first = 0;
    std::uint64_t run = 0;
    std::uint64_t stride = 0;
};

// So many rows of a slice; of a tensor that is made of several, one after the other.
struct RowPart {
    std::uint64_t rows = 0;
    RowSlice slice = {};
};

struct PlannedTensor {
    std::string name;  // the name of lib/spec/tensors.h
    // A matrix is read from here, a vector from `values`. Null for a matrix: its weights are made
    // up by whoever writes them.
    const formats::SourceTensor* source = nullptr;
    // Further sources of the same shape, stacked below the first: the experts of a layer.
    std::vector<const formats::SourceTensor*> below = {};
    std::uint64_t rows_of_each = 0;  // rows from each source
    RowSlice slice = {};
    std::vector<RowPart> parts = {};  // instead of `slice`: all rows, in parts
    bool transposed = false;  // our rows are the columns of the source, or of each matrix in it
    // Heads of this width begin with unpair_dim rows in adjacent rotary pairs, which must be moved
    // half of that apart; 0: they already are.
    std::uint32_t unpair_head_dim = 0;
    std::uint32_t unpair_dim = 0;
    std::uint32_t unpair_first = 0;  // where these are in the source's heads, whose rows go round
    std::vector<float> add = {};     // added to every row; empty: nothing
    float times = 1.0F;              // of a matrix: every value is multiplied with it
    std::vector<float> values = {};  // of a vector
    std::shared_ptr<const formats::SourceTensor> formula =
        {};  // keeps `source`, if it is made here
};

// The source row of a row of the planned matrix.
struct RowPlace {
    const formats::SourceTensor* source = nullptr;
    std::uint64_t row = 0;  // a column of a transposed source: see formats::read_column()
};
RowPlace place_of(const PlannedTensor& planned, std::uint64_t row) noexcept;

// Whether the rows of the file equal rows of the checkpoint value by value: only then can quantized
// blocks be copied.
inline bool rows_unchanged(const PlannedTensor& planned) noexcept {
    return !planned.transposed && planned.add.empty() && planned.times == 1.0F;
}

// One row as f32; out.size() is the number of columns.
void read_row(std::span<float> out, const PlannedTensor& planned, std::uint64_t row);

}  // namespace quire::models
