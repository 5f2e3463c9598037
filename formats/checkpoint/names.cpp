#include "formats/checkpoint/names.h"

#include <algorithm>
#include <numeric>

#include "lib/base/utf8.h"

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

std::string printable(std::string_view name) {
    constexpr std::size_t kMaxBytes = 120;
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    while (!name.empty() && out.size() < kMaxBytes) {
        const base::CodePoint point = base::decode_utf8(name);
        const auto length = static_cast<std::size_t>(point.length);
        // C1 controls (U+0080 .. U+009F) move a terminal's cursor as well.
        const bool control = point.value < 0x20 || (point.value >= 0x7F && point.value < 0xA0);
        if (point.valid && !control) {
            out += name.substr(0, length);
        } else {
            for (const char c : name.substr(0, length)) {
                const auto byte = static_cast<unsigned char>(c);
                out += "\\x";
                out += kHex[byte >> 4];
                out += kHex[byte & 15U];
            }
        }
        name.remove_prefix(length);
    }
    if (!name.empty()) out += "...";
    return out;
}

}  // namespace quire::formats
