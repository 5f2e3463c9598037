// The Unicode normal forms, as the `tokenizers` package computes them (facts.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/unicode/normalized_string.h"

namespace quire::unicode {

enum class NormalForm : std::uint8_t { nfc, nfd, nfkc, nfkd };

// A quick check: true if `text` (valid UTF-8) is certainly in this normal form. False means that it
// may or may not be.
bool is_normal(NormalForm form, std::string_view text) noexcept;

void normalize(NormalForm form, NormalizedString& text);

}  // namespace quire::unicode
