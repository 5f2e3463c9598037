#include "tools/pack/recipe.h"

#include <array>
#include <charconv>
#include <optional>

#include "lib/base/error.h"
#include "lib/tensor/block.h"

namespace quire::pack {

namespace {

using tensor::DType;

// clang-format off
constexpr std::array<TargetInfo, 12> kTargets{{
    {TargetType::keep,     "keep",     "as the checkpoint has them"},
    {TargetType::f32,      "f32",      ""},
    {TargetType::f16,      "f16",      ""},
    {TargetType::bf16,     "bf16",     ""},
    {TargetType::q8,       "q8",       "8.5 bits a weight"},
    {TargetType::q6,       "q6",       "6.5"},
    {TargetType::q5,       "q5",       "5.5"},
    {TargetType::q4,       "q4",       "4.5"},
    {TargetType::q3,       "q3",       "3.5"},
    {TargetType::q5_mixed, "q5-mixed", "5.5 to 6.5, v 8.5"},
    {TargetType::q4_mixed, "q4-mixed", "4.5 to 5.5, v 6.5"},
    {TargetType::q3_mixed, "q3-mixed", "4 to 5, v 6.5"},
}};

// The types of one target: of gate and up, of what matters more, of v, of the vocabulary's.
struct Types {
    DType most;
    DType more;
    DType value;
    DType vocabulary;
};

constexpr Types types_of(TargetType target) {
    switch (target) {
        case TargetType::keep:
        case TargetType::f32:
            return {DType::f32, DType::f32, DType::f32, DType::f32};
        case TargetType::f16:
            return {DType::f16, DType::f16, DType::f16, DType::f16};
        case TargetType::bf16:
            return {DType::bf16, DType::bf16, DType::bf16, DType::bf16};
        case TargetType::q8:
            return {DType::q8, DType::q8, DType::q8, DType::q8};
        case TargetType::q6:
            return {DType::q6, DType::q6, DType::q6, DType::q8};
        case TargetType::q5:
            return {DType::q5, DType::q5, DType::q5, DType::q8};
        case TargetType::q4:
            return {DType::q4, DType::q4, DType::q4, DType::q8};
        case TargetType::q3:
            return {DType::q3, DType::q3, DType::q3, DType::q8};
        case TargetType::q5_mixed:
            return {DType::q5, DType::q6, DType::q8, DType::q8};
        case TargetType::q4_mixed:
            return {DType::q4, DType::q5, DType::q6, DType::q8};
        case TargetType::q3_mixed:
            return {DType::q3m, DType::q4m, DType::q6, DType::q8};
    }
    return {DType::f32, DType::f32, DType::f32, DType::f32};
}
// clang-format on

// "q" of "layers.12.q".
std::string_view role(std::string_view name) {
    return name.substr(name.rfind('.') + 1);
}

// 12 of "layers.12.q"; nothing for a tensor of no layer.
std::optional<std::size_t> layer_of(std::string_view name) {
    constexpr std::string_view kPrefix = "layers.";
    if (!name.starts_with(kPrefix)) return std::nullopt;
    std::size_t layer = 0;
    const char* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + kPrefix.size(), end, layer);
    if (error != std::errc() || rest == end || *rest != '.') return std::nullopt;
    return layer;
}

DType type_of(const Types& types, std::string_view name, std::size_t n_layers) {
    if (name == "embed" || name == "output") return types.vocabulary;
    const auto layer = layer_of(name);
    const bool outermost = layer && (*layer == 0 || *layer + 1 == n_layers);
    if (role(name) == "v") return types.value;
    const bool wide = role(name) == "gate" || role(name) == "up";
    return wide && !outermost ? types.most : types.more;
}

}  // namespace

std::span<const TargetInfo> targets() noexcept {
    return kTargets;
}

TypeOverride parse_override(const std::string& text) {
    const auto equals = text.find('=');
    const auto dtype = equals == std::string::npos
                           ? std::nullopt
                           : tensor::dtype_from_name(std::string_view(text).substr(equals + 1));
    if (equals == 0 || !dtype) {
        std::string known;
        for (const tensor::DTypeInfo& type : tensor::dtypes()) {
            known += (known.empty() ? "" : " ") + std::string(type.name);
        }
        throw Error(ErrorCode::usage, "--tensor-type",
                    "expected NAME=TYPE with a type of " + known + ", found " + text);
    }
    return {text.substr(0, equals), *dtype};
}

DType choose_dtype(const Recipe& recipe, std::string_view name, std::size_t n_layers,
                   std::uint64_t columns, DType kept) {
    DType chosen = kept;
    if (recipe.target != TargetType::keep) {
        chosen = type_of(types_of(recipe.target), name, n_layers);
    }
    for (const TypeOverride& entry : recipe.overrides) {
        if (entry.name == name || entry.name == role(name)) {
            chosen = entry.dtype;
            break;
        }
    }
    const bool in_blocks = columns % tensor::kBlock == 0;
    return tensor::info(chosen).is_block && !in_blocks ? DType::f16 : chosen;
}

}  // namespace quire::pack
