// The element type of each matrix, according to --type, --bits and --tensor-type.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tensor/dtype.h"
#include "tools/pack/types/bit_placement.h"

namespace quire::pack {

// The values of --type. keep: the type that keeps every value.
enum class TargetType : std::uint8_t {
    keep,
    f32,
    f16,
    bf16,
    q8,
    q6,
    q5,
    q4,
    q3,
    q5_mixed,
    q4_mixed,
    q3_mixed,
    q4_k_m,
};

struct TargetInfo {
    TargetType target;
    std::string_view name;
    // The one type of all matrices; none where bits are placed.
    std::optional<tensor::DType> dtype;
    double bits;  // placed, mean of all matrices' weights
};

// All targets, in the order of their values.
std::span<const TargetInfo> targets() noexcept;

// --tensor-type NAME=TYPE: gives this type to the tensors with this name, complete or after the
// last dot ("layers.0.q", "q").
struct TypeOverride {
    std::string name;
    tensor::DType dtype;
};

struct Recipe {
    TargetType target = TargetType::keep;
    std::vector<TypeOverride> overrides = {};  // the first match counts
    double bits = 0;  // mean per matrix weight, whatever the target; 0: not set
};

// A matrix and the type that would keep its values.
struct RecipeMatrix {
    MatrixShape shape;
    tensor::DType kept;
};

// The types of all matrices. Where blocks are asked for, a matrix without whole blocks gets f16.
//
// q4_k_m is llama.cpp's choice (q4_k_m.h). Other targets below 8 bits are a size, which place_bits()
// distributes: its bits for every weight of the matrices that no override names. With `bits` the size
// is that of all matrices. Error{usage} when the model cannot be made as small as `bits` asks, and for
// an override that matches no matrix.
std::vector<tensor::DType> choose_dtypes(const Recipe& recipe,
                                         std::span<const RecipeMatrix> matrices);

}  // namespace quire::pack
