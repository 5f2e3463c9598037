// str.center(), ljust() and rjust().
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

struct Justification {
    std::int64_t width = 0;  // in characters
    std::string_view how;    // center, ljust or rjust
    Text fill;               // one character
};

Text justified(Context& context, const String& string, const Justification& to);

}  // namespace quire::jinja
