#include "lib/generate/sampling/sampler.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <vector>

#include "lib/kernels/dispatch.h"

using namespace quire;

namespace {

std::map<std::uint32_t, int> draw(const generate::SamplerParams& params,
                                  const std::vector<float>& logits, int n) {
    generate::Sampler sampler(params, kernels::choose(""));
    std::map<std::uint32_t, int> counts;
    for (int i = 0; i < n; ++i) ++counts[sampler.sample(logits, 0, static_cast<std::uint64_t>(i))];
    return counts;
}

const std::vector<float> kLogits{1.0F, 3.0F, 2.0F, -1.0F, 3.0F, 0.0F};

}  // namespace

TEST_CASE("sampler: temperature 0 takes the likeliest token, the first of equal ones") {
    CHECK(draw({.temperature = 0.0F}, kLogits, 5) == std::map<std::uint32_t, int>{{1, 5}});
}

TEST_CASE("sampler: frequencies follow the softmax at the temperature") {
    const int n = 20000;
    const auto counts =
        draw({.temperature = 2.0F, .top_k = 0, .top_p = 1.0F, .min_p = 0.0F}, kLogits, n);
    double sum = 0;
    for (const float x : kLogits) sum += std::exp(x / 2.0);
    for (std::uint32_t i = 0; i < kLogits.size(); ++i) {
        const double expected = std::exp(kLogits[i] / 2.0) / sum;
        CHECK(std::abs(counts.at(i) / double{n} - expected) < 0.012);
    }
}

TEST_CASE("sampler: top-k, top-p and min-p cut the unlikely") {
    const auto keys = [](const std::map<std::uint32_t, int>& counts) {
        std::vector<std::uint32_t> out;
        for (const auto& [token, n] : counts) out.push_back(token);
        return out;
    };
    using Ids = std::vector<std::uint32_t>;
    generate::SamplerParams all{.temperature = 3.0F, .top_k = 0, .top_p = 1.0F, .min_p = 0.0F};
    CHECK(keys(draw(all, kLogits, 3000)).size() == 6);
    auto params = all;
    params.top_k = 3;
    CHECK(keys(draw(params, kLogits, 3000)) == Ids{1, 2, 4});
    params = all;
    // At temperature 1: 0.389 twice, 0.143, 0.053 ...
    params.top_p = 0.77F;
    CHECK(keys(draw(params, kLogits, 3000)) == Ids{1, 4});
    params.top_p = 0.9F;
    CHECK(keys(draw(params, kLogits, 3000)) == Ids{1, 2, 4});
    params = all;
    params.min_p = 0.3F;
    CHECK(keys(draw(params, kLogits, 3000)) == Ids{1, 2, 4});
}

TEST_CASE("sampler: a draw depends on seed, request and position alone") {
    CHECK(generate::uniform_draw(1, 2, 3) == generate::uniform_draw(1, 2, 3));
    CHECK(generate::uniform_draw(1, 2, 3) != generate::uniform_draw(1, 3, 2));
    CHECK(generate::uniform_draw(1, 2, 3) != generate::uniform_draw(2, 1, 3));
    double sum = 0;
    for (std::uint64_t i = 0; i < 10000; ++i) {
        const double x = generate::uniform_draw(7, 0, i);
        CHECK(x >= 0.0);
        CHECK(x < 1.0);
        sum += x;
    }
    CHECK(std::abs(sum / 10000 - 0.5) < 0.01);
}
