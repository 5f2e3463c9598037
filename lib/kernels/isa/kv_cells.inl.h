// The cells of the key/value cache; kernels.h describes their layout.
#pragma once

namespace quire::kernels::QUIRE_ISA {

// Each type converts a vector of its cells to f32 and back.
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

// Lines of memory that will be needed next. They are requested a few at a time between products,
// because requests beyond those that the CPU can have pending are lost or make it wait.
class LinesAhead {
  public:
    LinesAhead() = default;
    LinesAhead(const void* first, std::size_t n_bytes)
        : at_(static_cast<const std::byte*>(first)), end_(at_ + n_bytes) {}
    void fetch(int n_lines) {
        for (; n_lines > 0 && at_ < end_; --n_lines, at_ += 64) __builtin_prefetch(at_);
    }

  private:
    const std::byte* at_ = nullptr;
    const std::byte* end_ = nullptr;
};

// max |x[i]|
inline float largest_of(const float* x, std::size_t n) {
    Lanes16 top = zero16();
    for (std::size_t i = 0; i < n; i += kReductionLanes) {
        const Lanes16 in = load16(x + i, n - i);
        for (int v = 0; v < kParts; ++v) {
            top.part[v] = max(top.part[v], max(in.part[v], sub(zero(), in.part[v])));
        }
    }
    return tree_max(top);
}

// Writes x (n) as cells and returns their scale: 0 for types without one.
template <typename Kv>
inline float make_cells(typename Kv::Cell* cells, const float* x, std::size_t n) {
    F inverse = zero();
    float scale = 0.0F;
    if constexpr (Kv::kScaled) {
        const float largest = largest_of(x, n);
        if (largest > 1e-30F) {
            scale = largest / 127.0F;
            inverse = set1(127.0F / largest);
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
    auto* keys = reinterpret_cast<typename Kv::Cell*>(head) +
                 position / kKeyGroup * kKeyGroup * head_dim + position % kKeyGroup;
    typename Kv::Cell cells[kMaxHeadDim];
    set_scale<Kv>(head, kSpanPositions * head_dim, position, make_cells<Kv>(cells, x, head_dim));
    for (std::size_t d = 0; d < head_dim; ++d) keys[d * kKeyGroup] = cells[d];
}

template <typename Kv>
inline void store_value(std::byte* head, std::size_t position, const float* x,
                        std::size_t head_dim) noexcept {
    const std::size_t wide = padded_head_dim(head_dim);
    auto* values = reinterpret_cast<typename Kv::Cell*>(head) + position * wide;
    set_scale<Kv>(head, kSpanPositions * wide, position, make_cells<Kv>(values, x, head_dim));
}

}  // namespace quire::kernels::QUIRE_ISA
