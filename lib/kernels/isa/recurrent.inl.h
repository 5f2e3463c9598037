// Kernels of layers with a state. A vector lane is a channel, or a column of a memory, so that no sum
// crosses lanes.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// log(1 + e^x) as max(x, 0) + log1p(y) with y = e^-|x| in (0, 1]. log1p(y) = 2 atanh(s) with s = y /
// (2 + y) in (0, 1/3], by the series of atanh to s^15: the relative error is below 2e-8 before
// rounding.
inline F softplus(F x) {
    const F size = max(x, sub(zero(), x));
    const F y = exp(sub(zero(), size));
    const F s = div(y, add(y, set1(2.0F)));
    const F square = mul(s, s);
    F p = set1(1.0F / 15.0F);
    p = fma(p, square, set1(1.0F / 13.0F));
    p = fma(p, square, set1(1.0F / 11.0F));
    p = fma(p, square, set1(1.0F / 9.0F));
    p = fma(p, square, set1(1.0F / 7.0F));
    p = fma(p, square, set1(1.0F / 5.0F));
    p = fma(p, square, set1(1.0F / 3.0F));
    p = fma(p, square, set1(1.0F));
    return fma(add(s, s), p, max(x, zero()));
}

inline void decays(const DecayArgs& a) noexcept {
    map2(a.step, a.x, a.bias, a.n, [](F x, F bias) { return softplus(add(x, bias)); });
    map2(a.decay, a.step, a.rate, a.n, [](F step, F rate) { return exp(mul(rate, step)); });
}

// The channels of one vector. The inputs of the last tokens stay in registers.
template <int kWidth>
inline void convolve_channels(const ConvArgs& a, std::size_t channel) {
    F weights[kWidth];
    F in[kWidth];  // of the last kWidth tokens, the newest last
    for (int j = 0; j < kWidth; ++j) {
        const std::size_t at = static_cast<std::size_t>(j) * a.channel_stride + channel;
        weights[j] = load(a.weights + at);
        if (j + 1 < kWidth) in[j] = load(a.history + at);
    }
    const F bias = a.bias == nullptr ? zero() : load(a.bias + channel);
    for (std::size_t t = 0; t < a.n_tokens; ++t) {
        const std::size_t at = t * a.stride + channel;
        in[kWidth - 1] = load(a.x + at);
        if (a.in_gate != nullptr) in[kWidth - 1] = mul(in[kWidth - 1], load(a.in_gate + at));
        F y = bias;
        unrolled<kWidth>([&]<int j>()
                             __attribute__((always_inline)) { y = fma(weights[j], in[j], y); });
        unrolled<kWidth - 1>([&]<int j>() __attribute__((always_inline)) { in[j] = in[j + 1]; });
        if (a.silu) y = silu(y);
        if (a.out_gate != nullptr) y = mul(y, load(a.out_gate + at));
        store(a.x + at, y);
    }
    for (int j = 0; j + 1 < kWidth; ++j) {
        store(a.history + static_cast<std::size_t>(j) * a.channel_stride + channel, in[j]);
    }
}

template <int kWidth>
inline void convolve_width(const ConvArgs& a) {
    for (std::size_t channel = 0; channel < a.n_channels; channel += kLanes) {
        convolve_channels<kWidth>(a, channel);
    }
}

template <int kWidth = 1>
inline void convolve_any(const ConvArgs& a) {
    if constexpr (static_cast<std::size_t>(kWidth) <= kMaxConvWidth) {
        if (a.width == kWidth) {
            convolve_width<kWidth>(a);
        } else {
            convolve_any<kWidth + 1>(a);
        }
    }
}

inline void convolve(const ConvArgs& a) noexcept {
    convolve_any(a);
}

