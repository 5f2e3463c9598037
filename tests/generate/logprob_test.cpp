#include "lib/generate/sampling/logprob.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "lib/kernels/dispatch.h"

using namespace quire;

TEST_CASE("logprob: the natural logarithm is libm's within two units in the last place") {
    std::mt19937_64 rng(3);
    for (int i = 0; i < 100000; ++i) {
        const double x = std::ldexp(1.0 + static_cast<double>(rng() >> 12) * 0x1p-52,
                                    static_cast<int>(rng() % 200) - 100);
        const double expected = std::log(x);
        CHECK(std::abs(generate::natural_log(x) - expected) <=
              2 * std::abs(std::nextafter(expected, 1e9) - expected) + 1e-17);
    }
    CHECK(generate::natural_log(1.0) == 0.0);
}

TEST_CASE("logprob: the logarithm of the softmax, the same on every instruction set") {
    std::mt19937 rng(4);
    std::normal_distribution<float> normal(0.0F, 4.0F);
    std::vector<float> logits(1003);
    for (float& x : logits) x = normal(rng);
    double sum = 0;
    for (const float x : logits) sum += std::exp(double{x});
    std::vector<float> first;
    for (const kernels::KernelTable* table : kernels::available()) {
        generate::LogprobScorer scorer(*table);
        const generate::ScoredToken scored = scorer.score(logits, 17, 5);
        CHECK(std::abs(double{scored.chosen.logprob} - (logits[17] - std::log(sum))) < 1e-5);
        REQUIRE(scored.top.size() == 5);
        std::vector<float> found{scored.chosen.logprob};
        for (std::size_t i = 0; i < 5; ++i) {
            if (i > 0) CHECK(scored.top[i - 1].logprob >= scored.top[i].logprob);
            found.push_back(scored.top[i].logprob);
        }
        CHECK(scored.top[0].token == generate::index_of_max(logits));
        if (first.empty()) first = found;
        CHECK(found == first);
    }
}

TEST_CASE("logprob: index_of_max finds the first of the largest values") {
    const std::vector<float> few{1.0F, 3.0F, 3.0F};
    CHECK(generate::index_of_max(few) == 1);
    std::vector<float> many(100, -1.0F);
    many[70] = many[40] = 2.0F;
    CHECK(generate::index_of_max(many) == 40);
}
