// Attention of a group of query heads over the spans of a sequence, as kernels.h defines it. Rows
// are processed in tiles, so that each vector of keys and values is loaded and converted to f32
// once for several rows. A tile goes through all its spans before the next one begins, so that its
// sums stay in the first-level cache.
#pragma once

namespace quire::kernels::QUIRE_ISA {

inline constexpr int kTileVectors = 4;  // vectors of each row that a tile holds in registers

// A query row; rows are in the order of tokens, then heads.
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

// The positions that a token sees.
inline Positions visible(const AttentionArgs& a, std::size_t token) {
    if (!a.causal) return {0, a.n_positions};
    const std::size_t end = a.first_pos + token + 1;
    return {a.window == 0 || end <= a.window ? 0 : end - a.window, end};
}

// The part of `all` in the span that begins at `span_begin`, relative to it; {0, 0} if empty.
inline Positions visible_in_span(Positions all, std::size_t span_begin) {
    const std::size_t begin = all.begin > span_begin ? all.begin - span_begin : 0;
    const std::size_t end = all.end > span_begin ? all.end - span_begin : 0;
    if (begin >= kSpanPositions || begin >= end) return {0, 0};
    return {begin, end < kSpanPositions ? end : kSpanPositions};
}

// With at most this many rows, a call is bound by memory rather than by its products.
inline constexpr std::size_t kFewRows = 16;

// The rows of a tile.
template <int kRows>
struct Tile {
    std::size_t first;      // index of the first row
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

// The keys and values of a span in place. A vector of keys is kLanes neighboring positions.
template <typename Kv>
struct Span {
    using Cell = typename Kv::Cell;
    std::size_t index;   // of the span
    const Cell* keys;    // (4, head_dim, 16)
    const Cell* values;  // (64, wide)

    const Cell* key_vector(int v, std::size_t head_dim) const {
        const auto at = static_cast<std::size_t>(v * kLanes);
        return keys + at / kKeyGroup * kKeyGroup * head_dim + at % kKeyGroup;
    }
};

template <typename Kv>
inline Span<Kv> span_at(const AttentionArgs& a, std::size_t span) {
    return {span, reinterpret_cast<const typename Kv::Cell*>(a.pages[span] + a.k_offset),
            reinterpret_cast<const typename Kv::Cell*>(a.pages[span] + a.v_offset)};
}

// Reads one byte of each cache line of n bytes, to bring them into the cache. In this order they
// arrive twice as fast as in that of the products. (Prefetches are dropped if many are pending.)
inline void touch_lines(const void* p, std::size_t n) {
    for (std::size_t i = 0; i < n; i += 64) {
        static_cast<void>(*(static_cast<const volatile std::byte*>(p) + i));
    }
}

// Multiplies every row of a tile, (kRows, 64), by the scales (64) that follow n cells.
template <typename Kv, int kRows>
inline void scale_rows(float* rows, const typename Kv::Cell* cells, std::size_t n) {
    if constexpr (Kv::kScaled) {
        const auto* scales = reinterpret_cast<const float*>(cells + n);
        for (std::size_t i = 0; i < kSpanPositions; i += kLanes) {
            const F by = load(scales + i);
            for (std::size_t r = 0; r < kRows; ++r) {
                store(rows + r * kSpanPositions + i, mul(load(rows + r * kSpanPositions + i), by));
            }
        }
    }
}

// scores (kRows, 64): the fma chains over head_dim for the first n positions, rounded up to whole
// vectors.
template <typename Kv, int kRows>
inline void score_rows(float* scores, const AttentionArgs& a, const Span<Kv>& span,
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
        for (std::size_t d = 0; d < a.head_dim; ++d, first += kKeyGroup) {
            F x[kRows];
            unrolled<kRows>([&]<int r>() __attribute__((always_inline)) { x[r] = set1(q[r][d]); });
            unrolled<kVectors>([&]<int i>() __attribute__((always_inline)) {
                const F key = Kv::load(first + offset[i]);
                unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
                    acc[r][i] = fma(x[r], key, acc[r][i]);
                });
            });
        }
        for (int r = 0; r < kRows; ++r) {
            for (int i = 0; i < kVectors; ++i) {
                store(scores + static_cast<std::size_t>(r) * kSpanPositions + (v + i) * kLanes,
                      acc[r][i]);
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

// (kRows, wide) = weights (kRows, 64) x values (64, wide) over the positions `seen` in order. Every
// vector of the result is passed to take(row, column, sum).
template <typename Kv, int kRows, typename Take>
inline void value_rows(const float* weights, const Span<Kv>& span, std::size_t wide, Positions seen,
                       const Take& take) {
    const auto columns = [&]<int kVectors>(std::size_t c) __attribute__((always_inline)) {
        F acc[kRows][kVectors];
        for (auto& part : acc) {
            for (F& sum : part) sum = zero();
        }
        const auto* value = span.values + seen.begin * wide + c;
        for (std::size_t p = seen.begin; p < seen.end; ++p, value += wide) {
            F x[kRows];
            unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
                x[r] = set1(weights[static_cast<std::size_t>(r) * kSpanPositions + p]);
            });
            unrolled<kVectors>([&]<int i>() __attribute__((always_inline)) {
                const F v = Kv::load(value + i * kLanes);
                unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
                    acc[r][i] = fma(x[r], v, acc[r][i]);
                });
            });
        }
        unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
            unrolled<kVectors>([&]<int i>() __attribute__((always_inline)) {
                // -0 + 0 is +0, so products with weights of 0 do not change a bit.
                take(r, c + static_cast<std::size_t>(i * kLanes), add(acc[r][i], zero()));
            });
        });
    };
    std::size_t c = 0;
    for (; c + kTileVectors * kLanes <= wide; c += kTileVectors * kLanes) {
        columns.template operator()<kTileVectors>(c);
    }
    for (; c < wide; c += kLanes) columns.template operator()<1>(c);
}

