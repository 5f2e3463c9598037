// Chooses the type of each matrix for a given total size: bits go where they reduce the model's
// error most.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "lib/tensor/dtype.h"

namespace quire::pack {

struct MatrixShape {
    std::string_view name;  // lib/spec/tensors.h
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;  // whole blocks of 32
};

// "q" of "layers.12.q".
std::string_view role_of(std::string_view name) noexcept;

// The bytes of all matrices with the smallest types.
std::uint64_t fewest_bytes(std::span<const MatrixShape> matrices);

// Types with at most `bytes` in total, but not below fewest_bytes(). The error of a type falls to a
// quarter with every bit, and its effect depends on the role; see bit_placement.cpp. has_output: the
// model has an output matrix that is not its embedding.
std::vector<tensor::DType> place_bits(std::span<const MatrixShape> matrices, std::uint64_t bytes,
                                      bool has_output);

}  // namespace quire::pack
