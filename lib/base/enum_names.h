// The words that files, options and messages use for the values of an enum.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace quire::base {

// A view of a table with one name for each value, in the order of the values, which count from 0.
// The table must have static storage duration.
template <typename Enum>
class EnumNames {
  public:
    template <std::size_t N>
    explicit constexpr EnumNames(const std::array<std::string_view, N>& names) noexcept
        : names_(names) {}

    constexpr std::string_view name(Enum value) const noexcept {
        return names_[static_cast<std::size_t>(value)];
    }
    // Nothing when no value has this name.
    constexpr std::optional<Enum> value(std::string_view name) const noexcept {
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (names_[i] == name) return static_cast<Enum>(i);
        }
        return std::nullopt;
    }
    constexpr std::span<const std::string_view> all() const noexcept { return names_; }

  private:
    std::span<const std::string_view> names_;
};

}  // namespace quire::base