// kVectors vectors of columns over all tokens: their part of the memory stays in the cache. One walk
// through it applies a token, reads the token's result, and what the next token replaces.
template <int kVectors, bool kDelta>
inline void scan_columns(const ScanArgs& a, std::size_t column) {
    float* memory = a.memory + column;
    F replaced[kVectors];  // m of the current token
    for (F& m : replaced) m = zero();
    for (std::size_t i = 0; kDelta && i < a.key_dim; ++i) {
        const F k = set1(a.k[i]);
        unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
            replaced[v] = fma(load(memory + i * a.value_dim + v * kLanes), k, replaced[v]);
        });
    }
    for (std::size_t t = 0; t < a.n_tokens; ++t) {
        const float* q = a.q + t * a.key_stride;
        const float* k = a.k + t * a.key_stride;
        const float* next_k = t + 1 < a.n_tokens ? k + a.key_stride : k;
        float* out = a.v + t * a.value_stride + column;
        const F decay = set1(a.decay[t * a.gate_stride]);
        const F gain = set1(a.gain[t * a.gate_stride]);
        F u[kVectors];
        F y[kVectors];
        unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
            F value = load(out + v * kLanes);
            if constexpr (kDelta) value = fma(sub(zero(), decay), replaced[v], value);
            u[v] = mul(value, gain);
            y[v] = zero();
            replaced[v] = zero();
        });
        for (std::size_t i = 0; i < a.key_dim; ++i) {
            float* row = memory + i * a.value_dim;
            const F key = set1(k[i]);
            const F query = set1(q[i]);
            const F next = set1(next_k[i]);
            unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
                const F cell = fma(key, u[v], mul(load(row + v * kLanes), decay));
                store(row + v * kLanes, cell);
                y[v] = fma(cell, query, y[v]);
                if constexpr (kDelta) replaced[v] = fma(cell, next, replaced[v]);
            });
        }
        unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
            F result = y[v];
            if (a.skip != 0.0F) result = fma(load(out + v * kLanes), set1(a.skip), result);
            store(out + v * kLanes, result);
        });
    }
}

template <bool kDelta>
inline void scan_all(const ScanArgs& a) {
    constexpr int kVectors = kLanes == 16 ? 2 : 32 / kLanes;
    std::size_t column = 0;
    for (; column + kVectors * kLanes <= a.value_dim; column += kVectors * kLanes) {
        scan_columns<kVectors, kDelta>(a, column);
    }
    for (; column < a.value_dim; column += kLanes) scan_columns<1, kDelta>(a, column);
}

inline void scan(const ScanArgs& a) noexcept {
    if (a.delta) {
        scan_all<true>(a);
    } else {
        scan_all<false>(a);
    }
}

// Memories of which each row is kept by a part of its own.

inline void key_gates(const KeyArgs& a) noexcept {
    constexpr float kFastest = -0.606530659712633F;  // -e^-0.5
    map2(a.decay, a.decay, a.decay_bias, a.n,
         [](F x, F bias) { return exp(mul(sigmoid(add(x, bias)), set1(kFastest))); });
    map2(a.gain, a.gain, a.gain_bias, a.n, [](F x, F bias) { return sigmoid(add(x, bias)); });
    map2(a.unit, a.k, a.key_unit, a.n, [](F k, F weight) { return mul(k, weight); });
    for (std::size_t i = 0; i < a.n; i += kLanes) {
        const F k = load(a.k + i);
        const F change = mul(k, sub(load(a.gain + i), set1(1.0F)));
        store(a.k + i, fma(change, load(a.key_gain + i), k));
    }
}

// kVectors vectors of columns over all tokens: their part of the memory stays in the cache.
template <int kVectors>
inline void key_scan_columns(const KeyScanArgs& a, std::size_t column) {
    float* memory = a.memory + column;
    for (std::size_t t = 0; t < a.n_tokens; ++t) {
        const std::size_t at = t * a.stride;
        F replaced[kVectors];
        F value[kVectors];
        F y[kVectors];
        unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
            replaced[v] = zero();
            y[v] = zero();
            value[v] = load(a.v + at + column + v * kLanes);
        });
        for (std::size_t i = 0; i < a.dim; ++i) {
            const float* row = memory + i * a.dim;
            const F unit = set1(a.unit[at + i]);
            unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
                replaced[v] = fma(load(row + v * kLanes), unit, replaced[v]);
            });
        }
        for (std::size_t i = 0; i < a.dim; ++i) {
            float* row = memory + i * a.dim;
            const F decay = set1(a.decay[at + i]);
            const F gone = set1(0.0F - a.unit[at + i] * a.gain[at + i]);
            const F key = set1(a.k[at + i]);
            const F query = set1(a.q[at + i]);
            unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
                const F kept = fma(gone, replaced[v], mul(load(row + v * kLanes), decay));
                const F cell = fma(key, value[v], kept);
                store(row + v * kLanes, cell);
                y[v] = fma(cell, query, y[v]);
            });
        }
        unrolled<kVectors>([&]<int v>() __attribute__((always_inline)) {
            store(a.y + at + column + v * kLanes, y[v]);
        });
    }
}

