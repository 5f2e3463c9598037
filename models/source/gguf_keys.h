// The keys of a GGUF file that Quire knows, and what each does.
#pragma once

#include <span>

#include "models/source/known_keys.h"

namespace quire::models {

struct GgufKey {
    std::string_view architecture;  // the one that this row is for; empty: every other one
    KnownKey known;                 // its key without the architecture in front
};

// Keys under the architecture's name, in the words of a row's Field those of config.json.
std::span<const GgufKey> gguf_keys() noexcept;

// Keys that stand under no architecture's name; `key` may end in "." and stands for all that begin
// so. The first that fits counts.
std::span<const KnownKey> gguf_common_keys() noexcept;

// nullptr when the architecture has no such key.
const KnownKey* find_gguf_key(std::string_view architecture, std::string_view key) noexcept;
// nullptr when the key is of a namespace that no reader of models knows.
const KnownKey* find_gguf_common_key(std::string_view key) noexcept;

}  // namespace quire::models
