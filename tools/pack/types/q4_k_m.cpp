#include "tools/pack/types/q4_k_m.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace quire::pack {

namespace {

using tensor::DType;

// 3 of "layers.3.down"; none of "embed".
std::optional<std::size_t> layer_of(std::string_view name) {
    constexpr std::string_view kLayers = "layers.";
    if (!name.starts_with(kLayers)) return std::nullopt;
    std::size_t layer = 0;
    std::from_chars(name.data() + kLayers.size(), name.data() + name.size(), layer);
    return layer;
}

// The first and last eighth of the layers, and every third between them.
bool gets_more_bits(std::size_t layer, std::size_t n_layers) {
    const std::size_t eighth = n_layers / 8;
    return layer < eighth || layer >= 7 * n_layers / 8 || (layer - eighth) % 3 == 2;
}

}  // namespace

void MatrixSet::add(std::string_view name) {
    if (name == "output") has_output = true;
    if (const auto layer = layer_of(name)) n_layers = std::max(n_layers, *layer + 1);
}

DType q4_k_m_dtype(const MatrixShape& matrix, const MatrixSet& set) {
    const std::string_view role = role_of(matrix.name);
    if (role == "router" || role == "positions") return DType::f32;
    const bool is_output = role == (set.has_output ? "output" : "embed");
    const auto layer = layer_of(matrix.name);
    const bool more = is_output || ((role == "v" || role == "down") && layer &&
                                    gets_more_bits(*layer, set.n_layers));
    // Rows without whole units of 256 weights get simple types that are a little larger.
    const bool in_units = matrix.columns % tensor::kSuperBlock == 0;
    if (more) return in_units ? DType::q6_k : DType::q8;
    return in_units ? DType::q4_k : DType::q5;
}

}  // namespace quire::pack
