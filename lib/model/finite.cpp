#include "lib/model/finite.h"

#include <array>

#include "lib/model/kv/kv_cache.h"

namespace quire::model {

bool all_finite(std::span<const float> values) noexcept {
    // x - x is 0 for a finite number and NaN otherwise. Lanes let the compiler use vectors.
    constexpr std::size_t kLanes = 16;
    std::array<float, kLanes> sums{};
    std::size_t i = 0;
    for (; i + kLanes <= values.size(); i += kLanes) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            sums[lane] += values[i + lane] - values[i + lane];
        }
    }
    for (; i < values.size(); ++i) sums[0] += values[i] - values[i];
    float sum = 0;
    for (const float lane : sums) sum += lane;
    return sum == 0.0F;
}

NotFinite::NotFinite(const std::string& where, std::size_t position, bool in_cache)
    : Error(
          ErrorCode::run, where,
          "position " + std::to_string(position) +
              (in_cache
                   ? ": expected keys and values within the range of their type, found larger ones"
                   : ": expected finite numbers from the model, found others")),
      in_cache_(in_cache) {}

void check_finite(const KvCache& cache, std::span<const float> result, std::size_t position,
                  const std::string& where) {
    if (const auto broken = cache.broken_position()) throw NotFinite(where, *broken, true);
    if (!all_finite(result)) throw NotFinite(where, position, false);
}

}  // namespace quire::model
