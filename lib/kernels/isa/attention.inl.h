// Attention of a group of query heads over the spans of a sequence, as kernels.h defines it. Rows
// go in tiles, so that each vector of keys and values is used several times. Many rows read a span
// that was made f32 once; few read the page as it is.
#pragma once

namespace quire::kernels::QUIRE_ISA {

inline constexpr int kTileVectors = 4;  // vectors of a row that one tile holds in registers

// Positions [begin, end), absolute or within a span.
struct Positions {
    std::size_t begin;
    std::size_t end;
};

// A query row, of those in order of token, then head.
struct Row {
    std::size_t token;
    std::size_t head;
};
inline Row row_at(const AttentionArgs& a, std::size_t row) {
    const std::size_t token = row / a.group;
    return {token, row - token * a.group};
}
inline Row next_row(const AttentionArgs& a, Row row) {
    if (row.head + 1 < a.group) return {row.token, row.head + 1};
    return {row.token + 1, 0};
}

inline Positions visible(const AttentionArgs& a, std::size_t token) {
    if (!a.causal) return {0, a.n_positions};
    const std::size_t end = a.first_pos + token + 1;
    return {a.window == 0 || end <= a.window ? 0 : end - a.window, end};
}

// The part of it in the span from `span_begin`, relative to that; empty: begin == end.
inline Positions visible_in_span(Positions all, std::size_t span_begin) {
    const std::size_t begin = all.begin > span_begin ? all.begin - span_begin : 0;
    const std::size_t end = all.end > span_begin ? all.end - span_begin : 0;
    if (begin >= kSpan || begin >= end) return {0, 0};
    return {begin, end < kSpan ? end : kSpan};
}

// What one tile of rows is about, for all spans.
template <int kRows>
struct Tile {
    std::size_t first;      // row
    const float* q[kRows];  // (head_dim)
    Positions seen[kRows];  // absolute
};
template <int kRows>
inline Tile<kRows> make_tile(const AttentionArgs& a, std::size_t first) {
    Tile<kRows> tile;
    tile.first = first;
    Row row = row_at(a, first);
    for (int r = 0; r < kRows; ++r, row = next_row(a, row)) {
        tile.q[r] = a.q + row.token * a.q_stride + row.head * a.head_dim;
        tile.seen[r] = visible(a, row.token);
    }
    return tile;
}

// Keys and values of one span: as f32 in scratch, or as they lie in a page. A vector of keys is
// kLanes neighbouring positions.
struct SpanF32 {
    const float* keys;    // (head_dim, 64)
    const float* values;  // (64, wide)

    static F load_vector(const float* p) { return load(p); }
    const float* key_vector(int v, std::size_t) const { return keys + v * kLanes; }
    static constexpr std::size_t kKeyStep = kSpan;  // from one dimension to the next
    void prefetch_key(std::size_t) const {}
    void prefetch_value(std::size_t, std::size_t) const {}
};
struct SpanF16 {
    const std::uint16_t* keys;       // (4, head_dim, 16)
    const std::uint16_t* values;     // (64, wide)
    const std::uint16_t* next_keys;  // of the span behind this one, or these again
    const std::uint16_t* next_values;