inline void key_scan(const KeyScanArgs& a) noexcept {
    constexpr int kVectors = kLanes == 16 ? 2 : 32 / kLanes;
    std::size_t column = 0;
    for (; column + kVectors * kLanes <= a.dim; column += kVectors * kLanes) {
        key_scan_columns<kVectors>(a, column);
    }
    for (; column < a.dim; column += kLanes) key_scan_columns<1>(a, column);
}

inline void key_read(const KeyReadArgs& a) noexcept {
    Lanes16 sum = zero16();
    for (std::size_t i = 0; i < a.n; i += 16) {
        for (int v = 0; v < kParts; ++v) {
            const std::size_t at = i + static_cast<std::size_t>(v * kLanes);
            const F product = mul(load(a.q + at), load(a.k + at));
            sum.part[v] = fma(product, load(a.bonus + at), sum.part[v]);
        }
    }
    const F bonus = set1(tree_sum(sum));
    for (std::size_t i = 0; i < a.n; i += kLanes) {
        const F read = fma(bonus, load(a.v + i), load(a.y + i));
        store(a.out + i, mul(read, load(a.gate + i)));
    }
}

inline void blend(const BlendArgs& a) noexcept {
    for (std::size_t i = 0; i < a.n; i += kLanes) {
        const F x = load(a.x + i);
        store(a.out + i, fma(sub(load(a.other + i), x), load(a.part + i), x));
    }
}

// Cells. A vector lane is a cell.

// The cells from i on that one vector takes, of n; what is left of it is padded with zeros.
inline F load_cells(const float* p, std::size_t i, std::size_t n) {
    if (i + kLanes <= n) return load(p + i);
    float padded[kLanes] = {};
    for (std::size_t j = 0; i + j < n; ++j) padded[j] = p[i + j];
    return load(padded);
}

inline void store_cells(float* p, std::size_t i, std::size_t n, F value) {
    if (i + kLanes <= n) return store(p + i, value);
    float padded[kLanes];
    store(padded, value);
    for (std::size_t j = 0; i + j < n; ++j) p[i + j] = padded[j];
}

// The products of the cells of one vector.
struct GateSums {
    const CellArgs& a;
    std::size_t i;

    F part(const float* products, const float* bias, std::size_t gate) const {
        const F product = load_cells(products + gate * a.gate_stride, i, a.n);
        if (bias == nullptr) return product;
        return add(product, load_cells(bias + gate * a.gate_stride, i, a.n));
    }
    F of_x(std::size_t gate) const { return part(a.x, a.x_bias, gate); }
    F of_h(std::size_t gate) const { return part(a.h, a.h_bias, gate); }
    F sum(std::size_t gate) const { return add(of_x(gate), of_h(gate)); }
};

inline void rnn_cells(const CellArgs& a) noexcept {
    for (std::size_t i = 0; i < a.n; i += kLanes) {
        const F x = GateSums{a, i}.sum(0);
        store_cells(a.out, i, a.n, a.relu ? relu(x) : tanh(x));
    }
}

inline void gru_cells(const CellArgs& a) noexcept {
    for (std::size_t i = 0; i < a.n; i += kLanes) {
        const GateSums gates{a, i};
        const F reset = sigmoid(gates.sum(0));
        const F keep = sigmoid(gates.sum(1));
        const F fresh = tanh(fma(reset, gates.of_h(2), gates.of_x(2)));
        const F before = load_cells(a.before, i, a.n);
        store_cells(a.out, i, a.n, fma(keep, sub(before, fresh), fresh));
    }
}

inline void lstm_cells(const CellArgs& a) noexcept {
    for (std::size_t i = 0; i < a.n; i += kLanes) {
        const GateSums gates{a, i};
        const F in = sigmoid(gates.sum(0));
        const F keep = sigmoid(gates.sum(1));
        const F fresh = tanh(gates.sum(2));
        const F shown = sigmoid(gates.sum(3));
        const F second = fma(keep, load_cells(a.second, i, a.n), mul(in, fresh));
        store_cells(a.second, i, a.n, second);
        store_cells(a.out, i, a.n, mul(shown, tanh(second)));
    }
}

}  // namespace quire::kernels::QUIRE_ISA
