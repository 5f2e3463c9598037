// Matrices of integer codes in groups with a scale, and a zero point or a bias: GPTQ, AWQ,
// compressed-tensors' integers, MLX.
//   weight = (code - zero) * scale    with integer zero points (half of the codes without them)
//   weight = code * scale + bias      with biases
// Each is rounded to f32 once, after the exact product, if scales are f16 or bf16.
#pragma once

#include <optional>
#include <string>

#include "formats/quantized/code_grid.h"

namespace quire::formats {

struct LinearModule {
    std::string coding;  // for people: "GPTQ", to which the bits are added
    unsigned bits = 4;   // 1 to 8
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    CodedTensor codes;
    Packing packing = Packing::inputs;
    CodedTensor scales;              // (rows, groups), or (groups, rows); floats
    bool scales_transposed = false;  // the second
    std::uint64_t group_size = 0;    // columns under a scale; the last group may be shorter
    // At most one of these.
    std::optional<CodedTensor> zeros = {};
    Packing zeros_packing = Packing::outputs;
    std::uint32_t zeros_add = 0;             // see CodeGrid
    std::optional<CodedTensor> biases = {};  // like the scales
    // I32 (columns): the group of each column, in place of group_size.
    std::optional<CodedTensor> group_of_column = {};
};

// Error{model} naming a part whose dtype or shape does not fit the others.
//
// keep: where whole blocks of 32 weights are in one group and all scales (and biases) are f16 values, the
// symmetric type that holds every difference of code and zero point, or the type with minimums of as many
// bits; otherwise f32. Scales of groups in which every weight is 0 do not count.
SourceTensor linear_tensor(const std::string& name, const LinearModule& module);

}  // namespace quire::formats
