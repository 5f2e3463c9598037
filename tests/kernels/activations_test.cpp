#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/kernels/dispatch.h"
#include "tests/kernels/random_data.h"
#include "tests/kernels/same_bits.h"

using namespace quire;
using namespace quire::test;

namespace {

double gelu_tanh(double x) {
    return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
}

// The formulas in double, in the order of spec::Activation.
constexpr std::array<double (*)(double), kernels::kActivations> kFormulas{
    [](double x) { return x / (1.0 + std::exp(-x)); },
    gelu_tanh,
    [](double x) { return 0.5 * x * (1.0 + std::erf(x * std::sqrt(0.5))); },
    [](double x) { return x / (1.0 + std::exp(-1.702 * x)); },
    [](double x) { return std::max(x, 0.0); },
    [](double x) { return std::tanh(x); },
    [](double x) { return 1.0 / (1.0 + std::exp(-x)); },
    [](double x) { return std::max(x, 0.0) * std::max(x, 0.0); },
    [](double x) { return std::min(x, 7.0) / (1.0 + std::exp(-1.702 * std::min(x, 7.0))); },
};

constexpr float kCurve[] = {0.7F, 1.3F, 0.5F};

// gelu_quick_limited, which adds 1 to what it is multiplied with.
constexpr std::size_t kLimited = 8;

}  // namespace

TEST_CASE("activations: every variant gives the portable bits at any length") {
    Rng rng(11);
    for (const std::size_t n : {1U, 7U, 8U, 16U, 31U, 64U, 576U, 577U}) {
        const auto x = uniform(rng, n);
        const auto y = uniform(rng, n);
        const auto z = uniform(rng, n);
        for (std::size_t a = 0; a < kernels::kActivations; ++a) {
            same_everywhere(x, [&](const auto& t, float* out) { t.activate[a](out, x.data(), n); });
            same_everywhere(x,
                            [&](const auto& t, float* out) { t.gate[a](out, out, y.data(), n); });
        }
        same_everywhere(x, [&](const auto& t, float* out) {
            t.layer_norm(out, x.data(), n, {y.data(), z.data(), 1e-5F});
        });
        same_everywhere(x, [&](const auto& t, float* out) {
            t.layer_norm(out, out, n, {y.data(), nullptr, 1e-5F});
        });
        same_everywhere(x, [&](const auto& t, float* out) { t.soft_cap(out, 7.5F, n); });
        same_everywhere(x, [&](const auto& t, float* out) { t.xielu(out, kCurve, n); });
        same_everywhere(x, [&](const auto& t, float* out) { t.scale(out, 0.37F, n); });
        same_everywhere(x,
                        [&](const auto& t, float* out) { t.add_scaled(out, y.data(), 0.3F, n); });
    }
}

TEST_CASE("activations: each is close to its formula in double, also far from zero") {
    std::vector<float> x;
    for (float v = -60.0F; v <= 60.0F; v += 0.00731F) x.push_back(v);
    std::vector<float> out(x.size());
    for (std::size_t a = 0; a < kernels::kActivations; ++a) {
        CAPTURE(a);
        kernels::choose("portable").activate[a](out.data(), x.data(), x.size());
        double worst = 0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double expected = kFormulas[a](double{x[i]});
            worst = std::max(worst, std::abs(out[i] - expected) / (1.0 + std::abs(expected)));
        }
        CHECK(worst < 6e-7);
        const std::vector<float> ones(x.size(), a == kLimited ? 0.0F : 1.0F);
        std::vector<float> gated(x.size());
        kernels::choose("portable").gate[a](gated.data(), x.data(), ones.data(), x.size());
        CHECK(gated == out);
    }
    const auto limited = kernels::choose("portable").gate[kLimited];
    limited(out.data(), x.data(), x.data(), x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double up = std::clamp(double{x[i]}, -7.0, 7.0) + 1.0;
        CHECK(std::abs(out[i] - kFormulas[kLimited](double{x[i]}) * up) < 3e-5);
    }
    std::vector<float> curved = x;
    kernels::choose("portable").xielu(curved.data(), kCurve, curved.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double low = std::min(double{x[i]}, 0.0);
        const double high = std::max(double{x[i]}, 0.0);
        const double expected = double{kCurve[0]} * high * high +
                                double{kCurve[1]} * (std::expm1(low) - low) +
                                double{kCurve[2]} * x[i];
        CHECK(std::abs(curved[i] - expected) < 6e-7 * (1.0 + std::abs(expected)));
    }
    std::vector<float> capped = x;
    kernels::choose("portable").soft_cap(capped.data(), 30.0F, capped.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        CHECK(std::abs(capped[i] - 30.0 * std::tanh(double{x[i]} / 30.0)) < 1e-5);
    }
}

TEST_CASE("activations: layer_norm is close to its formula, also with a large mean") {
    Rng rng(12);
    const std::size_t n = 577;
    auto x = uniform(rng, n);
    for (float& v : x) v += 100.0F;
    const auto w = uniform(rng, n);
    const auto b = uniform(rng, n);
    std::vector<float> out(n);
    kernels::choose("portable").layer_norm(out.data(), x.data(), n, {w.data(), b.data(), 1e-5F});
    double mean = 0;
    for (const float v : x) mean += double{v} / n;
    double variance = 0;
    for (const float v : x) variance += (v - mean) * (v - mean) / n;
    for (std::size_t i = 0; i < n; ++i) {
        const double expected = (x[i] - mean) / std::sqrt(variance + 1e-5) * w[i] + double{b[i]};
        CHECK(std::abs(out[i] - expected) < 1e-4 * (1.0 + std::abs(expected)));
    }
}
