// Detects results that are not finite. Weights or activations can be so large that a sum overflows,
// or that a key does not fit the type of the cache; every result that depends on it is meaningless.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "lib/base/error.h"

namespace quire::model {

bool all_finite(std::span<const float> values) noexcept;

class NotFinite : public Error {
  public:
    // where: the text or file; may be empty. position: of the token in its sequence, from 0.
    // in_cache: a key or value exceeds the range of the cache's type, so another type may help.
    NotFinite(const std::string& where, std::size_t position, bool in_cache);

    bool in_cache() const noexcept { return in_cache_; }

  private:
    bool in_cache_;
};

class KvCache;

// Throws NotFinite if a key or value of the cache, or a value of `result`, is not finite. `result`
// belongs to the token at `position`.
void check_finite(const KvCache& cache, std::span<const float> result, std::size_t position,
                  const std::string& where = "");

}  // namespace quire::model
