// The words that files and messages have for the values of a spec's enums: one table for each,
// in the order of the values.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "lib/spec/model_spec.h"

namespace quire::spec {

std::span<const std::string_view> names(NormKind) noexcept;
std::span<const std::string_view> names(NormPlace) noexcept;
std::span<const std::string_view> names(QkNorm) noexcept;
std::span<const std::string_view> names(Activation) noexcept;
std::span<const std::string_view> names(OutputKind) noexcept;
std::span<const std::string_view> names(Pooling) noexcept;
std::span<const std::string_view> names(LabelScore) noexcept;

template <typename Enum>
std::string_view name(Enum value) noexcept {
    return names(value)[static_cast<std::size_t>(value)];
}

// Nothing when no value has this name.
template <typename Enum>
std::optional<Enum> from_name(std::string_view text) noexcept {
    const auto all = names(Enum{});
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i] == text) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace quire::spec
