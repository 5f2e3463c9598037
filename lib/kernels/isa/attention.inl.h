// Attention of a group of query heads over the spans of a sequence, as kernels.h defines it. Rows
// are processed in tiles. A tile goes through all its spans before the next one begins, so that its
// sums stay in the first-level cache.
#pragma once

namespace quire::kernels::QUIRE_ISA {

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
    const std::size_t end = a.first_pos + token + 1;
    if (!a.causal) {
        const std::size_t last = a.first_pos + token + a.window;
        if (a.window == 0) return {0, a.n_positions};
        return {end <= a.window ? 0 : end - a.window, last < a.n_positions ? last : a.n_positions};
    }
    if (a.chunk != 0) return {(end - 1) / a.chunk * a.chunk, end};
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
template <typename Kv, int kRows>
struct Tile {
    std::size_t first;  // index of the first row
    Queries<Kv, kRows> q;
    Positions seen[kRows];  // absolute

    Tile(const AttentionArgs& a, std::size_t first_row) : first(first_row) {
        Row row = row_at(a, first);
        for (int r = 0; r < kRows; ++r, row = next_row(a, row)) {
            q.set(r, a.q + row.token * a.q_stride + row.head * a.head_dim, a.head_dim);
            seen[r] = visible(a, row.token);
        }
    }
};

// The parts of AttentionArgs::scratch.
struct AttentionScratch {
    std::size_t wide;  // padded_head_dim
    float* scores;     // (kQueryTile, 64)
    float* out;        // (kQueryTile, wide): o of the spans so far
};

// Rows of the largest tile. Products of codes need one vector of sums for a row.
template <typename Kv>
inline constexpr int kTileRows = kIsCoded<Kv> ? kCodedQueryTile : kQueryTile;

inline AttentionScratch split_scratch(const AttentionArgs& a) {
    static_assert(kQueryTile <= kMaxQueryTile && kTileRows<KvCodes<4>> <= kMaxQueryTile);
    AttentionScratch s{};
    s.wide = padded_head_dim(value_dim(a));
    s.scores = a.scratch;
    s.out = s.scores + kMaxQueryTile * kSpanPositions;
    return s;
}

// l of a row, with the part of its sink.
inline float sum_with_sink(const AttentionArgs& a, Row row, float max, float sum) {
    if (a.sinks == nullptr) return sum;
    float part[kLanes];
    store(part, exp(set1(a.sinks[row.head] - max)));
    return sum + part[0];
}

inline void finish_row(const AttentionArgs& a, Row row, const float* sums, float sum) {
    float* out = a.out + row.token * a.out_stride + row.head * value_dim(a);
    const F inverse = set1(1.0F / sum);
    map2(out, sums, sums, value_dim(a), [&](F x, F) { return mul(x, inverse); });
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
    return a.partials + (span * a.n_tokens * a.group + row) * attention_partial(value_dim(a));
}

// Lowers the scores of a span's first n positions by their distance from the row's token.
template <int kRows>
inline void lower_by_distance(float* scores, const AttentionArgs& a, Positions span,
                              std::size_t first_row) {
    alignas(64) float lane[kLanes];
    for (int i = 0; i < kLanes; ++i) lane[i] = static_cast<float>(i);
    const F lanes = load(lane);
    Row row = row_at(a, first_row);
    for (std::size_t r = 0; r < kRows; ++r, row = next_row(a, row)) {
        const F slope = set1(0.0F - a.slopes[row.head]);
        const float own = static_cast<float>(a.first_pos + row.token);
        for (std::size_t i = 0; i < span.end; i += kLanes) {
            const F ahead = add(lanes, set1(static_cast<float>(span.begin + i) - own));
            float* at = scores + r * kSpanPositions + i;
            store(at, fma(slope, max(ahead, sub(zero(), ahead)), load(at)));
        }
    }
}

// One span of a tile: joins it to the spans before, s.out and so_far, or stores it in partials.
template <typename Kv, int kRows>
inline void tile_of_span(const AttentionArgs& a, const AttentionScratch& s, Span<Kv>& span,
                         const Tile<Kv, kRows>& tile, TileSums& so_far) {
    Positions seen[kRows];
    for (int r = 0; r < kRows; ++r) {
        seen[r] = visible_in_span(tile.seen[r], span.index * kSpanPositions);
    }
    const Positions any = seen_by_any(seen);
    if (any.begin >= any.end) return;
    score<Kv, kRows>(s.scores, a, span, tile.q, any.end);
    if (a.bias != nullptr) {
        Row row = row_at(a, tile.first);
        for (std::size_t r = 0; r < kRows; ++r, row = next_row(a, row)) {
            add_bias(s.scores + r * kSpanPositions, a, row, span.index * kSpanPositions, any.end);
        }
    }
    if (a.soft_cap > 0.0F) {
        const std::size_t n_keys = (any.end + kKeyGroup - 1) / kKeyGroup * kKeyGroup;
        for (std::size_t r = 0; r < kRows; ++r) {
            soft_cap(s.scores + r * kSpanPositions, a.soft_cap, n_keys);
        }
    }
    if (a.slopes != nullptr) {
        lower_by_distance<kRows>(s.scores, a, {span.index * kSpanPositions, any.end}, tile.first);
    }
    const TileSums sums = softmax_rows<kRows>(s.scores, seen);
    if (a.partials != nullptr) {
        weigh<Kv, kRows>(s.scores, a, span, any, [&](int r, std::size_t c, F sum) {
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
    weigh<Kv, kRows>(s.scores, a, span, any, [&](int r, std::size_t c, F sum) {
        float* out = s.out + static_cast<std::size_t>(r) * s.wide + c;
        store(out, joined(load(out), sum, factors, r));
    });
}

// kRows rows from `first` on, over their spans in order.
template <typename Kv, int kRows>
inline void tile_rows(const AttentionArgs& a, const AttentionScratch& s, std::size_t first) {
    const Tile<Kv, kRows> tile(a, first);
    const std::size_t seen_begin = tile.seen[0].begin / kSpanPositions;
    const std::size_t seen_end = (tile.seen[kRows - 1].end + kSpanPositions - 1) / kSpanPositions;
    const std::size_t begin = a.span_begin > seen_begin ? a.span_begin : seen_begin;
    const std::size_t end = a.span_end < seen_end ? a.span_end : seen_end;
    for (std::size_t i = 0; i < kRows * s.wide; i += kLanes) store(s.out + i, zero());
    TileSums so_far;
    const bool few = a.n_tokens * a.group <= kFewRows;
    if (few && begin < end) touch_span(a, Span<Kv>(a, begin));
    for (std::size_t i = begin; i < end; ++i) {
        Span<Kv> span(a, i);
        if (few && i + 1 < end) span.fetch_next(a);
        tile_of_span<Kv, kRows>(a, s, span, tile, so_far);
    }
    if (a.partials != nullptr) return;
    Row row = row_at(a, first);
    for (std::size_t r = 0; r < kRows; ++r, row = next_row(a, row)) {
        finish_row(a, row, s.out + r * s.wide, sum_with_sink(a, row, so_far.max[r], so_far.sum[r]));
    }
}

// Rows [first, n_rows) in tiles, the largest first; the sizes of smaller ones are powers of two,
// as most groups of heads are.
template <typename Kv, int kRows = kTileRows<Kv>>
inline void all_rows(const AttentionArgs& a, const AttentionScratch& s, std::size_t first,
                     std::size_t n_rows) {
    for (; first + kRows <= n_rows; first += kRows) tile_rows<Kv, kRows>(a, s, first);
    if constexpr (kRows > 1) {
        constexpr int kNext = kRows > 4 ? 4 : kRows > 2 ? 2 : 1;
        if (first < n_rows) all_rows<Kv, kNext>(a, s, first, n_rows);
    }
}

template <typename Kv>
inline void attention(const AttentionArgs& a) noexcept {
    all_rows<Kv>(a, split_scratch(a), 0, a.n_tokens * a.group);
}

inline void attention_join(const AttentionArgs& a) noexcept {
    constexpr std::size_t kTogether = kMaxQueryTile;  // heads of a token
    const AttentionScratch s = split_scratch(a);
    for (Row row{0, 0}; row.token < a.n_tokens;) {
        const Positions seen = visible(a, row.token);
        const std::size_t left = a.group - row.head;
        const std::size_t n = left < kTogether ? left : kTogether;
        for (std::size_t i = 0; i < n * s.wide; i += kLanes) store(s.out + i, zero());
        TileSums so_far;
        for (std::size_t span = seen.begin / kSpanPositions; span * kSpanPositions < seen.end;
             ++span) {
            TileSums sums;
            const float* partials = partial_of(a, span, row.token * a.group + row.head);
            const auto partial = [&](std::size_t r) {
                return partials + r * attention_partial(value_dim(a));
            };
            for (std::size_t r = 0; r < n; ++r) {
                sums.max[r] = partial(r)[s.wide];
                sums.sum[r] = partial(r)[s.wide + 1];
            }
            const JoinFactors factors = join_sums<static_cast<int>(kTogether)>(so_far, sums);
            for (std::size_t r = 0; r < n; ++r) {
                float* out = s.out + r * s.wide;
                for (std::size_t c = 0; c < s.wide; c += kLanes) {
                    store(out + c, joined(load(out + c), load(partial(r) + c), factors,
                                          static_cast<int>(r)));
                }
            }
        }
        for (std::size_t r = 0; r < n; ++r, row = next_row(a, row)) {
            finish_row(a, row, s.out + r * s.wide,
                       sum_with_sink(a, row, so_far.max[r], so_far.sum[r]));
        }
    }
}

}  // namespace quire::kernels::QUIRE_ISA
