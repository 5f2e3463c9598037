#include "lib/tensor/quantize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "lib/tensor/half.h"

namespace quire::tensor {

namespace {

// Four floats that every machine has as one register; each operation is one of each lane.
using Vector = float __attribute__((vector_size(16)));
constexpr std::size_t kLanes = 4;

Vector all(float x) {
    return Vector{x, x, x, x};
}

float sum(Vector v) {
    return (v[0] + v[1]) + (v[2] + v[3]);
}

// The weights of N * kLanes columns under one scale.
template <std::size_t N>
struct Group {
    std::array<Vector, N> w;
    std::array<Vector, N> h;   // importance
    std::array<Vector, N> hw;  // h * w
    float sum_h;
    float sum_hw;
};

// Codes minus their offset, as whole floats.
struct Range {
    float low;
    float high;
};

Range range_of(const DTypeInfo& type) {
    const auto offset = static_cast<float>(code_offset(type));
    return {-offset, static_cast<float>((1 << type.bits) - 1) - offset};
}

// The nearest code, ties to even. Clamped first, so that what is added pushes just the fraction out
// of the mantissa.
Vector nearest(Vector steps, Range range) {
    const Vector low = all(range.low);
    const Vector high = all(range.high);
    const Vector shift = all(0x1.8p23F);
    steps = steps < low ? low : steps;
    steps = steps > high ? high : steps;
    return (steps + shift) - shift;
}

// What scale and minimum leave: sum of h * (w - scale * q - min)^2 over the nearest codes q.
template <std::size_t N>
float error_of(const Group<N>& g, float scale, float min, Range range) {
    const Vector inverse = all(scale != 0.0F ? 1.0F / scale : 0.0F);
    Vector error{};
    for (std::size_t i = 0; i < N; ++i) {
        const Vector q = nearest((g.w[i] - all(min)) * inverse, range);
        const Vector d = g.w[i] - (all(scale) * q + all(min));
        error += g.h[i] * d * d;
    }
    return sum(error);
}

// A scale and minimum, and how much of sum h * w^2 they explain.
struct Fit {
    float scale = 0;
    float min = 0;
    float gain = -1;
};

// The best scale for the codes that 1 / inverse gives.
template <std::size_t N>
Fit fit_scale(const Group<N>& g, float inverse, Range range) {
    Vector wq{};
    Vector qq{};
    for (std::size_t i = 0; i < N; ++i) {
        const Vector q = nearest(g.w[i] * all(inverse), range);
        wq += g.hw[i] * q;
        qq += g.h[i] * q * q;
    }
    const float sum_qq = sum(qq);
    if (!(sum_qq > 0.0F)) return {};
    const float scale = sum(wq) / sum_qq;
    return {scale, 0.0F, scale * sum(wq)};
}

// The best scale and minimum for the codes that 1 / inverse and min give.
template <std::size_t N>
Fit fit_line(const Group<N>& g, float inverse, float min, Range range) {
    Vector q_sum{};
    Vector qq_sum{};
    Vector wq_sum{};
    for (std::size_t i = 0; i < N; ++i) {
        const Vector q = nearest((g.w[i] - all(min)) * all(inverse), range);
        const Vector hq = g.h[i] * q;
        q_sum += hq;
        qq_sum += hq * q;
        wq_sum += g.hw[i] * q;
    }
    const float q = sum(q_sum);
    const float qq = sum(qq_sum);
    const float wq = sum(wq_sum);
    const float determinant = g.sum_h * qq - q * q;
    if (!(determinant > 1e-6F * g.sum_h * qq)) return {};
    const float scale = (g.sum_h * wq - q * g.sum_hw) / determinant;
    const float best_min = (qq * g.sum_hw - q * wq) / determinant;
    return {scale, best_min, scale * wq + best_min * g.sum_hw};
}

// How many codes the extreme weight spans beyond what the type has: scales are tried from the one
// that leaves some codes unused to one that clips the extreme.
struct Search {
    float from;
    float step;
    int n;
};

constexpr Search search_for(int bits) {
    switch (bits) {
        case 2:
            return {-0.45F, 0.15F, 10};
        case 3:
            return {-0.8F, 0.2F, 12};
        case 4:
            return {-1.2F, 0.4F, 10};
        case 5:
            return {-1.5F, 0.75F, 7};
        default:
            return {-1.0F, 1.0F, 5};
    }
}

template <std::size_t N>
Fit search_scale(const Group<N>& g, float extreme, Range range, int bits) {
    const Search search = search_for(bits);
    Fit best;
    for (int i = 0; i < search.n; ++i) {
        // The extreme weight becomes the lowest code, which reaches one further than the highest.
        const float codes = range.low - (search.from + search.step * static_cast<float>(i));
        const Fit fit = fit_scale(g, codes / extreme, range);
        if (fit.gain > best.gain) best = fit;
    }
    return best;
}

template <std::size_t N>
Fit search_line(const Group<N>& g, float low, float high, Range range, int bits) {
    const Search search = search_for(bits);
    Fit best;
    for (int i = 0; i < search.n; ++i) {
        const float beyond = search.from + search.step * static_cast<float>(i);
        const float inverse = (range.high + beyond) / (high - low);
        // What is cut off is cut off on both sides.
        const Fit fit = fit_line(g, inverse, low + 0.5F * beyond / inverse, range);
        if (fit.gain > best.gain) best = fit;
    }
    return best;
}

// Codes and scale in turns: each step can only explain more.
template <std::size_t N>
Fit refine(const Group<N>& g, Fit fit, bool has_min, Range range) {
    for (int i = 0; i < 2 && fit.scale != 0.0F; ++i) {
        const float inverse = 1.0F / fit.scale;
        const Fit next =
            has_min ? fit_line(g, inverse, fit.min, range) : fit_scale(g, inverse, range);
        if (!(next.gain > fit.gain)) break;
        fit = next;
    }
    return fit;
}

template <std::size_t N>
Group<N> group_of(const float* weights, const float* importance) {
    Group<N> g;
    std::memcpy(g.w.data(), weights, sizeof(g.w));
    std::memcpy(g.h.data(), importance, sizeof(g.h));
    Vector h{};
    Vector hw{};
    for (std::size_t i = 0; i < N; ++i) {
        g.hw[i] = g.h[i] * g.w[i];
        h += g.h[i];
        hw += g.hw[i];
    }
    g.sum_h = sum(h);
    g.sum_hw = sum(hw);
    return g;
}

template <std::size_t N>
void quantize_group(Block& block, std::size_t index, const float* weights, const float* importance,
                    const DTypeInfo& type) {
    const auto [low, high] = std::ranges::minmax(std::span(weights, N * kLanes));
    const Range range = range_of(type);
    const Group<N> g = group_of<N>(weights, importance);
    Fit fit;
    if (!type.has_min && (low != 0.0F || high != 0.0F)) {
        fit = search_scale(g, high > -low ? high : low, range, type.bits);
    } else if (type.has_min && high > low) {
        fit = search_line(g, low, high, range, type.bits);
    }
    if (fit.scale == 0.0F) return;
    fit = refine(g, fit, type.has_min, range);
    // f16 bits of the fit, if they do better than those of plain rounding.
    const std::uint16_t scale = f32_to_f16(fit.scale);
    const std::uint16_t min = type.has_min ? f32_to_f16(fit.min) : std::uint16_t{0};
    const float found = error_of(g, f16_to_f32(scale), f16_to_f32(min), range);
    const float plain =
        error_of(g, f16_to_f32(block.scale[index]), f16_to_f32(block.min[index]), range);
    if (!(found < plain)) return;  // also when f16 does not hold the fit
    block.scale[index] = scale;
    block.min[index] = min;
}

// The scale and minimum of encode_block(), without its codes.
void plain_scales(Block& block, std::size_t index, std::span<const float> weights,
                  const DTypeInfo& type) {
    const auto [low, high] = std::ranges::minmax(weights);
    const Range range = range_of(type);
    if (type.has_min) {
        block.min[index] = f32_to_f16(low);
        block.scale[index] = f32_to_f16((high - f16_to_f32(block.min[index])) / range.high);
    } else {
        block.scale[index] = f32_to_f16(std::max(-low, high) / range.high);
    }
}

}  // namespace

Block quantize_block(std::span<const float, kBlock> weights,
                     std::span<const float, kBlock> importance, const DTypeInfo& type) noexcept {
    Block block;
    const auto size = static_cast<std::size_t>(type.group);
    for (std::size_t i = 0; i < kBlock / size; ++i) {
        const float* w = &weights[i * size];
        const float* h = &importance[i * size];
        plain_scales(block, i, weights.subspan(i * size, size), type);
        if (size == kBlock) {
            quantize_group<kBlock / kLanes>(block, i, w, h, type);
        } else {
            quantize_group<kBlock / 2 / kLanes>(block, i, w, h, type);
        }
    }
    fit_codes(block, weights, type);
    return block;
}

void fit_codes(Block& block, std::span<const float, kBlock> weights,
               const DTypeInfo& type) noexcept {
    const Range range = range_of(type);
    const auto size = static_cast<std::size_t>(type.group);
    for (std::size_t i = 0; i < kBlock; i += kLanes) {
        const float scale = f16_to_f32(block.scale[i / size]);
        const float min = f16_to_f32(block.min[i / size]);
        Vector w;
        std::memcpy(&w, &weights[i], sizeof(w));
        const Vector steps = (w - all(min)) * all(scale != 0.0F ? 1.0F / scale : 0.0F);
        const Vector codes = nearest(steps, range) - all(range.low);
        for (std::size_t l = 0; l < kLanes; ++l) {
            block.codes[i + l] = static_cast<std::uint8_t>(codes[l]);
        }
    }
}

float fit_code(Block& block, std::size_t i, float weight, const DTypeInfo& type) noexcept {
    const std::size_t g = i / static_cast<std::size_t>(type.group);
    const float scale = f16_to_f32(block.scale[g]);
    const float min = f16_to_f32(block.min[g]);
    const Range range = range_of(type);
    const float steps = (weight - min) * (scale != 0.0F ? 1.0F / scale : 0.0F);
    const float clamped = std::min(std::max(steps, range.low), range.high);
    const float code = (clamped + 0x1.8p23F) - 0x1.8p23F;
    block.codes[i] = static_cast<std::uint8_t>(code - range.low);
    return scale * code + min;
}

}  // namespace quire::tensor
