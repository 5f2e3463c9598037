#include "tools/pack/types/recipe.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "lib/base/error.h"
#include "lib/tensor/block.h"
#include "lib/tensor/view.h"
#include "tools/pack/types/q4_k_m.h"

namespace quire::pack {

namespace {

using tensor::DType;

// clang-format off
constexpr std::array<TargetInfo, 13> kTargets{{
    {TargetType::keep,     "keep",     std::nullopt, 0},
    {TargetType::f32,      "f32",      DType::f32,   0},
    {TargetType::f16,      "f16",      DType::f16,   0},
    {TargetType::bf16,     "bf16",     DType::bf16,  0},
    {TargetType::q8,       "q8",       DType::q8,    0},
    {TargetType::q6,       "q6",       std::nullopt, 6.5},
    {TargetType::q5,       "q5",       std::nullopt, 5.5},
    {TargetType::q4,       "q4",       std::nullopt, 4.5},
    {TargetType::q3,       "q3",       std::nullopt, 3.5},
    {TargetType::q5_mixed, "q5-mixed", std::nullopt, 6.0},
    {TargetType::q4_mixed, "q4-mixed", std::nullopt, 5.0},
    {TargetType::q3_mixed, "q3-mixed", std::nullopt, 4.0},
    {TargetType::q4_k_m,   "q4_k_m",   std::nullopt, 0},
}};
// clang-format on

std::uint64_t bytes_of(const RecipeMatrix& matrix, DType dtype) {
    return *tensor::tensor_bytes(dtype, true, matrix.shape.rows, matrix.shape.columns);
}

double weights_of(const RecipeMatrix& matrix) {
    return static_cast<double>(matrix.shape.rows) * static_cast<double>(matrix.shape.columns);
}

// The type that the target alone gives a matrix; none where bits are placed.
std::optional<DType> target_dtype(const Recipe& recipe, const RecipeMatrix& matrix,
                                  const MatrixSet& set) {
    if (recipe.bits != 0) return std::nullopt;
    if (recipe.target == TargetType::keep) return matrix.kept;
    if (recipe.target == TargetType::q4_k_m) return q4_k_m_dtype(matrix.shape, set);
    return kTargets[static_cast<std::size_t>(recipe.target)].dtype;
}

// The type of a matrix that takes no part in bit placement: it was named, has no whole blocks, or
// the target is not a size.
std::optional<DType> fixed_dtype(const Recipe& recipe, const RecipeMatrix& matrix,
                                 const MatrixSet& set) {
    std::optional<DType> chosen = target_dtype(recipe, matrix, set);
    const std::string_view name = matrix.shape.name;
    for (const TypeOverride& entry : recipe.overrides) {
        if (entry.name == name || entry.name == role_of(name)) {
            chosen = entry.dtype;
            break;
        }
    }
    const bool in_blocks = matrix.shape.columns % tensor::kBlock == 0;
    const bool blocks_asked = !chosen || tensor::info(*chosen).is_block;
    return blocks_asked && !in_blocks ? DType::f16 : chosen;
}

// The bytes available for bit placement.
std::uint64_t bytes_to_place(const Recipe& recipe, std::span<const RecipeMatrix> matrices,
                             std::span<const std::optional<DType>> fixed) {
    double bits = 0;
    for (std::size_t i = 0; i < matrices.size(); ++i) {
        const RecipeMatrix& matrix = matrices[i];
        if (recipe.bits != 0) {
            bits += recipe.bits * weights_of(matrix);
            if (fixed[i]) bits -= 8.0 * static_cast<double>(bytes_of(matrix, *fixed[i]));
        } else if (!fixed[i]) {
            bits += kTargets[static_cast<std::size_t>(recipe.target)].bits * weights_of(matrix);
        }
    }
    return bits > 0 ? static_cast<std::uint64_t>(bits / 8) : 0;
}

void check_reachable(const Recipe& recipe, std::span<const RecipeMatrix> matrices,
                     std::uint64_t bytes, std::uint64_t fewest) {
    if (recipe.bits == 0 || bytes >= fewest) return;
    double weights = 0;
    for (const RecipeMatrix& matrix : matrices) weights += weights_of(matrix);
    const double least =
        recipe.bits + 8.0 * (static_cast<double>(fewest) - static_cast<double>(bytes)) / weights;
    throw Error(ErrorCode::usage, "--bits",
                fmt::format("expected at least {:.2f} for this model, found {:.2f}",
                            std::ceil(least * 100) / 100, recipe.bits));
}

// Error{usage} for an override that matches no matrix.
void check_overrides(std::span<const TypeOverride> overrides,
                     std::span<const RecipeMatrix> matrices) {
    for (const TypeOverride& entry : overrides) {
        const auto fits = [&](const RecipeMatrix& matrix) {
            return entry.name == matrix.shape.name || entry.name == role_of(matrix.shape.name);
        };
        if (std::ranges::any_of(matrices, fits)) continue;
        std::set<std::string> roles;
        for (const RecipeMatrix& matrix : matrices) roles.emplace(role_of(matrix.shape.name));
        throw Error(
            ErrorCode::usage, "--tensor-type",
            fmt::format("expected a matrix of this model ({}, or one with its layer as "
                        "layers.0.{}), found {}",
                        fmt::join(roles, ", "), roles.empty() ? "" : *roles.begin(), entry.name));
    }
}

}  // namespace

std::span<const TargetInfo> targets() noexcept {
    return kTargets;
}

std::vector<DType> choose_dtypes(const Recipe& recipe, std::span<const RecipeMatrix> matrices) {
    check_overrides(recipe.overrides, matrices);
    std::vector<std::optional<DType>> chosen;
    std::vector<MatrixShape> open;
    MatrixSet set;
    for (const RecipeMatrix& matrix : matrices) set.add(matrix.shape.name);
    for (const RecipeMatrix& matrix : matrices) {
        chosen.push_back(fixed_dtype(recipe, matrix, set));
        if (!chosen.back()) open.push_back(matrix.shape);
    }
    const std::uint64_t bytes = bytes_to_place(recipe, matrices, chosen);
    check_reachable(recipe, matrices, bytes, fewest_bytes(open));
    const std::vector<DType> placed = place_bits(open, bytes, set.has_output);
    std::vector<DType> out;
    out.reserve(chosen.size());
    auto next = placed.begin();
    for (const std::optional<DType>& one : chosen) out.push_back(one ? *one : *next++);
    return out;
}

}  // namespace quire::pack
