#include "lib/generate/sampling/logit_rules.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace quire;

namespace {

std::vector<float> copy_of(std::span<const float> x) {
    return {x.begin(), x.end()};
}

}  // namespace

TEST_CASE("logit rules: bias, and penalties for what was generated") {
    const std::vector<float> logits{1.0F, 2.0F, 3.0F};
    generate::LogitRules none({}, nullptr);
    CHECK(none.apply(logits).data() == logits.data());
    generate::LogitRules rules(
        {.frequency_penalty = 0.5F, .presence_penalty = 1.0F, .bias = {{0, 7.0F}}}, nullptr);
    rules.push(2);
    rules.push(2);
    const auto changed = rules.apply(logits);
    CHECK(std::vector<float>(changed.begin(), changed.end()) ==
          std::vector<float>{8.0F, 2.0F, 1.0F});
}

TEST_CASE("logit rules: the repeat penalty acts on the last tokens of prompt and text, once each") {
    std::mt19937 engine(3);
    const auto rng = [&] { return static_cast<std::uint32_t>(engine()); };
    for (int round = 0; round < 50; ++round) {
        const std::int64_t last_n = round % 5 == 0 ? -1 : static_cast<std::int64_t>(rng() % 12);
        std::vector<float> logits(10);
        for (float& x : logits) x = static_cast<float>(rng() % 200) / 10.0F - 10.0F;
        generate::LogitRules rules({.repeat_penalty = 1.3F, .repeat_last_n = last_n}, nullptr);
        std::vector<std::uint32_t> tokens(8);
        for (std::uint32_t& token : tokens) token = rng() % 10;
        rules.read_prompt(std::span(tokens).first(5));
        for (std::size_t i = 5; i < tokens.size(); ++i) rules.push(tokens[i]);

        std::vector<float> expected = logits;
        const std::size_t n =
            last_n < 0 ? tokens.size() : std::min(tokens.size(), static_cast<std::size_t>(last_n));
        for (std::uint32_t token = 0; token < 10; ++token) {
            if (std::find(tokens.end() - static_cast<std::ptrdiff_t>(n), tokens.end(), token) ==
                tokens.end()) {
                continue;
            }
            float& x = expected[token];
            x = x > 0 ? x / 1.3F : x * 1.3F;
        }
        CHECK(copy_of(rules.apply(logits)) == expected);
    }
}

TEST_CASE("logit rules: suppressed tokens stay out, and no logit becomes infinite") {
    constexpr float kMost = std::numeric_limits<float>::max();
    generate::LogitRules rules({.bias = {{0, kMost}, {1, kMost}}, .suppressed = {1, 99}}, nullptr);
    const std::vector<float> logits{kMost, 3.0F, -1.0F};
    const std::vector<float> changed = copy_of(rules.apply(logits));
    for (const float x : changed) CHECK(std::isfinite(x));
    CHECK(changed[1] == std::numeric_limits<float>::lowest());
    CHECK(changed[2] == -1.0F);
}
