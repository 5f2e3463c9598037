#include "models/draft/position_bias.h"

#include <algorithm>
#include <cmath>

namespace quire::models {

std::uint32_t bucket_of(const PositionBias& bias, std::int64_t distance) {
    std::uint32_t n = bias.buckets;
    std::uint32_t first = 0;
    if (bias.causal) {
        distance = std::min<std::int64_t>(distance, 0);
    } else {
        n /= 2;
        if (distance > 0) first = n;
    }
    const std::uint32_t exact = n / 2;
    const auto away = static_cast<std::uint32_t>(std::abs(distance));
    if (away < exact) return first + away;
    // In the precision of the reference.
    const float share =
        std::log(static_cast<float>(away) / static_cast<float>(exact)) /
        static_cast<float>(std::log(static_cast<double>(bias.max_distance) / exact));
    const float place = share * static_cast<float>(n - exact);
    return first + std::min(n - 1, exact + static_cast<std::uint32_t>(place));
}

std::vector<float> bias_by_distance(const PositionBias& bias, const formats::SourceTensor& table) {
    const std::uint64_t n_heads = table.columns();
    const auto limit = static_cast<std::int64_t>(bias.max_distance);
    const auto width = static_cast<std::uint64_t>(2 * limit + 1);
    std::vector<float> out(n_heads * width);
    std::vector<float> row(n_heads);
    for (std::int64_t distance = -limit; distance <= limit; ++distance) {
        formats::read_row(row, table, bucket_of(bias, distance));
        const auto at = static_cast<std::uint64_t>(distance + limit);
        for (std::uint64_t head = 0; head < n_heads; ++head) out[head * width + at] = row[head];
    }
    return out;
}

}  // namespace quire::models
