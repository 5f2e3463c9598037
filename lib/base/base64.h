// Base64 as RFC 4648, section 4, has it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quire::base {

// The bytes; nothing for a character outside the alphabet. Padding may be missing.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace quire::base
