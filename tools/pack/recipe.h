// Which element type each matrix of a model gets: what --type, --bits and --tensor-type ask for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tensor/dtype.h"
#include "tools/pack/bit_placement.h"

namespace quire::pack {

// What --type asks for. keep: the type that leaves every value as it is.
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
};

struct TargetInfo {
    TargetType target;
    std::string_view name;
    std::string_view about;  // for people
    // The one type of all matrices; none where bits are placed.
    std::optional<tensor::DType> dtype;
    double bits;  // to be placed for every weight of a matrix, of the vocabulary's 8.5
};

// All targets, in the order of their values.
std::span<const TargetInfo> targets() noexcept;

// --tensor-type NAME=TYPE: the tensors of this name, whole or behind the last dot ("layers.0.q",
// "q"), get this type.
struct TypeOverride {
    std::string name;
    tensor::DType dtype;
};

struct Recipe {
    TargetType target = TargetType::keep;
    std::vector<TypeOverride> overrides = {};  // the first that fits counts
    double bits = 0;  // of every matrix weight in the mean, whatever the target; 0: not asked for
};

// A matrix to choose for, with the type that would leave its values as they are.
struct RecipeMatrix {
    MatrixShape shape;
    tensor::DType kept;
};

// The types of all matrices. One whose columns are no whole blocks gets f16 where blocks are asked
// for.
//
// Below 8 bits a target names a size: as many bytes as its bits for the matrices and 8.5 for
// embedding and output would take, or, with `bits`, that many for each weight. place_bits() says
// who gets them. Error{usage} when the model cannot be made as small as `bits` asks, and for an
// override that names no matrix.
std::vector<tensor::DType> choose_dtypes(const Recipe& recipe,
                                         std::span<const RecipeMatrix> matrices);

}  // namespace quire::pack
