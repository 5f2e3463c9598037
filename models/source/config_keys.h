// Keys of config.json that mean the same in every family. The keys of a single family are in its
// file.
#pragma once

#include <span>

#include "models/source/known_keys.h"

namespace quire::models {

// In the order of their names.
std::span<const KnownKey> config_keys() noexcept;

}  // namespace quire::models
