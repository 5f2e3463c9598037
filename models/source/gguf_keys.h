// The keys of a GGUF file that Quire knows, and the effect of each.
#pragma once

#include <span>

#include "models/source/known_keys.h"

namespace quire::models {

struct GgufKey {
    std::string_view architecture;  // the only architecture of this row; empty: all others
    KnownKey known;                 // its key without the architecture in front
};

// Keys with the architecture as prefix. The Field of a row has the key of config.json.
std::span<const GgufKey> gguf_keys() noexcept;

// Keys without the architecture as prefix. `key` may end in "." and then matches every key with
// this prefix. The first match counts.
std::span<const KnownKey> gguf_common_keys() noexcept;

// nullptr when the architecture has no such key.
const KnownKey* find_gguf_key(std::string_view architecture, std::string_view key) noexcept;
// nullptr when no reader of models knows the key's namespace.
const KnownKey* find_gguf_common_key(std::string_view key) noexcept;

}  // namespace quire::models
