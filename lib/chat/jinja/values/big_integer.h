// Integers that do not fit 64 bits, which Python supports. nlohmann::json does not, so a
// conversation represents such an integer as a binary value that holds its decimal digits. JSON
// text never parses to a binary value, so the two cannot be confused.
#pragma once

#include <string>
#include <string_view>

#include "lib/base/json/json.h"
#include "lib/chat/jinja/values/limits.h"

namespace quire::jinja {

// `decimal`: digits without leading zeros, optionally after a "-".
inline nlohmann::ordered_json big_integer(std::string_view decimal) {
    return nlohmann::ordered_json::binary({decimal.begin(), decimal.end()});
}

inline std::string digits_of(const nlohmann::ordered_json& big) {
    const auto& bytes = big.get_binary();
    return {bytes.begin(), bytes.end()};
}

}  // namespace quire::jinja
