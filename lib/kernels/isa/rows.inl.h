// Operations on one row of activations: quantization, norms, residual, rotation.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// out[i] = op(a[i], b[i]). What is left after the whole vectors is padded to one, so that all
// elements go through the same operations.
template <typename Op>
inline void map2(float* out, const float* a, const float* b, std::size_t n, Op op) {
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(out + i, op(load(a + i), load(b + i)));
    if (i == n) return;
    const int rest = static_cast<int>(n - i);
    float pad_a[kLanes] = {};
    float pad_b[kLanes] = {};
    for (int j = 0; j < kLanes && j < rest; ++j) {
        pad_a[j] = a[i + static_cast<std::size_t>(j)];
        pad_b[j] = b[i + static_cast<std::size_t>(j)];
    }
    float pad_out[kLanes];
    store(pad_out, op(load(pad_a), load(pad_b)));
    for (int j = 0; j < kLanes && j < rest; ++j) out[i + static_cast<std::size_t>(j)] = pad_out[j];
}

// Blocks that go through each step of quantize() together, so that the scalar work of a block is
// vectorized over the blocks and their reductions overlap.
inline constexpr std::size_t kBlocksAtOnce = 16;

// A sum of codes as an integer; 0 for NaN, whose conversion is undefined in C++. A row that is not
// finite gives NaN; the scale of its block is then NaN too, and so are the products.
inline std::int32_t sum_of_codes(float sum) {
    return sum == sum ? static_cast<std::int32_t>(sum) : 0;
}

inline void quantize_blocks(std::int8_t* codes, ActivationBlock* blocks, const float* x,
                            std::size_t n, std::size_t step) {
    constexpr int kVectors = static_cast<int>(kActivationBlock) / kLanes;
    float top[kBlocksAtOnce] = {};
    float bottom[kBlocksAtOnce] = {};
    for (std::size_t b = 0; b < n; ++b) {
        Lanes16 high = load16(x + b * kActivationBlock, 16);
        Lanes16 low = high;
        const Lanes16 second = load16(x + b * kActivationBlock + 16, 16);
        for (int v = 0; v < kParts; ++v) {
            high.part[v] = max(high.part[v], second.part[v]);
            low.part[v] = min(low.part[v], second.part[v]);
        }
        top[b] = tree_max(high);
        bottom[b] = tree_min(low);
    }

    float mid[kBlocksAtOnce];
    float scale[kBlocksAtOnce];
    float inverse[kBlocksAtOnce];
    for (std::size_t b = 0; b < kBlocksAtOnce; ++b) {
        mid[b] = (top[b] + bottom[b]) * 0.5F;
        const float range = top[b] - bottom[b];
        // The inverse of a smaller range would overflow; such a block is coded as its middle.
        const bool flat = !(range > 1e-30F);
        scale[b] = flat ? 0.0F : range / 254.0F;
        inverse[b] = flat ? 0.0F : 254.0F / range;
    }

    float first[kBlocksAtOnce] = {};
    float last[kBlocksAtOnce] = {};
    for (std::size_t b = 0; b < n; ++b) {
        const float* in = x + b * kActivationBlock;
        std::int8_t* out = codes + b * step * kActivationBlock;
        const F by = set1(inverse[b]);
        const F middle = set1(mid[b]);
        Lanes16 sum[2];
        unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
            // In [-127, 127] without clamping: at most half the range, times 254 / range.
            const F code = round(mul(sub(load(in + v * kLanes), middle), by));
            store_i8(out + v * kLanes, code);
            sum[v / kParts].part[v % kParts] = code;
        });
        first[b] = tree_sum(sum[0]);  // of integers, so exact
        last[b] = tree_sum(sum[1]);
    }

    for (std::size_t b = 0; b < n; ++b) {
        ActivationBlock& block = blocks[b * step];
        block.scale = scale[b];
        block.mid = mid[b];
        block.sum = __builtin_fmaf(scale[b], first[b] + last[b], 32.0F * mid[b]);
        block.code_sum = sum_of_codes(first[b] + last[b]);
        block.half_code_sum[0] = sum_of_codes(first[b]);
        block.half_code_sum[1] = sum_of_codes(last[b]);
        block.half_sum[0] = __builtin_fmaf(scale[b], first[b], 16.0F * mid[b]);
        block.half_sum[1] = __builtin_fmaf(scale[b], last[b], 16.0F * mid[b]);
    }
}

inline void quantize(std::int8_t* codes, ActivationBlock* blocks, const float* x, std::size_t n,
                     std::size_t step) noexcept {
    const std::size_t n_blocks = n / kActivationBlock;
    for (std::size_t b = 0; b < n_blocks; b += kBlocksAtOnce) {
        const std::size_t count = n_blocks - b < kBlocksAtOnce ? n_blocks - b : kBlocksAtOnce;
        quantize_blocks(codes + b * step * kActivationBlock, blocks + b * step,
                        x + b * kActivationBlock, count, step);
    }
}

