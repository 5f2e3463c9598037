#include "lib/unicode/utf8_repair.h"

#include <algorithm>
#include <iterator>

#include "lib/base/utf8.h"

namespace quire::unicode {

bool needs_no_repair(std::string_view text) noexcept {
    return base::is_utf8(text);
}

std::size_t RepairedText::original_place(std::size_t repaired) const {
    const auto after =
        std::upper_bound(steps.begin(), steps.end(), repaired,
                         [](std::size_t place, const Step& step) { return place < step.repaired; });
    const Step& step = *std::prev(after);
    const std::size_t place = repaired - step.repaired + step.original;
    // A U+FFFD may be longer or shorter than the bytes it replaces.
    return after == steps.end() ? place : std::min(place, after->original);
}

std::size_t RepairedText::repaired_place(std::size_t original) const {
    const auto after =
        std::upper_bound(steps.begin(), steps.end(), original,
                         [](std::size_t place, const Step& step) { return place < step.original; });
    const Step& step = *std::prev(after);
    const std::size_t place = original - step.original + step.repaired;
    return after == steps.end() ? place : std::min(place, after->repaired);
}

RepairedText repair_utf8(std::string_view text) {
    RepairedText result;
    result.steps.push_back({});
    std::size_t at = 0;
    while (at < text.size()) {
        const base::CodePoint c = base::decode_utf8(text.substr(at));
        const auto length = static_cast<std::size_t>(c.length);
        if (c.valid) {
            result.text.append(text, at, length);
        } else {
            base::append_utf8(result.text, 0xFFFD);
        }
        at += length;
        if (!c.valid) result.steps.push_back({result.text.size(), at});
    }
    return result;
}

}  // namespace quire::unicode
