// Results that are no numbers. Weights or activations can be so large that a sum overflows, or that
// a key does not fit the type of the cache; nothing that follows from it means anything.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "lib/base/error.h"

namespace quire::model {

bool all_finite(std::span<const float> values) noexcept;

class NotFinite : public Error {
  public:
    // where: the text or file, may be empty. in_cache: a key or value is beyond the type of the
    // cache, so that another type may do. position: of the token in its sequence, from 0.
    NotFinite(const std::string& where, std::size_t position, bool in_cache);

    bool in_cache() const noexcept { return in_cache_; }

  private:
    bool in_cache_;
};

class KvCache;

// NotFinite when a key or value of the cache, or a value of `result`, is not finite. The result is
// that of the token at `position`.
void check_finite(const KvCache& cache, std::span<const float> result, std::size_t position,
                  const std::string& where = "");

}  // namespace quire::model
