// Base64 as defined in RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quire::base {

// The decoded bytes; nothing if a character is outside the alphabet. Padding may be missing.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace quire::base