    static F load_vector(const std::uint16_t* p) { return load_f16(p); }
    const std::uint16_t* key_vector(int v, std::size_t head_dim) const {
        const auto at = static_cast<std::size_t>(v * kLanes);
        return keys + at / 16 * 16 * head_dim + at % 16;
    }
    static constexpr std::size_t kKeyStep = 16;
    // Spans lie far apart: the next one's lines are asked for while this one is at work.
    void prefetch_key(std::size_t d) const {
        __builtin_prefetch(next_keys + d * kSpan);
        __builtin_prefetch(next_keys + d * kSpan + 32);
    }
    void prefetch_value(std::size_t p, std::size_t wide) const {
        for (std::size_t i = 0; i < wide; i += 32) __builtin_prefetch(next_values + p * wide + i);
    }
};

// scores (kRows, 64): the fma chain over head_dim, for the first n positions (and up to the next
// vector border).
template <int kRows, typename Span>
inline void score_rows(float* scores, const AttentionArgs& a, const Span& span,
                       const float* const (&q)[kRows], std::size_t n) {
    const auto vectors = [&]<int kVectors>(int v) __attribute__((always_inline)) {
        F acc[kRows][kVectors];
        for (auto& sums : acc) {
            for (F& sum : sums) sum = zero();
        }
        const auto* first = span.key_vector(v, a.head_dim);
        std::size_t offset[kVectors];
        for (int i = 0; i < kVectors; ++i) {
            offset[i] = static_cast<std::size_t>(span.key_vector(v + i, a.head_dim) - first);
        }
        for (std::size_t d = 0; d < a.head_dim; ++d, first += Span::kKeyStep) {
            if (v == 0) span.prefetch_key(d);
            F x[kRows];
            unrolled<kRows>([&]<int r>() __attribute__((always_inline)) { x[r] = set1(q[r][d]); });
            unrolled<kVectors>([&]<int i>() __attribute__((always_inline)) {
                const F key = Span::load_vector(first + offset[i]);
                unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
                    acc[r][i] = fma(x[r], key, acc[r][i]);
                });
            });
        }
        for (int r = 0; r < kRows; ++r) {
            for (int i = 0; i < kVectors; ++i) {
                store(scores + static_cast<std::size_t>(r) * kSpan + (v + i) * kLanes, acc[r][i]);
            }
        }
    };
    const int n_vectors = static_cast<int>((n + kLanes - 1) / kLanes);
    int v = 0;
    for (; v + kTileVectors <= n_vectors; v += kTileVectors) {
        vectors.template operator()<kTileVectors>(v);
    }
    for (; v < n_vectors; ++v) vectors.template operator()<1>(v);
}

struct SpanSum {
    float max;
    float sum;
};

// The same as soften() where all 64 positions are visible: in registers.
inline SpanSum soften_whole(float* scores) {
    constexpr int kVectors = static_cast<int>(kSpan) / kLanes;
    F x[kVectors];
    Lanes16 top;
    unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
        x[v] = load(scores + v * kLanes);
        F& part = top.part[v % kHalves];
        part = v < kHalves ? x[v] : max(part, x[v]);
    });
    const float highest = tree_max(top);
    const F shift = set1(highest);
    Lanes16 sum = zero16();
    unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
        x[v] = exp(sub(x[v], shift));
        store(scores + v * kLanes, x[v]);
        sum.part[v % kHalves] = add(sum.part[v % kHalves], x[v]);
    });
    return {highest, tree_sum(sum)};
}

// Turns the scores of the visible positions (at least one) into exp(score - max), the others below
// n into 0. Lanes without a position take no part: a zero changes neither sum.
inline SpanSum soften(float* scores, Positions seen, std::size_t n) {
    if (seen.begin == 0 && seen.end == kSpan) return soften_whole(scores);
    const std::size_t end = (seen.end + 15) / 16 * 16;
    for (std::size_t i = 0; i < seen.begin; ++i) scores[i] = scores[seen.begin];
    for (std::size_t i = seen.end; i < end; ++i) scores[i] = scores[seen.begin];
    Lanes16 top = load16(scores, 16);
    for (std::size_t i = 16; i < end; i += 16) {
        const Lanes16 next = load16(scores + i, 16);
        for (int h = 0; h < kHalves; ++h) top.part[h] = max(top.part[h], next.part[h]);
    }
    const float highest = tree_max(top);
    const F shift = set1(highest);
    for (std::size_t i = 0; i < end; i += kLanes) {
        store(scores + i, exp(sub(load(scores + i), shift)));
    }
    for (std::size_t i = 0; i < seen.begin; ++i) scores[i] = 0.0F;
    for (std::size_t i = seen.end; i < end || i < n; ++i) scores[i] = 0.0F;
    Lanes16 sum = zero16();
    for (std::size_t i = 0; i < end; i += 16) {
        const Lanes16 next = load16(scores + i, 16);
        for (int h = 0; h < kHalves; ++h) sum.part[h] = add(sum.part[h], next.part[h]);
    }
    return {highest, tree_sum(sum)};
}

