// Attention of a group of query heads over the spans of a sequence, as kernels.h defines it. Rows
// go in tiles, so that each vector of keys and values, made f32 as it is read, is used several
// times; a tile goes through all its spans before the next begins, and its sums stay in the nearest
// cache.
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

// Keys and values of one span where they lie. A vector of keys is kLanes neighbouring positions.
struct Span {
    const std::uint16_t* keys;       // (4, head_dim, 16)
    const std::uint16_t* values;     // (64, wide)
    const std::uint16_t* next_keys;  // of the span behind this one, or these again
    const std::uint16_t* next_values;

    const std::uint16_t* key_vector(int v, std::size_t head_dim) const {
        const auto at = static_cast<std::size_t>(v * kLanes);
        return keys + at / 16 * 16 * head_dim + at % 16;
    }
    // Spans lie far apart: the next one's lines are asked for while this one is at work.
    void prefetch_key(std::size_t d) const {
        __builtin_prefetch(next_keys + d * kSpan);
        __builtin_prefetch(next_keys + d * kSpan + 32);
    }
    void prefetch_value(std::size_t p, std::size_t wide) const {
        for (std::size_t i = 0; i < wide; i += 32) __builtin_prefetch(next_values + p * wide + i);
    }
};

inline Span span_at(const AttentionArgs& a, std::size_t span, std::size_t next) {
    return {a.pages[span] + a.k_offset, a.pages[span] + a.v_offset, a.pages[next] + a.k_offset,
            a.pages[next] + a.v_offset};
}

