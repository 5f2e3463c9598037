#include "lib/generate/sampling/sampler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "lib/generate/sampling/logprob.h"
#include "lib/kernels/dispatch.h"

using namespace quire;

namespace {

std::vector<float> random_logits(std::size_t n, std::uint32_t seed) {
    std::mt19937 rng(seed);
    std::normal_distribution<float> normal(0.0F, 4.0F);
    std::vector<float> logits(n);
    for (float& x : logits) x = normal(rng);
    return logits;
}

struct Way {
    std::uint32_t top_k;
    float top_p;
    float min_p;
};
constexpr Way kWays[] = {
    {0, 1.0F, 0.0F}, {0, 1.0F, 0.05F}, {0, 0.9F, 0.0F}, {40, 1.0F, 0.0F}, {40, 0.95F, 0.05F}};

generate::Sampler sampler_of(const Way& way, float temperature, std::uint64_t seed) {
    return generate::Sampler({temperature, way.top_k, way.top_p, way.min_p, seed},
                             kernels::choose(""));
}

// The draw by its definition: over all tokens in the order of ids, with probabilities in double.
// Nothing if rounding could decide it.
std::optional<std::uint32_t> draw_slowly(const std::vector<float>& logits, double temperature,
                                         double draw) {
    const double most = *std::ranges::max_element(logits);
    double total = 0;
    for (const float x : logits) total += std::exp((x - most) / temperature);
    double sum = 0;
    for (std::uint32_t i = 0; i < logits.size(); ++i) {
        sum += std::exp((logits[i] - most) / temperature) / total;
        if (std::abs(sum - draw) < 1e-5) return std::nullopt;
        if (draw < sum) return i;
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("sampler: draws follow the softmax at high and low temperatures") {
    const auto logits = random_logits(500, 1);
    std::size_t n_decided = 0;
    for (const double temperature : {0.0001, 0.001, 0.01, 0.5, 1.0, 3.0, 100.0}) {
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            const auto expected =
                draw_slowly(logits, temperature, generate::uniform_draw(seed, 3, 4));
            if (!expected) continue;
            ++n_decided;
            CAPTURE(temperature);
            CAPTURE(seed);
            CHECK(
                sampler_of(kWays[0], static_cast<float>(temperature), seed).sample(logits, 3, 4) ==
                *expected);
        }
    }
    CHECK(n_decided > 300);
}

TEST_CASE("sampler: the smaller the temperature, the likelier the likeliest token") {
    for (std::uint32_t round = 0; round < 20; ++round) {
        auto logits = random_logits(1000, round);
        const auto best = static_cast<std::uint32_t>(generate::index_of_max(logits));
        // The next float below is a rival that only the full precision tells apart.
        logits[(best + 7) % logits.size()] = std::nextafter(logits[best], -1e9F);
        for (const float temperature :
             {1e-9F, 1e-20F, 1e-37F, 1e-38F, std::numeric_limits<float>::denorm_min()}) {
            for (const Way& way : kWays) {
                CAPTURE(temperature);
                CAPTURE(way.top_k);
                CHECK(sampler_of(way, temperature, round).sample(logits, 0, round) == best);
            }
        }
    }
}

TEST_CASE("sampler: logits that overflow when they are divided by the temperature") {
    std::vector<float> logits(100, -3e38F);
    logits[70] = 3e38F;
    logits[71] = 2.9e38F;
    for (const Way& way : kWays) CHECK(sampler_of(way, 0.5F, 1).sample(logits, 0, 0) == 70);
    std::vector<float> low(100, -3.2e38F);
    low[3] = -3e38F;
    for (const Way& way : kWays) CHECK(sampler_of(way, 0.5F, 1).sample(low, 0, 0) == 3);
}
