// Attention of a group of query heads over the spans of a sequence, as kernels.h defines it. Keys
// and values of a span become f32 once and serve every query row; rows go in tiles so that each
// vector of them is used several times.
#pragma once

namespace quire::kernels::QUIRE_ISA {

inline constexpr int kSpanVectors = static_cast<int>(kSpan) / kLanes;
inline constexpr int kTileVectors = 4;  // vectors of a row that one tile holds in registers

// Positions [begin, end), absolute or within a span.
struct Positions {
    std::size_t begin;
    std::size_t end;
};

// What row `row` (token-major, then head) sees.
inline Positions visible(const AttentionArgs& a, std::size_t row) {
    if (!a.causal) return {0, a.n_positions};
    const std::size_t end = a.first_pos + row / a.group + 1;
    return {a.window == 0 || end <= a.window ? 0 : end - a.window, end};
}

// The part of it in the span from `span_begin`, relative to that; empty: begin == end.
inline Positions visible_in_span(Positions all, std::size_t span_begin) {
    const std::size_t begin = all.begin > span_begin ? all.begin - span_begin : 0;
    const std::size_t end = all.end > span_begin ? all.end - span_begin : 0;
    if (begin >= kSpan || begin >= end) return {0, 0};
    return {begin, end < kSpan ? end : kSpan};
}

inline const float* query(const AttentionArgs& a, std::size_t row) {
    return a.q + row / a.group * a.q_stride + row % a.group * a.head_dim;
}

// scores (kRows, 64): the fma chain over head_dim for every position of the span.
template <int kRows>
inline void score_rows(float* scores, const AttentionArgs& a, const float* keys, std::size_t row) {
    const float* q[kRows];
    for (int r = 0; r < kRows; ++r) q[r] = query(a, row + static_cast<std::size_t>(r));
    for (int v = 0; v < kSpanVectors; v += kTileVectors) {
        F acc[kRows][kTileVectors];
        for (auto& sums : acc) {
            for (F& sum : sums) sum = zero();
        }
        const float* column = keys + v * kLanes;
        for (std::size_t d = 0; d < a.head_dim; ++d, column += kSpan) {
            for (int r = 0; r < kRows; ++r) {
                const F x = set1(q[r][d]);
                for (int i = 0; i < kTileVectors; ++i) {
                    acc[r][i] = fma(x, load(column + i * kLanes), acc[r][i]);
                }
            }
        }
        for (int r = 0; r < kRows; ++r) {
            for (int i = 0; i < kTileVectors; ++i) {
                store(scores + static_cast<std::size_t>(r) * kSpan + (v + i) * kLanes, acc[r][i]);
            }
        }
    }
}

struct SpanSum {
    float max;
    float sum;
};

// Turns the scores of the visible positions (at least one) into exp(score - max), the rest into 0.
inline SpanSum soften(float* scores, Positions seen) {
    for (std::size_t i = 0; i < seen.begin; ++i) scores[i] = scores[seen.begin];
    for (std::size_t i = seen.end; i < kSpan; ++i) scores[i] = scores[seen.begin];
    Lanes16 top = load16(scores, 16);
    for (std::size_t i = 16; i < kSpan; i += 16) {
        const Lanes16 next = load16(scores + i, 16);
        for (int h = 0; h < kHalves; ++h) top.part[h] = max(top.part[h], next.part[h]);
    }
    const float highest = tree_max(top);
    exp_shifted(scores, scores, kSpan, highest);
    for (std::size_t i = 0; i < seen.begin; ++i) scores[i] = 0.0F;
    for (std::size_t i = seen.end; i < kSpan; ++i) scores[i] = 0.0F;
    Lanes16 sum = zero16();
    for (std::size_t i = 0; i < kSpan; i += 16) {
        const Lanes16 next = load16(scores + i, 16);
        for (int h = 0; h < kHalves; ++h) sum.part[h] = add(sum.part[h], next.part[h]);
    }
    return {highest, tree_sum(sum)};
}

// sums (kRows, wide) += weights (kRows, 64) x values (64, wide), positions [from, to) in order.
// Only positions that every row sees are given, so no row ever adds a product it should not.
template <int kRows>
inline void value_rows(float* sums, const float* weights, const float* values, std::size_t wide,
                       std::size_t from, std::size_t to) {
    std::size_t c = 0;
    const auto columns = [&]<int kVectors>() {
        F acc[kRows][kVectors];
        for (int r = 0; r < kRows; ++r) {
            for (int i = 0; i < kVectors; ++i) {
                acc[r][i] = load(sums + static_cast<std::size_t>(r) * wide + c +
                                 static_cast<std::size_t>(i * kLanes));
            }
        }
        for (std::size_t p = from; p < to; ++p) {
            const float* value = values + p * wide + c;
            for (int r = 0; r < kRows; ++r) {
                const F x = set1(weights[static_cast<std::size_t>(r) * kSpan + p]);
                for (int i = 0; i < kVectors; ++i) {
                    acc[r][i] = fma(x, load(value + i * kLanes), acc[r][i]);
                }
            }
        }
        for (int r = 0; r < kRows; ++r) {
            for (int i = 0; i < kVectors; ++i) {
                store(sums + static_cast<std::size_t>(r) * wide + c +
                          static_cast<std::size_t>(i * kLanes),
                      acc[r][i]);
            }
        }
        c += static_cast<std::size_t>(kVectors * kLanes);
    };
    while (c + kTileVectors * kLanes <= wide) columns.template operator()<kTileVectors>();
    while (c < wide) columns.template operator()<1>();
}

// Where the parts of AttentionArgs::scratch begin.
struct AttentionScratch {
    std::size_t wide;  // head_dim rounded up to 16
    float* keys;       // (head_dim, 64)
    float* values;     // (64, wide)
    float* out;        // (n_rows, wide)
    float* max;        // (n_rows)
    float* sum;        // (n_rows)
    float* scores;     // (4, 64)
    float* partial;    // (4, wide)
};

inline AttentionScratch split_scratch(const AttentionArgs& a) {
    const std::size_t n_rows = a.n_tokens * a.group;
    AttentionScratch s{};
    s.wide = (a.head_dim + 15) / 16 * 16;
    s.keys = a.scratch;
    s.values = s.keys + a.head_dim * kSpan;
    s.scores = s.values + kSpan * s.wide;
    s.partial = s.scores + 4 * kSpan;
    s.out = s.partial + 4 * s.wide;
    s.max = s.out + n_rows * s.wide;
    s.sum = s.max + n_rows;
    return s;
}

// Joins a span's part of a row to what the spans before it gave.
inline void join(const AttentionScratch& s, std::size_t row, const float* partial, SpanSum span,
                 bool first) {
    float* out = s.out + row * s.wide;
    if (first) {
        for (std::size_t d = 0; d < s.wide; d += kLanes) store(out + d, load(partial + d));
        s.max[row] = span.max;
        s.sum[row] = span.sum;
        return;
    }
    const float top = s.max[row] > span.max ? s.max[row] : span.max;
    const float before = exp1(s.max[row] - top);
    const float now = exp1(span.max - top);
    s.max[row] = top;
    s.sum[row] = __builtin_fmaf(s.sum[row], before, span.sum * now);
    for (std::size_t d = 0; d < s.wide; d += kLanes) {
        store(out + d, fma(load(out + d), set1(before), mul(load(partial + d), set1(now))));
    }
}

template <int kRows>
inline void span_rows(const AttentionArgs& a, const AttentionScratch& s, std::size_t row,
                      std::size_t span_begin) {
    score_rows<kRows>(s.scores, a, s.keys, row);
    if (a.soft_cap > 0.0F) soft_cap(s.scores, a.soft_cap, kRows * kSpan);
    SpanSum spans[kRows] = {};
    Positions seen[kRows];
    // What all rows see; what only some see, before and behind it, is added row by row.
    Positions shared{0, kSpan};
    for (int r = 0; r < kRows; ++r) {
        seen[r] = visible_in_span(visible(a, row + static_cast<std::size_t>(r)), span_begin);
        shared.begin = seen[r].begin > shared.begin ? seen[r].begin : shared.begin;
        shared.end = seen[r].end < shared.end ? seen[r].end : shared.end;
        if (seen[r].begin == seen[r].end) continue;
        spans[r] = soften(s.scores + static_cast<std::size_t>(r) * kSpan, seen[r]);
    }
    if (shared.begin > shared.end) shared.begin = shared.end;
    for (std::size_t i = 0; i < kRows * s.wide; ++i) s.partial[i] = 0.0F;
    for (int r = 0; r < kRows; ++r) {
        if (seen[r].begin >= shared.begin) continue;
        const auto at = static_cast<std::size_t>(r);
        value_rows<1>(s.partial + at * s.wide, s.scores + at * kSpan, s.values, s.wide,
                      seen[r].begin, shared.begin);
    }
    if (shared.begin < shared.end) {
        value_rows<kRows>(s.partial, s.scores, s.values, s.wide, shared.begin, shared.end);
    }
    for (int r = 0; r < kRows; ++r) {
        if (seen[r].begin == seen[r].end) continue;
        const auto at = static_cast<std::size_t>(r);
        float* partial = s.partial + at * s.wide;
        const std::size_t from = seen[r].begin > shared.end ? seen[r].begin : shared.end;
        if (seen[r].end > from) {
            value_rows<1>(partial, s.scores + at * kSpan, s.values, s.wide, from, seen[r].end);
        }
        const bool first = visible(a, row + at).begin / kSpan == span_begin / kSpan;
        join(s, row + at, partial, spans[r], first);
    }
}

inline void load_span(const AttentionArgs& a, const AttentionScratch& s, std::size_t span) {
    const std::uint16_t* keys = a.pages[span] + a.k_offset;
    const std::uint16_t* values = a.pages[span] + a.v_offset;
    for (std::size_t g = 0; g < kSpan / 16; ++g) {
        for (std::size_t d = 0; d < a.head_dim; ++d) {
            for (int h = 0; h < kHalves; ++h) {
                const auto lane = static_cast<std::size_t>(h * kLanes);
                store(s.keys + d * kSpan + g * 16 + lane,
                      load_f16(keys + (g * a.head_dim + d) * 16 + lane));
            }
        }
    }
    for (std::size_t i = 0; i < kSpan * s.wide; i += kLanes) {
        store(s.values + i, load_f16(values + i));
    }
}

inline void attention(const AttentionArgs& a) noexcept {
    const AttentionScratch s = split_scratch(a);
    const std::size_t n_rows = a.n_tokens * a.group;
    const std::size_t end = visible(a, n_rows - 1).end;
    for (std::size_t begin = visible(a, 0).begin / kSpan * kSpan; begin < end; begin += kSpan) {
        load_span(a, s, begin / kSpan);
        // Rows of earlier tokens do not see this span at all.
        std::size_t row = a.causal && begin > a.first_pos ? (begin - a.first_pos) * a.group : 0;
        for (; row + kQueryTile <= n_rows; row += kQueryTile) {
            span_rows<kQueryTile>(a, s, row, begin);
        }
        for (; row < n_rows; ++row) span_rows<1>(a, s, row, begin);
    }
    for (std::size_t row = 0; row < n_rows; ++row) {
        float* out = a.out + row / a.group * a.out_stride + row % a.group * a.head_dim;
        const float inverse = 1.0F / s.sum[row];
        const float* sums = s.out + row * s.wide;
        for (std::size_t d = 0; d < a.head_dim; ++d) out[d] = sums[d] * inverse;
    }
}

}  // namespace quire::kernels::QUIRE_ISA
