// Base64 as defined in RFC 4648, section 4.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/bytes.h"

namespace quire::base {

// The decoded bytes; nothing if a character is outside the alphabet. Padding may be missing.
std::optional<std::string> decode_base64(std::string_view text);

// The text of these bytes, with padding.
std::string encode_base64(Bytes bytes);

}  // namespace quire::base
