#include "lib/tensor/quantize.h"

#include <array>

#include "lib/tensor/half.h"

namespace quire::tensor {

namespace {

// The weights under one scale.
struct Group {
    std::span<const float> w;
    std::span<const float> h;  // importance
};

// A scale and minimum, and by how much they reduce the error from sum h * w^2.
struct Fit {
    float scale = 0;
    float min = 0;
    float gain = 0;
};

// The nearest code, ties to even. Steps are clamped first: adding 1.5 * 2^23 rounds to an integer
// only if they are below 2^22.
float nearest(float steps, CodeRange range) {
    steps = steps > range.low ? steps : range.low;
    steps = steps < range.high ? steps : range.high;
    return (steps + 0x1.8p23F) - 0x1.8p23F;
}

// 0 for scales that are too small to have a useful inverse.
float inverse_of(float x) {
    const float magnitude = x > 0.0F - x ? x : 0.0F - x;
    return magnitude > 1e-30F ? 1.0F / x : 0.0F;
}

void take_better(Fit& best, const Fit& fit) {
    if (fit.gain > best.gain) best = fit;  // never if the gain is NaN
}

// The best scale for the codes that the scale 1 / inverse gives.
Fit fit_scale(const Group& g, float inverse, CodeRange range) {
    float wq = 0;
    float qq = 0;
    for (std::size_t k = 0; k < g.w.size(); ++k) {
        const float q = nearest(g.w[k] * inverse, range);
        const float hq = g.h[k] * q;
        wq += hq * g.w[k];
        qq += hq * q;
    }
    const float scale = wq / qq;
    return {scale, 0.0F, scale * wq};
}

// The best scale and minimum for the codes that the scale 1 / inverse and `min` give.
Fit fit_line(const Group& g, float inverse, float min, CodeRange range) {
    float h_sum = 0;
    float hw_sum = 0;
    float q_sum = 0;
    float qq_sum = 0;
    float wq_sum = 0;
    for (std::size_t k = 0; k < g.w.size(); ++k) {
        const float q = nearest((g.w[k] - min) * inverse, range);
        const float hq = g.h[k] * q;
        h_sum += g.h[k];
        hw_sum += g.h[k] * g.w[k];
        q_sum += hq;
        qq_sum += hq * q;
        wq_sum += hq * g.w[k];
    }
    const float most = h_sum * qq_sum;
    const float determinant = most - q_sum * q_sum;
    const float scale = (h_sum * wq_sum - q_sum * hw_sum) / determinant;
    const float best_min = (qq_sum * hw_sum - q_sum * wq_sum) / determinant;
    const float gain = scale * wq_sum + best_min * hw_sum;
    return {scale, best_min, determinant > 1e-6F * most ? gain : -1.0F};
}

// The error with this scale and minimum: the sum of h * (w - scale * q - min)^2 with the nearest
// codes q.
float error_of(const Group& g, float scale, float min, CodeRange range) {
    const float inverse = inverse_of(scale);
    float error = 0;
    for (std::size_t k = 0; k < g.w.size(); ++k) {
        const float q = nearest((g.w[k] - min) * inverse, range);
        const float d = g.w[k] - (scale * q + min);
        error += g.h[k] * d * d;
    }
    return error;
}

struct Extremes {
    float low;
    float high;
};

Extremes extremes_of(std::span<const float> w) {
    Extremes e{w[0], w[0]};
    for (const float x : w) {
        e.low = x < e.low ? x : e.low;
        e.high = x > e.high ? x : e.high;
    }
    return e;
}

Fit search_scale(const Group& g, Extremes e, const ScaleSearch& search, CodeRange range) {
    const float inverse_extreme = inverse_of(e.high > 0.0F - e.low ? e.high : e.low);
    Fit best;
    for (int i = 0; i < search.n_steps; ++i) {
        // The extreme weight gets the lowest code, whose magnitude is larger by one than that of
        // the highest code.
        const float codes = range.low - (search.first + search.step * static_cast<float>(i));
        take_better(best, fit_scale(g, codes * inverse_extreme, range));
    }
    // Alternates between codes and scale; no step increases the error.
    for (int i = 0; i < 2; ++i) take_better(best, fit_scale(g, inverse_of(best.scale), range));
    return best;
}

Fit search_line(const Group& g, Extremes e, const ScaleSearch& search, CodeRange range) {
    const float inverse_width = inverse_of(e.high - e.low);
    Fit best;
    for (int i = 0; i < search.n_steps; ++i) {
        const float beyond = search.first + search.step * static_cast<float>(i);
        // Both ends are clamped by the same amount.
        const float inverse = (range.high + beyond) * inverse_width;
        const float cut = (0.5F * beyond / (range.high + beyond)) * (e.high - e.low);
        take_better(best, fit_line(g, inverse, e.low + cut, range));
    }
    for (int i = 0; i < 2; ++i) {
        take_better(best, fit_line(g, inverse_of(best.scale), best.min, range));
    }
    return best;
}

void quantize_group(Block& block, std::size_t index, const Group& g, const DTypeInfo& type) {
    const CodeRange range = code_range(type);
    const Extremes e = extremes_of(g.w);
    const ScaleSearch search = scale_search(type);
    const Fit fit =
        type.has_min ? search_line(g, e, search, range) : search_scale(g, e, search, range);
    // The scale and minimum of encode_block().
    const std::uint16_t plain_min = type.has_min ? f32_to_f16(e.low) : std::uint16_t{0};
    const float width = type.has_min            ? e.high - f16_to_f32(plain_min)
                        : e.high > 0.0F - e.low ? e.high
                                                : 0.0F - e.low;
    const std::uint16_t plain_scale = f32_to_f16(width / range.high);
    // The fit, rounded to f16, if its error is less. It is not if the fit overflows f16.
    const std::uint16_t scale = f32_to_f16(fit.scale);
    const std::uint16_t min = f32_to_f16(fit.min);
    const float found = error_of(g, f16_to_f32(scale), f16_to_f32(min), range);
    const float plain = error_of(g, f16_to_f32(plain_scale), f16_to_f32(plain_min), range);
    block.scale[index] = plain > found ? scale : plain_scale;
    block.min[index] = plain > found ? min : plain_min;
}

}  // namespace

ScaleSearch scale_search(const DTypeInfo& type) noexcept {
    switch (type.bits) {
        case 2:
            return {-0.45F, 0.15F, 10};
        case 3:
            return {-0.8F, 0.2F, 12};
        case 4:
            return {-1.2F, 0.4F, 10};
        case 5:
            return {-1.5F, 0.75F, 8};
        default:
            return {-1.0F, 1.0F, 6};
    }
}

CodeRange code_range(const DTypeInfo& type) noexcept {
    const auto offset = static_cast<float>(code_offset(type));
    return {-offset, static_cast<float>((1 << type.bits) - 1) - offset};
}

Block quantize_block(std::span<const float, kBlock> weights,
                     std::span<const float, kBlock> importance, const DTypeInfo& type) noexcept {
    Block block;
    const auto size = static_cast<std::size_t>(type.group);
    for (std::size_t i = 0; i < kBlock / size; ++i) {
        quantize_group(block, i,
                       {weights.subspan(i * size, size), importance.subspan(i * size, size)}, type);
    }
    for (std::size_t i = 0; i < kBlock; ++i) fit_code(block, i, weights[i], type);
    return block;
}

namespace {

// What factors of `numbers` are multiplied by, as f16 bits, so that the number of the largest
// magnitude gets the factor `most`.
std::uint16_t shared(std::span<const float> numbers, float most) {
    float extreme = 0;
    for (const float x : numbers) {
        const float magnitude = x > 0.0F - x ? x : 0.0F - x;
        extreme = magnitude > (extreme > 0.0F ? extreme : 0.0F - extreme) ? x : extreme;
    }
    return f32_to_f16(extreme / most);
}

std::int8_t factor_of(float number, float unit, CodeRange range) {
    return static_cast<std::int8_t>(nearest(number * inverse_of(unit), range));
}

}  // namespace

void share_scales(std::span<Block> unit, const DTypeInfo& type) noexcept {
    const std::size_t n_groups = kBlock / static_cast<std::size_t>(type.group);
    std::array<float, kSuperBlock / 16> scales{};
    std::array<float, kSuperBlock / 16> mins{};
    const std::size_t n = unit.size() * n_groups;
    for (std::size_t i = 0; i < n; ++i) {
        scales[i] = f16_to_f32(unit[i / n_groups].scale[i % n_groups]);
        mins[i] = f16_to_f32(unit[i / n_groups].min[i % n_groups]);
    }
    const auto offset = static_cast<float>(factor_offset(type));
    const float last = static_cast<float>((1 << type.factor_bits) - 1);
    const CodeRange range{0.0F - offset, last - offset};
    // Of factors with a sign, the lowest reaches one further than the highest.
    const std::uint16_t scale =
        shared(std::span(scales).first(n), offset > 0.0F ? range.low : range.high);
    const std::uint16_t min = shared(std::span(mins).first(n), last);
    for (std::size_t i = 0; i < n; ++i) {
        Block& block = unit[i / n_groups];
        const std::size_t g = i % n_groups;
        block.factor[g] = factor_of(scales[i], f16_to_f32(scale), range);
        block.min_factor[g] = type.has_min ? factor_of(mins[i], f16_to_f32(min), {0.0F, last}) : 0;
        block.scale[g] = g == 0 ? scale : 0;
        block.min[g] = g == 0 && type.has_min ? min : 0;
    }
}

void quantize_unit(std::span<Block> blocks, std::span<const float> weights,
                   std::span<const float> importance, const DTypeInfo& type) noexcept {
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        blocks[b] =
            quantize_block(weights.subspan(b * kBlock).first<kBlock>(),
                           importance.subspan(b * kBlock).first<kBlock>(), with_one_level(type));
    }
    if (type.factor_bits == 0) return;
    share_scales(blocks, type);
    for (std::size_t i = 0; i < blocks.size() * kBlock; ++i) {
        fit_code(blocks[i / kBlock], i % kBlock, weights[i], type);
    }
}

float fit_code(Block& block, std::size_t i, float weight, const DTypeInfo& type) noexcept {
    const std::size_t g = i / static_cast<std::size_t>(type.group);
    const float scale = group_scale(block, g, type);
    const float min = group_min(block, g, type);
    const CodeRange range = code_range(type);
    const float code = nearest((weight - min) * inverse_of(scale), range);
    block.codes[i] = static_cast<std::uint8_t>(code - range.low);
    return scale * code + min;
}

}  // namespace quire::tensor
