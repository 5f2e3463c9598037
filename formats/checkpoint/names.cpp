#include "formats/checkpoint/names.h"

#include <algorithm>
#include <numeric>

namespace quire::formats {

NameIndex::NameIndex(std::vector<std::string_view> names)
    : names_(std::move(names)), order_(names_.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::sort(order_, {}, [&](std::size_t i) { return names_[i]; });
}

std::optional<std::size_t> NameIndex::find(std::string_view name) const noexcept {
    const auto at =
        std::ranges::lower_bound(order_, name, {}, [&](std::size_t i) { return names_[i]; });
    if (at == order_.end() || names_[*at] != name) return std::nullopt;
    return *at;
}

std::optional<std::string_view> NameIndex::duplicate() const noexcept {
    const auto at =
        std::ranges::adjacent_find(order_, {}, [&](std::size_t i) { return names_[i]; });
    if (at == order_.end()) return std::nullopt;
    return names_[*at];
}

}  // namespace quire::formats
