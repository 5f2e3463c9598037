// The softmax of attention: of the scores of one span, and how spans join. All rows of a tile go
// through each step together, so that none waits for another's reduction.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// Positions [begin, end), absolute or within a span.
struct Positions {
    std::size_t begin;
    std::size_t end;
};

// The maximum of a row that has seen nothing: below any score, and finite, so that the difference
// of two of them is 0.
inline constexpr float kUnseen = -1e30F;

// m and l of kernels.h for the rows of a tile.
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

// Puts `outside` where a row sees nothing.
inline void hide(float* row, Positions seen, float outside) {
    const F out = set1(outside);
    for (int i = 0; i < static_cast<int>(kSpan); i += kLanes) {
        const int begin = static_cast<int>(seen.begin) - i;
        store(row + i, select(load(row + i), out, begin, static_cast<int>(seen.end) - i));
    }
}

// Turns scores (kRows, 64) into exp(score - max) where a row sees the position, else into 0, which
// changes no sum.
template <int kRows>
inline TileSums soften_rows(float* scores, const Positions (&seen)[kRows]) {
    constexpr int kVectors = static_cast<int>(kSpan) / kLanes;
    TileSums sums;
    Lanes16 rows[kRows];
    bool whole[kRows];
    unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
        float* row = scores + static_cast<std::size_t>(r) * kSpan;
        whole[r] = seen[r].begin == 0 && seen[r].end == kSpan;
        if (!whole[r]) hide(row, seen[r], kUnseen);
        for (int v = 0; v < kVectors; ++v) {
            F& part = rows[r].part[v % kHalves];
            part = v < kHalves ? load(row + v * kLanes) : max(part, load(row + v * kLanes));
        }
    });
    fold_rows<Highest>(sums.max, rows);
    unrolled<kRows>([&]<int r>() __attribute__((always_inline)) {
        float* row = scores + static_cast<std::size_t>(r) * kSpan;
        const F shift = set1(sums.max[r]);
        unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
            store(row + v * kLanes, exp(sub(load(row + v * kLanes), shift)));
        });
        if (!whole[r]) hide(row, seen[r], 0.0F);
        rows[r] = zero16();
        for (int v = 0; v < kVectors; ++v) {
            F& part = rows[r].part[v % kHalves];
            part = add(part, load(row + v * kLanes));
        }
    });
    fold_rows<Sum>(sums.sum, rows);
    return sums;
}

// The factors a and b of kernels.h, one lane a row.
struct Weights {
    float before[16];
    float now[16];
};

// m and l of the spans so far take in those of one more. A row that saw nothing, before or now, has
// sums of 0 there and the factor 1 on the other side.
template <int kRows>
inline Weights join_sums(TileSums& so_far, const TileSums& span) {
    Weights weights;
    for (int lane = 0; lane < kRows; lane += kLanes) {
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

inline F joined(F so_far, F span, const Weights& weights, int row) {
    return fma(so_far, set1(weights.before[row]), mul(span, set1(weights.now[row])));
}

}  // namespace quire::kernels::QUIRE_ISA
