// Keys of config.json that mean the same in every family. What a family's own keys mean stands in
// its file.
#pragma once

#include <span>

#include "models/source/known_keys.h"

namespace quire::models {

// In the order of their names.
std::span<const KnownKey> config_keys() noexcept;

}  // namespace quire::models