// scores (kRows, 64): the fma chain over head_dim, for the first n positions (and up to the next
// vector border).
template <int kRows>
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
        for (std::size_t d = 0; d < a.head_dim; ++d, first += 16) {
            if (v == 0) span.prefetch_key(d);
            F x[kRows];
            unrolled<kRows>([&]<int r>() __attribute__((always_inline)) { x[r] = set1(q[r][d]); });
            unrolled<kVectors>([&]<int i>() __attribute__((always_inline)) {
                const F key = load_f16(first + offset[i]);
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
template <int kRows>
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
                const F v = load_f16(value + i * kLanes);
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
    float* scores;     // (kQueryTile, 64)
    float* partial;    // (kQueryTile, wide): of one span
    float* out;        // (kQueryTile, wide): of the spans so far
};

inline AttentionScratch split_scratch(const AttentionArgs& a) {
    static_assert(kQueryTile <= kMaxQueryTile);
    AttentionScratch s{};
    s.wide = (a.head_dim + 15) / 16 * 16;
    s.scores = a.scratch;
    s.partial = s.scores + kMaxQueryTile * kSpan;
    s.out = s.partial + kMaxQueryTile * s.wide;
    return s;
}

// How the part of a span joins what the spans before it gave; one lane a row.
struct Weights {
    float before[16];
    float now[16];
};
// A tile's rows so far take in one span's.
struct TileSums {
    float max[16];
    float sum[16];  // 0 where a row saw nothing
};
inline Weights join_sums(TileSums& so_far, const TileSums& span) {
    Weights weights;
    for (int h = 0; h < kHalves; ++h) {
        const int lane = h * kLanes;
        const F old_max = load(so_far.max + lane);
        const F new_max = load(span.max + lane);
        const F top = max(old_max, new_max);
        const F before = exp(sub(old_max, top));
        const F now = exp(sub(new_max, top));
        store(weights.before + lane, before);
        store(weights.now + lane, now);
        store(so_far.max + lane, top);
        store(so_far.sum + lane,
              fma(load(so_far.sum + lane), before, mul(load(span.sum + lane), now)));
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

// One tile of one span: the rows' parts go to s.partial.
template <int kRows>
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

// One span's part joins what a tile has so far.
template <int kRows>
inline void join_tile(const AttentionScratch& s, TileSums& so_far, const TileSums& span) {
    const TileSums before = so_far;
    const Weights weights = join_sums(so_far, span);
    for (int r = 0; r < kRows; ++r) {
        const std::size_t at = static_cast<std::size_t>(r) * s.wide;
        if (span.sum[r] == 0.0F) {
            so_far.max[r] = before.max[r];
            so_far.sum[r] = before.sum[r];
        } else if (before.sum[r] == 0.0F) {
            copy_row(s.out + at, s.partial + at, s.wide);
            so_far.max[r] = span.max[r];
            so_far.sum[r] = span.sum[r];
        } else {
            join_row(s.out + at, s.partial + at, weights.before[r], weights.now[r], s.wide);
        }
    }
}

template <int kRows>
inline void keep_partials(const AttentionArgs& a, const AttentionScratch& s, const TileSums& sums,
                          std::size_t first, std::size_t span) {
    const std::size_t size = attention_partial(a.head_dim);
    float* kept = a.partials + (span * a.n_tokens * a.group + first) * size;
    for (std::size_t r = 0; r < kRows; ++r, kept += size) {
        if (sums.sum[r] == 0.0F) continue;
        copy_row(kept, s.partial + r * s.wide, s.wide);
        kept[s.wide] = sums.max[r];
        kept[s.wide + 1] = sums.sum[r];
    }
}

// kRows rows from `first` on, through their spans in order.
template <int kRows>
inline void tile_rows(const AttentionArgs& a, const AttentionScratch& s, std::size_t first) {
    const Tile<kRows> tile = make_tile<kRows>(a, first);
    const std::size_t seen_begin = tile.seen[0].begin / kSpan;
    const std::size_t seen_end = (tile.seen[kRows - 1].end + kSpan - 1) / kSpan;
    const std::size_t begin = a.span_begin > seen_begin ? a.span_begin : seen_begin;
    const std::size_t end = a.span_end < seen_end ? a.span_end : seen_end;
    TileSums so_far = {};
    for (std::size_t span = begin; span < end; ++span) {
        const Span page = span_at(a, span, span + 1 < end ? span + 1 : span);
        const TileSums sums = tile_of_span<kRows>(a, s, page, tile, span * kSpan);
        if (a.partials != nullptr) {
            keep_partials<kRows>(a, s, sums, first, span);
        } else {
            join_tile<kRows>(s, so_far, sums);
        }
    }
    if (a.partials != nullptr) return;
    Row row = row_at(a, first);
    for (std::size_t r = 0; r < kRows; ++r, row = next_row(a, row)) {
        finish_row(a, row, s.out + r * s.wide, so_far.sum[r]);
    }
}

// Rows [first, n_rows) in tiles, the largest first.
template <int kRows = kQueryTile>
inline void all_rows(const AttentionArgs& a, const AttentionScratch& s, std::size_t first,
                     std::size_t n_rows) {
    for (; first + kRows <= n_rows; first += kRows) tile_rows<kRows>(a, s, first);
    if constexpr (kRows > 1) {
        if (first < n_rows) all_rows<kRows / 2>(a, s, first, n_rows);
    }
}

inline void attention(const AttentionArgs& a) noexcept {
    all_rows(a, split_scratch(a), 0, a.n_tokens * a.group);
}

inline void attention_join(const AttentionArgs& a) noexcept {
    AttentionScratch s = split_scratch(a);
    const std::size_t n_rows = a.n_tokens * a.group;
    Row row{0, 0};
    for (std::size_t i = 0; i < n_rows; ++i, row = next_row(a, row)) {
        const Positions seen = visible(a, row.token);
        TileSums so_far = {};
        for (std::size_t span = seen.begin / kSpan; span * kSpan < seen.end; ++span) {
            s.partial = a.partials + (span * n_rows + i) * attention_partial(a.head_dim);
            join_tile<1>(s, so_far, {{s.partial[s.wide]}, {s.partial[s.wide + 1]}});
        }
        finish_row(a, row, s.out, so_far.sum[0]);
    }
}

}  // namespace quire::kernels::QUIRE_ISA