inline void rms_norm(float* out, const float* x, std::size_t n, const NormArgs& norm) noexcept {
    Lanes16 squares = zero16();
    for (std::size_t i = 0; i < n; i += 16) {
        const Lanes16 in = load16(x + i, n - i);
        for (int v = 0; v < kParts; ++v) {
            squares.part[v] = fma(in.part[v], in.part[v], squares.part[v]);
        }
    }
    const float mean = tree_sum(squares) / static_cast<float>(n);
    const F scale = set1(1.0F / __builtin_sqrtf(mean + norm.eps));
    map2(out, x, norm.weight, n, [&](F a, F w) { return mul(mul(a, scale), w); });
}

// Two passes, as in the reference: if the mean is large, sum(x^2) - n * mean^2 cancels almost all
// digits of the variance.
inline void layer_norm(float* out, const float* x, std::size_t n, const NormArgs& norm) noexcept {
    Lanes16 sum = zero16();
    for (std::size_t i = 0; i < n; i += 16) {
        const Lanes16 in = load16(x + i, n - i);
        for (int v = 0; v < kParts; ++v) sum.part[v] = add(sum.part[v], in.part[v]);
    }
    const float mean = tree_sum(sum) / static_cast<float>(n);
    const F middle = set1(mean);
    Lanes16 squares = zero16();
    for (std::size_t i = 0; i < n; i += 16) {
        Lanes16 in = load16(x + i, n - i);
        float lanes[16];
        for (int v = 0; v < kParts; ++v) {
            store(lanes + v * kLanes, sub(in.part[v], middle));
        }
        in = load16(lanes, n - i < 16 ? n - i : 16);
        for (int v = 0; v < kParts; ++v) {
            squares.part[v] = fma(in.part[v], in.part[v], squares.part[v]);
        }
    }
    const float variance = tree_sum(squares) / static_cast<float>(n);
    const F scale = set1(1.0F / __builtin_sqrtf(variance + norm.eps));
    map2(out, x, norm.weight, n, [&](F a, F w) { return mul(mul(sub(a, middle), scale), w); });
    if (norm.bias != nullptr) map2(out, out, norm.bias, n, [](F a, F b) { return add(a, b); });
}

inline void add_row(float* x, const float* y, std::size_t n) noexcept {
    map2(x, x, y, n, [](F a, F b) { return add(a, b); });
}

inline void scale_row(float* x, float by, std::size_t n) noexcept {
    const F factor = set1(by);
    map2(x, x, x, n, [&](F a, F) { return mul(a, factor); });
}

inline void add_scaled(float* x, const float* y, float by, std::size_t n) noexcept {
    const F factor = set1(by);
    map2(x, x, y, n, [&](F a, F b) { return fma(b, factor, a); });
}

inline void rope(float* x, const float* cos, const float* sin, std::size_t half,
                 float scale) noexcept {
    float* low = x;
    float* high = x + half;
    const F by = set1(scale);
    std::size_t i = 0;
    for (; i + kLanes <= half; i += kLanes) {
        const F a = load(low + i);
        const F b = load(high + i);
        const F c = load(cos + i);
        const F s = load(sin + i);
        store(low + i, mul(fma(sub(zero(), b), s, mul(a, c)), by));
        store(high + i, mul(fma(a, s, mul(b, c)), by));
    }
    for (; i < half; ++i) {
        const float a = low[i];
        const float b = high[i];
        low[i] = __builtin_fmaf(0.0F - b, sin[i], a * cos[i]) * scale;
        high[i] = __builtin_fmaf(a, sin[i], b * cos[i]) * scale;
    }
}

// Butterflies of lanes i and i ^ distance of n values, whole vectors.
template <int distance>
inline void lane_butterflies(float* x, std::size_t n) {
    alignas(64) float signs[kLanes];
    for (int i = 0; i < kLanes; ++i) signs[i] = (i & distance) == 0 ? 1.0F : -1.0F;
    const F sign = load(signs);
    for (std::size_t i = 0; i < n; i += kLanes) {
        const F in = load(x + i);
        store(x + i, fma(in, sign, swap_lanes<distance>(in)));
    }
    if constexpr (distance > 1) lane_butterflies<distance / 2>(x, n);
}

inline void hadamard(float* x, std::size_t n) noexcept {
    const std::size_t block = hadamard_block(n);
    std::size_t distance = block / 2;
    // Whole vectors, as long as there are any.
    for (; block >= kReductionLanes && distance >= kLanes; distance /= 2) {
        for (std::size_t i = 0; i < n; i += 2 * distance) {
            for (std::size_t j = i; j < i + distance; j += kLanes) {
                const F a = load(x + j);
                const F b = load(x + j + distance);
                store(x + j, add(a, b));
                store(x + j + distance, sub(a, b));
            }
        }
    }
    if (block >= kReductionLanes) {
        lane_butterflies<kLanes / 2>(x, n);
        distance = 0;
    }
    for (; distance > 0; distance /= 2) {
        for (std::size_t i = 0; i < n; ++i) {
            if ((i & distance) != 0) continue;
            const float a = x[i];
            const float b = x[i + distance];
            x[i] = a + b;
            x[i + distance] = a - b;
        }
    }
    scale_row(x, 1.0F / __builtin_sqrtf(static_cast<float>(block)), n);
}

inline void exp_shifted(float* out, const float* x, std::size_t n, float shift) noexcept {
    const F by = set1(shift);
    map2(out, x, x, n, [&](F a, F) { return exp(sub(a, by)); });
}

}  // namespace quire::kernels::QUIRE_ISA
