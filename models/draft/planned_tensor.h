// One tensor of the file to be, and how its rows are read from the checkpoint.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "formats/checkpoint/source_tensor.h"

namespace quire::models {

// Which rows of a source are taken: `run` of them from `first` on, then the same again `stride`
// rows further. All of them from `first` on when run is 0.
struct RowSlice {
    std::uint64_t first = 0;
    std::uint64_t run = 0;
    std::uint64_t stride = 0;
};

struct PlannedTensor {
    std::string name;  // as lib/spec/tensors.h calls it
    // A matrix is read from here, a vector from `values`.
    const formats::SourceTensor* source = nullptr;
    // Further sources of the same shape, one below the other: a layer's experts.
    std::vector<const formats::SourceTensor*> below = {};
    std::uint64_t rows_of_each = 0;  // rows that one source gives
    RowSlice slice = {};
    bool transposed = false;  // our rows are the columns of the source
    // Rows come in rotary pairs of heads this wide and must be put half a head apart; 0: as they
    // are.
    std::uint32_t unpair_head_dim = 0;
    std::vector<float> add = {};     // added to every row; empty: nothing
    std::vector<float> values = {};  // of a vector
};

// Where a row of the planned matrix lies.
struct RowPlace {
    const formats::SourceTensor* source = nullptr;
    std::uint64_t row = 0;  // a column of a transposed source
};
RowPlace place_of(const PlannedTensor& planned, std::uint64_t row) noexcept;

// Whether the rows of the file are rows of the checkpoint, value by value: only then can its blocks
// be taken over as they are.
inline bool rows_unchanged(const PlannedTensor& planned) noexcept {
    return !planned.transposed && planned.add.empty();
}

// One row as f32; out.size() is the number of columns.
void read_row(std::span<float> out, const PlannedTensor& planned, std::uint64_t row);

}  // namespace quire::models