// sums (kRows, wide) = weights (kRows, 64) x values (64, wide), positions [from, to) in order.
template <int kRows, typename Span>
inline void value_rows(float* sums, const float* weights, const Span& span, std::size_t wide,
                       Positions seen) {
    const auto columns = [&]<int kVectors>(std::size_t c) __attribute__((always_inline)) {
        F acc[kRows][kVectors];
        for (auto& part : acc) {
            for (F& sum : part) sum = zero();
        }
        const auto* value = span.values + seen.begin * wide + c;
        for (std::size_t p = seen.begin; p < seen.end; ++p, value += wide) {
            if (c == 0) span.prefetch_value(p, wide);
            F x[kRows];
            unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
                x[r] = set1(weights[static_cast<std::size_t>(r) * kSpan + p]);
            });
            unrolled<kVectors>([&]<int i>() __attribute__((always_inline)) {
                const F v = Span::load_vector(value + i * kLanes);
                unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
                    acc[r][i] = fma(x[r], v, acc[r][i]);
                });
            });
        }
        for (int r = 0; r < kRows; ++r) {
            for (int i = 0; i < kVectors; ++i) {
                // + 0 makes one zero of both, so that a product with a weight of 0 leaves no trace.
                store(sums + static_cast<std::size_t>(r) * wide + c +
                          static_cast<std::size_t>(i * kLanes),
                      add(acc[r][i], zero()));
            }
        }
    };
    std::size_t c = 0;
    for (; c + kTileVectors * kLanes <= wide; c += kTileVectors * kLanes) {
        columns.template operator()<kTileVectors>(c);
    }
    for (; c < wide; c += kLanes) columns.template operator()<1>(c);
}

// Where the parts of AttentionArgs::scratch begin.
struct AttentionScratch {
    std::size_t wide;  // head_dim rounded up to 16
    float* keys;       // (head_dim, 64)
    float* values;     // (64, wide)
    float* out;        // (n_rows, wide)
    float* max;        // (n_rows)
    float* sum;        // (n_rows)
    float* scores;     // (kQueryTile, 64)
    float* partial;    // (kQueryTile, wide)
};

inline AttentionScratch split_scratch(const AttentionArgs& a) {
    static_assert(kQueryTile <= kMaxQueryTile);
    const std::size_t n_rows = a.n_tokens * a.group;
    AttentionScratch s{};
    s.wide = (a.head_dim + 15) / 16 * 16;
    s.keys = a.scratch;
    s.values = s.keys + a.head_dim * kSpan;
    s.scores = s.values + kSpan * s.wide;
    s.partial = s.scores + kMaxQueryTile * kSpan;
    s.out = s.partial + kMaxQueryTile * s.wide;
    s.max = s.out + n_rows * s.wide;
    s.sum = s.max + n_rows;
    return s;
}

// How the part of a span joins what the spans before it gave; one lane a row.
struct Weights {
    float before[16];
    float now[16];
};
// max and sum take in the span's; n rows, at most 16.
inline Weights join_sums(float* max_so_far, float* sum_so_far, const float* span_max,
                         const float* span_sum, std::size_t n) {
    Weights weights;
    const Lanes16 old_max = load16(max_so_far, n);
    const Lanes16 old_sum = load16(sum_so_far, n);
    const Lanes16 new_max = load16(span_max, 16);
    const Lanes16 new_sum = load16(span_sum, 16);
    float tops[16];
    float sums[16];
    for (int h = 0; h < kHalves; ++h) {
        const F top = max(old_max.part[h], new_max.part[h]);
        const F before = exp(sub(old_max.part[h], top));
        const F now = exp(sub(new_max.part[h], top));
        store(weights.before + h * kLanes, before);
        store(weights.now + h * kLanes, now);
        store(tops + h * kLanes, top);
        store(sums + h * kLanes, fma(old_sum.part[h], before, mul(new_sum.part[h], now)));
    }
    for (std::size_t i = 0; i < n; ++i) {
        max_so_far[i] = tops[i];
        sum_so_far[i] = sums[i];
    }
    return weights;
}

