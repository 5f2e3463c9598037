// Lists in messages and help texts.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace quire::base {

// The elements of `range` as text, with `separator` between them. `text_of` gives the text of an
// element: something that a std::string can append.
template <typename Range, typename TextOf = std::identity>
std::string join(const Range& range, std::string_view separator, const TextOf& text_of = {}) {
    std::string out;
    bool first = true;
    for (const auto& element : range) {
        if (!first) out += separator;
        first = false;
        out += std::invoke(text_of, element);
    }
    return out;
}

}  // namespace quire::base
