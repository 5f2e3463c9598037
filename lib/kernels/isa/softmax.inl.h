// The softmax of attention: over the scores of one span, and how spans are joined. All rows of a
// tile go through each step together, so that their reductions overlap.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// Positions [begin, end), absolute or within a span.
struct Positions {
    std::size_t begin;
    std::size_t end;
};

// The maximum of a row that has seen nothing. It is below any score, and finite, so that the
// difference of two such maximums is 0.
inline constexpr float kUnseen = -1e30F;

// m and l of kernels.h for the rows of a tile, with room for a whole vector of any instruction set.
struct TileSums {
    float max[16];
    float sum[16];
    TileSums() {
        for (int lane = 0; lane < 16; lane += kLanes) {
            store(max + lane, set1(kUnseen));
            store(sum + lane, zero());
        }
    }
};

// Writes `outside` to the positions that a row does not see.
inline void mask_unseen(float* row, Positions seen, float outside) {
    const F out = set1(outside);
    for (int i = 0; i < static_cast<int>(kSpanPositions); i += kLanes) {
        const int begin = static_cast<int>(seen.begin) - i;
        store(row + i, select(load(row + i), out, begin, static_cast<int>(seen.end) - i));
    }
}

// Replaces scores (kRows, 64) by exp(score - max), and by 0 where the row does not see the position.
template <int kRows>
inline TileSums softmax_rows(float* scores, const Positions (&seen)[kRows]) {
    constexpr int kVectors = static_cast<int>(kSpanPositions) / kLanes;
    TileSums sums;
    Lanes16 rows[kRows];
    bool whole[kRows];
    unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
        float* row = scores + static_cast<std::size_t>(r) * kSpanPositions;
        whole[r] = seen[r].begin == 0 && seen[r].end == kSpanPositions;
        if (!whole[r]) mask_unseen(row, seen[r], kUnseen);
        for (int v = 0; v < kVectors; ++v) {
            F& part = rows[r].part[v % kParts];
            part = v < kParts ? load(row + v * kLanes) : max(part, load(row + v * kLanes));
        }
    });
    fold_rows<Highest>(sums.max, rows);
    unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
        float* row = scores + static_cast<std::size_t>(r) * kSpanPositions;
        const F shift = set1(sums.max[r]);
        unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
            store(row + v * kLanes, exp(sub(load(row + v * kLanes), shift)));
        });
        if (!whole[r]) mask_unseen(row, seen[r], 0.0F);
        rows[r] = zero16();
        for (int v = 0; v < kVectors; ++v) {
            F& part = rows[r].part[v % kParts];
            part = add(part, load(row + v * kLanes));
        }
    });
    fold_rows<Sum>(sums.sum, rows);
    return sums;
}

// The factors a and b of kernels.h for the rows of a tile.
struct JoinFactors {
    float so_far[16];
    float span[16];
};

// Joins m and l of one more span to those of the spans so far. If a row saw nothing in one of the
// two, its sums there are 0 and the factor of the other is 1.
template <int kRows>
inline JoinFactors join_sums(TileSums& so_far, const TileSums& span) {
    JoinFactors factors;
    for (int lane = 0; lane < kRows; lane += kLanes) {
        const F old_max = load(so_far.max + lane);
        const F span_max = load(span.max + lane);
        const F top = max(old_max, span_max);
        const F a = exp(sub(old_max, top));
        const F b = exp(sub(span_max, top));
        store(factors.so_far + lane, a);
        store(factors.span + lane, b);
        store(so_far.max + lane, top);
        store(so_far.sum + lane, fma(load(so_far.sum + lane), a, mul(load(span.sum + lane), b)));
    }
    return factors;
}

inline F joined(F so_far, F span, const JoinFactors& factors, int row) {
    return fma(so_far, set1(factors.so_far[row]), mul(span, set1(factors.span[row])));
}

}  // namespace quire::kernels::QUIRE_ISA