inline void join_row(float* out, const float* partial, float before, float now, std::size_t wide) {
    const F b = set1(before);
    const F n = set1(now);
    for (std::size_t d = 0; d < wide; d += kLanes) {
        store(out + d, fma(load(out + d), b, mul(load(partial + d), n)));
    }
}

inline void copy_row(float* out, const float* partial, std::size_t wide) {
    for (std::size_t d = 0; d < wide; d += kLanes) store(out + d, load(partial + d));
}

inline void finish_row(const AttentionArgs& a, Row row, const float* sums, float sum) {
    float* out = a.out + row.token * a.out_stride + row.head * a.head_dim;
    const F inverse = set1(1.0F / sum);
    map2(out, sums, sums, a.head_dim, [&](F x, F) { return mul(x, inverse); });
}

// What the rows of a tile have of one span; a sum of 0 where a row sees nothing of it.
struct TileSums {
    float max[16];
    float sum[16];
};

// One tile of one span: the rows' parts go to s.partial.
template <int kRows, typename Span>
inline TileSums tile_of_span(const AttentionArgs& a, const AttentionScratch& s, const Span& span,
                             const Tile<kRows>& tile, std::size_t span_begin) {
    TileSums sums = {};
    Positions seen[kRows];
    Positions any{kSpan, 0};  // what at least one row sees, with what lies between
    for (int r = 0; r < kRows; ++r) {
        seen[r] = visible_in_span(tile.seen[r], span_begin);
        if (seen[r].begin == seen[r].end) continue;
        any.begin = seen[r].begin < any.begin ? seen[r].begin : any.begin;
        any.end = seen[r].end > any.end ? seen[r].end : any.end;
    }
    if (any.begin >= any.end) return sums;
    score_rows<kRows>(s.scores, a, span, tile.q, any.end);
    for (int r = 0; r < kRows; ++r) {
        float* scores = s.scores + static_cast<std::size_t>(r) * kSpan;
        if (seen[r].begin == seen[r].end) {
            for (std::size_t i = any.begin; i < any.end; ++i) scores[i] = 0.0F;
            continue;
        }
        if (a.soft_cap > 0.0F) soft_cap(scores, a.soft_cap, (seen[r].end + 15) / 16 * 16);
        const SpanSum row = soften(scores, seen[r], any.end);
        sums.max[r] = row.max;
        sums.sum[r] = row.sum;
    }
    value_rows<kRows>(s.partial, s.scores, span, s.wide, any);
    return sums;
}

template <int kRows, typename Span>
inline void span_rows(const AttentionArgs& a, const AttentionScratch& s, const Span& span,
                      const Tile<kRows>& tile, std::size_t span_begin) {
    const TileSums sums = tile_of_span<kRows>(a, s, span, tile, span_begin);
    const auto n = static_cast<std::size_t>(kRows);
    if (a.partials != nullptr) {
        float* kept = a.partials + (span_begin / kSpan * a.n_tokens * a.group + tile.first) *
                                       attention_partial(a.head_dim);
        for (std::size_t r = 0; r < n; ++r, kept += attention_partial(a.head_dim)) {
            if (sums.sum[r] == 0.0F) continue;
            copy_row(kept, s.partial + r * s.wide, s.wide);
            kept[s.wide] = sums.max[r];
            kept[s.wide + 1] = sums.sum[r];
        }
        return;
    }
    float* max_so_far = s.max + tile.first;
    float* sum_so_far = s.sum + tile.first;
    float old_max[n];
    float old_sum[n];
    for (std::size_t r = 0; r < n; ++r) {
        old_max[r] = max_so_far[r];
        old_sum[r] = sum_so_far[r];
    }
    const Weights weights = join_sums(old_max, old_sum, sums.max, sums.sum, n);
    for (std::size_t r = 0; r < n; ++r) {
        if (sums.sum[r] == 0.0F) continue;
        float* out = s.out + (tile.first + r) * s.wide;
        const float* partial = s.partial + r * s.wide;
        if (tile.seen[r].begin / kSpan == span_begin / kSpan) {
            copy_row(out, partial, s.wide);
            max_so_far[r] = sums.max[r];
            sum_so_far[r] = sums.sum[r];
        } else {
            join_row(out, partial, weights.before[r], weights.now[r], s.wide);
            max_so_far[r] = old_max[r];
            sum_so_far[r] = old_sum[r];
        }
    }
}

