// Which element type each matrix of a model gets: what --type and --tensor-type ask for.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tensor/dtype.h"

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
};

// All targets, in the order of their values.
std::span<const TargetInfo> targets() noexcept;

// --tensor-type NAME=TYPE: the tensors of this name, whole or behind the last dot ("layers.0.q",
// "q"), get this type.
struct TypeOverride {
    std::string name;
    tensor::DType dtype;
};

// Error{usage} for what is no NAME=TYPE.
TypeOverride parse_override(const std::string& text);

struct Recipe {
    TargetType target = TargetType::keep;
    std::vector<TypeOverride> overrides = {};  // the first that fits counts
};

// The type of a matrix of this name (lib/spec/tensors.h). `kept` is the type that would leave its
// values as they are; a matrix whose columns are no whole blocks gets f16 where blocks are asked
// for.
//
// The embedding and the output matrix get 8 bits at least: they decide between tokens, and one of
// them is a plain look-up. A mixed recipe gives gate and up, which take most of the room and matter
// least, the fewest bits, and v, which is small and whose errors go into the residual stream
// unweighted, the most; in the outermost layers gate and up count as the rest.
tensor::DType choose_dtype(const Recipe& recipe, std::string_view name, std::size_t n_layers,
                           std::uint64_t columns, tensor::DType kept);

}  // namespace quire::pack
