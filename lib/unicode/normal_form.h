// The normal forms of Unicode, as the `tokenizers` package makes them (facts.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/unicode/normalized_string.h"

namespace quire::unicode {

enum class NormalForm : std::uint8_t { nfc, nfd, nfkc, nfkd };

// Whether a quick look shows that the text, valid UTF-8, is in its normal form already. False does
// not mean that it would change.
bool is_normal(NormalForm form, std::string_view text) noexcept;

void normalize(NormalForm form, NormalizedString& text);

}  // namespace quire::unicode