// Rows [row, n_rows) in tiles, the largest first.
template <int kRows = kQueryTile, typename Span>
inline void all_rows(const AttentionArgs& a, const AttentionScratch& s, const Span& span,
                     std::size_t row, std::size_t n_rows, std::size_t span_begin) {
    for (; row + kRows <= n_rows; row += kRows) {
        span_rows<kRows>(a, s, span, make_tile<kRows>(a, row), span_begin);
    }
    if constexpr (kRows > 1) {
        if (row < n_rows) all_rows<kRows / 2>(a, s, span, row, n_rows, span_begin);
    }
}

inline SpanF32 load_span(const AttentionArgs& a, const AttentionScratch& s, std::size_t span) {
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
    return {s.keys, s.values};
}

inline void attention(const AttentionArgs& a) noexcept {
    const AttentionScratch s = split_scratch(a);
    const std::size_t n_rows = a.n_tokens * a.group;
    const std::size_t seen_end = (visible(a, a.n_tokens - 1).end + kSpan - 1) / kSpan;
    const std::size_t seen_begin = visible(a, 0).begin / kSpan;
    const std::size_t begin = a.span_begin > seen_begin ? a.span_begin : seen_begin;
    const std::size_t end = a.span_end < seen_end ? a.span_end : seen_end;
    for (std::size_t i = 0; i < n_rows; ++i) s.max[i] = s.sum[i] = 0.0F;
    for (std::size_t span = begin; span < end; ++span) {
        const std::size_t from = span * kSpan;
        // Rows of earlier tokens do not see this span at all.
        const std::size_t row = a.causal && from > a.first_pos ? (from - a.first_pos) * a.group : 0;
        if (n_rows <= 2 * kQueryTile) {
            const std::size_t next = span + 1 < end ? span + 1 : span;
            const SpanF16 page{a.pages[span] + a.k_offset, a.pages[span] + a.v_offset,
                               a.pages[next] + a.k_offset, a.pages[next] + a.v_offset};
            all_rows(a, s, page, row, n_rows, from);
        } else {
            all_rows(a, s, load_span(a, s, span), row, n_rows, from);
        }
    }
    if (a.partials != nullptr) return;
    Row row{0, 0};
    for (std::size_t i = 0; i < n_rows; ++i, row = next_row(a, row)) {
        finish_row(a, row, s.out + i * s.wide, s.sum[i]);
    }
}

inline void attention_join(const AttentionArgs& a) noexcept {
    const AttentionScratch s = split_scratch(a);
    const std::size_t n_rows = a.n_tokens * a.group;
    Row row{0, 0};
    for (std::size_t i = 0; i < n_rows; ++i, row = next_row(a, row)) {
        const Positions seen = visible(a, row.token);
        float max_so_far = 0.0F;
        float sum_so_far = 0.0F;
        for (std::size_t span = seen.begin / kSpan; span * kSpan < seen.end; ++span) {
            const float* kept = a.partials + (span * n_rows + i) * attention_partial(a.head_dim);
            if (span == seen.begin / kSpan) {
                copy_row(s.out, kept, s.wide);
                max_so_far = kept[s.wide];
                sum_so_far = kept[s.wide + 1];
                continue;
            }
            const float span_max[16] = {kept[s.wide]};
            const float span_sum[16] = {kept[s.wide + 1]};
            const Weights weights = join_sums(&max_so_far, &sum_so_far, span_max, span_sum, 1);
            join_row(s.out, kept, weights.before[0], weights.now[0], s.wide);
        }
        finish_row(a, row, s.out, sum_so_far);
    }
}

}  // namespace quire::kernels::QUIRE_ISA