// The parts of AttentionArgs::scratch.
struct AttentionScratch {
    std::size_t wide;  // padded_head_dim
    float* scores;     // (kQueryTile, 64)
    float* out;        // (kQueryTile, wide): o of the spans so far
};

inline AttentionScratch split_scratch(const AttentionArgs& a) {
    static_assert(kQueryTile <= kMaxQueryTile);
    AttentionScratch s{};
    s.wide = padded_head_dim(a.head_dim);
    s.scores = a.scratch;
    s.out = s.scores + kMaxQueryTile * kSpanPositions;
    return s;
}

inline void finish_row(const AttentionArgs& a, Row row, const float* sums, float sum) {
    float* out = a.out + row.token * a.out_stride + row.head * a.head_dim;
    const F inverse = set1(1.0F / sum);
    map2(out, sums, sums, a.head_dim, [&](F x, F) { return mul(x, inverse); });
}

// Positions that at least one row of a tile sees, and those between them; empty: begin >= end.
template <int kRows>
inline Positions seen_by_any(const Positions (&seen)[kRows]) {
    Positions any{kSpanPositions, 0};
    for (const Positions& one : seen) {
        if (one.begin == one.end) continue;
        any.begin = one.begin < any.begin ? one.begin : any.begin;
        any.end = one.end > any.end ? one.end : any.end;
    }
    return any;
}

// Where o', m' and l' of a row and span are stored.
inline float* partial_of(const AttentionArgs& a, std::size_t span, std::size_t row) {
    return a.partials + (span * a.n_tokens * a.group + row) * attention_partial(a.head_dim);
}

