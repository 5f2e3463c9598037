// The types of the cache of keys and values; kernels.h says how they lie.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// Each says how cells become f32 and back; n cells from f32 at a time, in whole vectors.
struct KvF16 {
    using Cell = std::uint16_t;
    static constexpr bool kScaled = false;
    static F load(const Cell* p) { return load_f16(p); }
    static void store(Cell* p, F a) { store_f16(p, a); }
};
struct KvF32 {
    using Cell = float;
    static constexpr bool kScaled = false;
    static F load(const Cell* p) { return QUIRE_ISA::load(p); }
    static void store(Cell* p, F a) { QUIRE_ISA::store(p, a); }
};
struct KvInt8 {
    using Cell = std::int8_t;
    static constexpr bool kScaled = true;
    static F load(const Cell* p) { return load_i8(p); }
    static void store(Cell* p, F a) { store_i8(p, a); }
};

// x (n) as cells, and its scale.
template <typename Kv>
inline float make_cells(typename Kv::Cell* cells, const float* x, std::size_t n) {
    F inverse = zero();
    float scale = 0.0F;
    if constexpr (Kv::kScaled) {
        Lanes16 top = zero16();
        for (std::size_t i = 0; i < n; i += 16) {
            const Lanes16 in = load16(x + i, n - i < 16 ? n - i : 16);
            for (int h = 0; h < kHalves; ++h) {
                top.part[h] = max(top.part[h], max(in.part[h], sub(zero(), in.part[h])));
            }
        }
        const float most = tree_max(top);
        if (most > 1e-30F) {
            scale = most / 127.0F;
            inverse = set1(127.0F / most);
        }
    }
    const auto put = [&](typename Kv::Cell* out, F vector) {
        if constexpr (Kv::kScaled) vector = round(mul(vector, inverse));
        Kv::store(out, vector);
    };
    std::size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) put(cells + i, QUIRE_ISA::load(x + i));
    if (i < n) {
        float padded[kLanes] = {};
        typename Kv::Cell rounded[kLanes];
        for (std::size_t j = i; j < n; ++j) padded[j - i] = x[j];
        put(rounded, QUIRE_ISA::load(padded));
        for (std::size_t j = i; j < n; ++j) cells[j] = rounded[j - i];
    }
    return scale;
}

template <typename Kv>
inline void set_scale(std::byte* head, std::size_t n_cells, std::size_t position, float scale) {
    if constexpr (Kv::kScaled) {
        __builtin_memcpy(head + n_cells * sizeof(typename Kv::Cell) + position * sizeof(float),
                         &scale, sizeof(float));
    }
}

template <typename Kv>
inline void store_key(std::byte* head, std::size_t position, const float* x,
                      std::size_t head_dim) noexcept {
    auto* keys =
        reinterpret_cast<typename Kv::Cell*>(head) + position / 16 * 16 * head_dim + position % 16;
    typename Kv::Cell cells[kMaxHeadDim];
    set_scale<Kv>(head, kSpan * head_dim, position, make_cells<Kv>(cells, x, head_dim));
    for (std::size_t d = 0; d < head_dim; ++d) keys[d * 16] = cells[d];
}

template <typename Kv>
inline void store_value(std::byte* head, std::size_t position, const float* x,
                        std::size_t head_dim) noexcept {
    const std::size_t wide = (head_dim + 15) / 16 * 16;
    auto* values = reinterpret_cast<typename Kv::Cell*>(head) + position * wide;
    set_scale<Kv>(head, kSpan * wide, position, make_cells<Kv>(values, x, head_dim));
}

}  // namespace quire::kernels::QUIRE_ISA
