// The bias of attention's scores by the distance of key and query, as kernels.h defines it.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// A query row; rows are in the order of tokens, then heads.
struct Row {
    std::size_t token;
    std::size_t head;
};

// The values of the kLanes keys from distance `first` on. table: that of distance 0, within a row of
// 2 * limit + 1 values.
inline F bias_vector(const float* table, std::ptrdiff_t limit, std::ptrdiff_t first) {
    const std::ptrdiff_t last = first + kLanes - 1;
    if (last <= -limit) return set1(table[-limit]);
    if (first >= limit) return set1(table[limit]);
    if (first >= -limit && last <= limit) return load(table + first);
    float mixed[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) {
        const std::ptrdiff_t distance = first + lane;
        mixed[lane] = table[distance < -limit ? -limit : distance > limit ? limit : distance];
    }
    return load(mixed);
}

// scores of one query against the first n keys, rounded up to whole vectors, of the span that begins
// at position span_begin.
inline void add_bias(float* scores, const AttentionArgs& a, Row row, std::size_t span_begin,
                     std::size_t n) {
    const auto limit = static_cast<std::ptrdiff_t>(a.bias_distance);
    const float* table = a.bias + row.head * (2 * a.bias_distance + 1) + a.bias_distance;
    const auto first = static_cast<std::ptrdiff_t>(span_begin) -
                       static_cast<std::ptrdiff_t>(a.first_pos + row.token);
    for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(n); i += kLanes) {
        store(scores + i, add(load(scores + i), bias_vector(table, limit, first + i)));
    }
}

}  // namespace quire::kernels::QUIRE_ISA
