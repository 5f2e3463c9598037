// Kernels of cells. A vector lane is a cell.
#pragma once

namespace quire::kernels::QUIRE_ISA {

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
