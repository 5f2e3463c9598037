// The products of attention over one span: scores, and weighted sums of values. They are made for the
// rows of a tile together, so that each vector of keys and values is loaded and converted once for
// several rows.
#pragma once

namespace quire::kernels::QUIRE_ISA {

inline constexpr int kTileVectors = 4;  // vectors of each row that a tile holds in registers

// Bytes of the keys and of the values of a span.
template <typename Kv>
inline std::size_t span_keys_bytes(const AttentionArgs& a) {
    if constexpr (kIsCoded<Kv>) return coded_keys_bytes(Kv::kBits, a.head_dim);
    return kSpanPositions * a.head_dim * sizeof(typename Kv::Cell);
}
template <typename Kv>
inline std::size_t span_values_bytes(const AttentionArgs& a) {
    if constexpr (kIsCoded<Kv>) return coded_values_bytes(Kv::kBits, value_dim(a));
    return kSpanPositions * padded_head_dim(value_dim(a)) * sizeof(typename Kv::Cell);
}

// The keys and values of a span in place. A vector of keys is kLanes neighboring positions.
template <typename Kv>
struct Span {
    using Cell = typename Kv::Cell;
    std::size_t index;   // of the span
    const Cell* keys;    // (4, head_dim, 16), and for codes their bytes
    const Cell* values;  // (64, wide)

    // Of the next span: fetched while the keys, and the values, of this one are multiplied.
    LinesAhead next_keys;
    LinesAhead next_values;

    Span(const AttentionArgs& a, std::size_t span)
        : index(span),
          keys(reinterpret_cast<const Cell*>(a.pages[span] + a.k_offset)),
          values(reinterpret_cast<const Cell*>(a.pages[span] + a.v_offset)) {}

    void fetch_next(const AttentionArgs& a) {
        next_keys = LinesAhead(a.pages[index + 1] + a.k_offset, span_keys_bytes<Kv>(a));
        next_values = LinesAhead(a.pages[index + 1] + a.v_offset, span_values_bytes<Kv>(a));
    }
    const Cell* key_vector(int v, std::size_t head_dim) const {
        const auto at = static_cast<std::size_t>(v * kLanes);
        return keys + at / kKeyGroup * kKeyGroup * head_dim + at % kKeyGroup;
    }
};

// Reads one byte of each cache line of n bytes, to bring them into the cache. In this order they
// arrive twice as fast as in that of the products.
inline void touch_lines(const void* p, std::size_t n) {
    for (std::size_t i = 0; i < n; i += 64) {
        static_cast<void>(*(static_cast<const volatile std::byte*>(p) + i));
    }
}

template <typename Kv>
inline void touch_span(const AttentionArgs& a, const Span<Kv>& span) {
    touch_lines(span.keys, span_keys_bytes<Kv>(a));
    touch_lines(span.values, span_values_bytes<Kv>(a));
}

// Lines to fetch with each dimension of keys and each position of values: with heads of 64
// dimensions or more, the next span's arrive while this one is multiplied.
template <typename Kv>
inline constexpr int kCellLines = static_cast<int>(sizeof(typename Kv::Cell));

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
inline void score_rows(float* scores, const AttentionArgs& a, Span<Kv>& span,
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
            span.next_keys.fetch(kCellLines<Kv>);
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
inline void value_rows(const float* weights, Span<Kv>& span, std::size_t wide, Positions seen,
                       const Take& take) {
    const auto columns = [&]<int kVectors>(std::size_t c) __attribute__((always_inline)) {
        F acc[kRows][kVectors];
        for (auto& part : acc) {
            for (F& sum : part) sum = zero();
        }
        const auto* value = span.values + seen.begin * wide + c;
        for (std::size_t p = seen.begin; p < seen.end; ++p, value += wide) {
            span.next_values.fetch(kCellLines<Kv>);
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

// The queries of a tile, as the scores of a type need them.
template <typename Kv, int kRows>
struct Queries {
    const float* at[kRows];  // (head_dim)
    void set(int row, const float* q, std::size_t /*head_dim*/) { at[row] = q; }
};
template <int bits, int kRows>
struct Queries<KvCodes<bits>, kRows> {
    CodedQueries<kRows> coded;
    void set(int row, const float* q, std::size_t head_dim) { code_query(coded, row, q, head_dim); }
};

// scores (kRows, 64) for the first n positions, rounded up to whole vectors.
template <typename Kv, int kRows>
inline void score(float* scores, const AttentionArgs& a, Span<Kv>& span,
                  const Queries<Kv, kRows>& q, std::size_t n) {
    if constexpr (kIsCoded<Kv>) {
        const CodedKeys keys{span.keys, coded_head_dim(a.head_dim) / kCodedBlock};
        score_codes<Kv::kBits, kRows>(scores, keys, q.coded, n, span.next_keys);
    } else {
        score_rows<Kv, kRows>(scores, a, span, q.at, n);
        scale_rows<Kv, kRows>(scores, span.keys, kSpanPositions * a.head_dim);
    }
}

// The sums of the values of a span times `weights` (kRows, 64), which it writes over; see
// value_rows.
template <typename Kv, int kRows, typename Take>
inline void weigh(float* weights, const AttentionArgs& a, Span<Kv>& span, Positions any,
                  const Take& take) {
    const std::size_t wide = padded_head_dim(value_dim(a));
    if constexpr (kIsCoded<Kv>) {
        CodedWeights coded;
        code_weights<kRows>(coded, weights,
                            value_scales<Kv::kBits>(span.values, coded_head_dim(value_dim(a))));
        weigh_codes<Kv::kBits, kRows>(coded, span.values, wide, span.next_values, take);
    } else {
        scale_rows<Kv, kRows>(weights, span.values, kSpanPositions * wide);
        value_rows<Kv, kRows>(weights, span, wide, any, take);
    }
}

}  // namespace quire::kernels::QUIRE_ISA