// One span of a tile: joins it to the spans before, s.out and so_far, or stores it in partials.
template <typename Kv, int kRows>
inline void tile_of_span(const AttentionArgs& a, const AttentionScratch& s, const Span<Kv>& span,
                         const Tile<kRows>& tile, TileSums& so_far) {
    Positions seen[kRows];
    for (int r = 0; r < kRows; ++r) {
        seen[r] = visible_in_span(tile.seen[r], span.index * kSpanPositions);
    }
    const Positions any = seen_by_any(seen);
    if (any.begin >= any.end) return;
    const std::size_t n_keys = (any.end + kKeyGroup - 1) / kKeyGroup * kKeyGroup;
    if (a.n_tokens * a.group <= kFewRows) {
        constexpr std::size_t kCell = sizeof(typename Kv::Cell);
        touch_lines(span.keys, n_keys * a.head_dim * kCell);
        touch_lines(span.values + any.begin * s.wide, (any.end - any.begin) * s.wide * kCell);
    }
    score_rows<Kv, kRows>(s.scores, a, span, tile.q, any.end);
    scale_rows<Kv, kRows>(s.scores, span.keys, kSpanPositions * a.head_dim);
    if (a.soft_cap > 0.0F) {
        for (std::size_t r = 0; r < kRows; ++r) {
            soft_cap(s.scores + r * kSpanPositions, a.soft_cap, n_keys);
        }
    }
    const TileSums sums = softmax_rows<kRows>(s.scores, seen);
    scale_rows<Kv, kRows>(s.scores, span.values, kSpanPositions * s.wide);
    if (a.partials != nullptr) {
        value_rows<Kv, kRows>(s.scores, span, s.wide, any, [&](int r, std::size_t c, F sum) {
            store(partial_of(a, span.index, tile.first + static_cast<std::size_t>(r)) + c, sum);
        });
        for (std::size_t r = 0; r < kRows; ++r) {
            float* partial = partial_of(a, span.index, tile.first + r);
            partial[s.wide] = sums.max[r];
            partial[s.wide + 1] = sums.sum[r];
        }
        return;
    }
    const JoinFactors factors = join_sums<kRows>(so_far, sums);
    value_rows<Kv, kRows>(s.scores, span, s.wide, any, [&](int r, std::size_t c, F sum) {
        float* out = s.out + static_cast<std::size_t>(r) * s.wide + c;
        store(out, joined(load(out), sum, factors, r));
    });
}

// kRows rows from `first` on, over their spans in order.
template <typename Kv, int kRows>
inline void tile_rows(const AttentionArgs& a, const AttentionScratch& s, std::size_t first) {
    const Tile<kRows> tile = make_tile<kRows>(a, first);
    const std::size_t seen_begin = tile.seen[0].begin / kSpanPositions;
    const std::size_t seen_end = (tile.seen[kRows - 1].end + kSpanPositions - 1) / kSpanPositions;
    const std::size_t begin = a.span_begin > seen_begin ? a.span_begin : seen_begin;
    const std::size_t end = a.span_end < seen_end ? a.span_end : seen_end;
    for (std::size_t i = 0; i < kRows * s.wide; i += kLanes) store(s.out + i, zero());
    TileSums so_far;
    for (std::size_t span = begin; span < end; ++span) {
        tile_of_span<Kv, kRows>(a, s, span_at<Kv>(a, span), tile, so_far);
    }
    if (a.partials != nullptr) return;
    Row row = row_at(a, first);
    for (std::size_t r = 0; r < kRows; ++r, row = next_row(a, row)) {
        finish_row(a, row, s.out + r * s.wide, so_far.sum[r]);
    }
}

// Rows [first, n_rows) in tiles, the largest first.
template <typename Kv, int kRows = kQueryTile>
inline void all_rows(const AttentionArgs& a, const AttentionScratch& s, std::size_t first,
                     std::size_t n_rows) {
    for (; first + kRows <= n_rows; first += kRows) tile_rows<Kv, kRows>(a, s, first);
    if constexpr (kRows > 1) {
        if (first < n_rows) all_rows<Kv, kRows / 2>(a, s, first, n_rows);
    }
}

template <typename Kv>
inline void attention(const AttentionArgs& a) noexcept {
    all_rows<Kv>(a, split_scratch(a), 0, a.n_tokens * a.group);
}

inline void attention_join(const AttentionArgs& a) noexcept {
    const AttentionScratch s = split_scratch(a);
    const std::size_t n_rows = a.n_tokens * a.group;
    Row row{0, 0};
    for (std::size_t i = 0; i < n_rows; ++i, row = next_row(a, row)) {
        const Positions seen = visible(a, row.token);
        for (std::size_t c = 0; c < s.wide; c += kLanes) store(s.out + c, zero());
        TileSums so_far;
        for (std::size_t span = seen.begin / kSpanPositions; span * kSpanPositions < seen.end;
             ++span) {
            const float* partial = partial_of(a, span, i);
            TileSums sums;
            sums.max[0] = partial[s.wide];
            sums.sum[0] = partial[s.wide + 1];
            const JoinFactors factors = join_sums<1>(so_far, sums);
            for (std::size_t c = 0; c < s.wide; c += kLanes) {
                store(s.out + c, joined(load(s.out + c), load(partial + c), factors, 0));
            }
        }
        finish_row(a, row, s.out, so_far.sum[0]);
    }
}

}  // namespace quire::kernels::QUIRE_ISA
