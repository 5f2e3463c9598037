#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "lib/kernels/dispatch.h"
#include "lib/tensor/half.h"
#include "tests/kernels/random_data.h"
#include "tests/kernels/same_bits.h"

using namespace quire;
using namespace quire::test;

TEST_CASE(
    "rows: quantized activations are within half a step, with the same bits on every variant") {
    Rng rng(3);
    auto x = uniform(rng, 32 * 9);
    std::fill_n(x.begin(), 32, 0.25F);                     // flat
    std::fill_n(x.begin() + 32, 32, 0.0F);                 // zeros
    for (std::size_t i = 64; i < 96; ++i) x[i] *= 1e-36F;  // too small for a scale
    for (std::size_t i = 96; i < 128; ++i) x[i] += 1000.0F;
    std::vector<std::int8_t> codes(x.size());
    std::vector<kernels::ActivationBlock> blocks(x.size() / 32);
    kernels::choose("portable").quantize(codes.data(), blocks.data(), x.data(), x.size(), 1);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const kernels::ActivationBlock& block = blocks[i / 32];
        const float back = block.scale * static_cast<float>(codes[i]) + block.mid;
        CHECK(std::abs(back - x[i]) <=
              0.5005F * block.scale + 1e-4F * std::abs(block.mid) + 1e-30F);
    }
    for (const kernels::KernelTable* table : kernels::available()) {
        CAPTURE(table->name);
        std::vector<std::int8_t> other_codes(x.size());
        std::vector<kernels::ActivationBlock> other(blocks.size());
        table->quantize(other_codes.data(), other.data(), x.data(), x.size(), 1);
        CHECK(other_codes == codes);
        CHECK(std::memcmp(other.data(), blocks.data(), blocks.size() * sizeof(blocks[0])) == 0);
    }
}

TEST_CASE("rows: norm, sum, exponential and rotation give the portable bits at any length") {
    Rng rng(4);
    for (const std::size_t n : {1U, 7U, 8U, 16U, 31U, 64U, 576U, 577U}) {
        const auto a = uniform(rng, n);
        const auto b = uniform(rng, n);
        same_everywhere(a, [&](const auto& t, float* out) {
            t.rms_norm(out, a.data(), n, {b.data(), nullptr, 1e-5F});
        });
        same_everywhere(a, [&](const auto& t, float* out) { t.add(out, b.data(), n); });
        same_everywhere(a,
                        [&](const auto& t, float* out) { t.exp_shifted(out, a.data(), n, 41.0F); });
        if (n % 2 != 0) continue;
        same_everywhere(a, [&](const auto& t, float* out) {
            t.rope(out, b.data(), b.data() + n / 2, n / 2, 0.37F);
        });
    }
}

TEST_CASE("rows: rms_norm is close to its formula in double") {
    Rng rng(5);
    const std::size_t n = 576;
    const auto x = uniform(rng, n);
    const auto w = uniform(rng, n);
    std::vector<float> out(n);
    double squares = 0;
    for (const float v : x) squares += double{v} * v;
    const double scale = 1.0 / std::sqrt(squares / n + 1e-5);
    kernels::choose("portable").rms_norm(out.data(), x.data(), n, {w.data(), nullptr, 1e-5F});
    for (std::size_t i = 0; i < n; ++i) {
        CHECK(std::abs(out[i] - x[i] * scale * w[i]) <= 4e-7 * std::abs(x[i] * scale * w[i]));
    }
}

TEST_CASE("rows: the exponential is within 1.5 units in the last place over its whole range") {
    std::vector<float> x;
    for (float v = -87.0F; v <= 88.0F; v += 0.00137F) x.push_back(v);
    std::vector<float> out(x.size());
    kernels::choose("portable").exp_shifted(out.data(), x.data(), x.size(), 0.0F);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double expected = std::exp(double{x[i]});
        const double unit = std::ldexp(1.0, std::ilogb(expected) - 23);
        worst = std::max(worst, std::abs(out[i] - expected) / unit);
    }
    CHECK(worst < 1.5);
}

TEST_CASE("rows: every variant rounds to f16 as lib/tensor does") {
    std::vector<float> x;
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
        const float v = tensor::f16_to_f32(static_cast<std::uint16_t>(bits));
        if (std::isnan(v)) continue;
        // The value, its neighbors in f32, and the middle between it and the next f16.
        const auto f32 = std::bit_cast<std::uint32_t>(v);
        for (const std::uint32_t d : {0U, 1U, 0xFFFU, 0x1000U, 0x1001U}) {
            const float y = std::bit_cast<float>(f32 + d);
            if (std::isfinite(y)) x.push_back(y);
        }
    }
    for (const kernels::KernelTable* table : kernels::available()) {
        std::size_t wrong = 0;
        for (std::size_t begin = 0; begin < x.size(); begin += 1000) {
            const std::size_t n = std::min<std::size_t>(1000, x.size() - begin);
            std::vector<std::uint16_t> out(64 * 1008);
            table->store_value[0](reinterpret_cast<std::byte*>(out.data()), 0, &x[begin], n);
            for (std::size_t i = 0; i < n; ++i) {
                wrong += out[i] != tensor::f32_to_f16(x[begin + i]);
            }
        }
        CAPTURE(table->name);
        CHECK(wrong == 0);
    }
}
