#include "lib/generate/sampling/explain/explained_draw.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "lib/generate/sampling/sampler.h"
#include "lib/kernels/dispatch.h"

using namespace quire;
using generate::ExplainedDraw;
using generate::SamplerParams;
using generate::WeighedToken;

namespace {

constexpr float kLeftOut = std::numeric_limits<float>::lowest();

std::vector<float> steep_logits(std::size_t n, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0.0F, 3.0F);
    std::vector<float> logits(n);
    for (float& x : logits) x = normal(random);
    return logits;
}

const WeighedToken& of_token(const ExplainedDraw& draw, std::uint32_t token) {
    return *std::ranges::find(draw.tokens, token, &WeighedToken::token);
}

// exp(logit) / sum, in double.
std::vector<double> slow_softmax(const std::vector<float>& logits) {
    std::vector<double> out;
    double sum = 0;
    for (const float x : logits) sum += std::exp(double{x});
    for (const float x : logits) out.push_back(std::exp(double{x}) / sum);
    return out;
}

}  // namespace

TEST_CASE("explained draw: the model's probabilities and their entropy") {
    const std::vector<float> logits = steep_logits(60, 1);
    generate::DrawExplainer explainer({}, kernels::choose(""));
    const ExplainedDraw draw = explainer.explain({logits, logits, logits}, 5, 60, 0, 0);
    const std::vector<double> expected = slow_softmax(logits);
    double entropy = 0;
    REQUIRE(draw.tokens.size() == 60);
    for (std::size_t i = 0; i < 60; ++i) {
        const WeighedToken& token = draw.tokens[i];
        CHECK(token.model == doctest::Approx(expected[token.token]).epsilon(1e-5));
        if (i > 0) CHECK(token.model <= draw.tokens[i - 1].model);
        entropy -= expected[i] * std::log2(expected[i]);
    }
    CHECK(draw.entropy == doctest::Approx(entropy).epsilon(1e-5));
    CHECK(!draw.forced);
}

TEST_CASE("explained draw: each step is named that left a token out") {
    // Probabilities 0.4, 0.3, 0.2, 0.06, 0.04.
    std::vector<float> logits;
    for (const double p : {0.4, 0.3, 0.2, 0.06, 0.04})
        logits.push_back(static_cast<float>(std::log(p)));
    const SamplerParams params{.temperature = 0.5F, .top_k = 4, .top_p = 0.9F, .min_p = 0.6F};
    generate::DrawExplainer explainer(params, kernels::choose(""));
    const ExplainedDraw draw = explainer.explain({logits, logits, logits}, 0, 5, 0, 0);
    CHECK(of_token(draw, 4).left_out_by == "top_k");
    CHECK(of_token(draw, 3).left_out_by == "top_p");
    CHECK(of_token(draw, 2).left_out_by == "min_p");  // 0.2 is below 0.6 * 0.4
    CHECK(of_token(draw, 1).left_out_by.empty());
    CHECK(draw.n_left == 2);
    // At temperature 0.5 probabilities are squared: 16 to 9.
    CHECK(of_token(draw, 0).drawn == doctest::Approx(0.64).epsilon(1e-4));
    CHECK(of_token(draw, 1).drawn == doctest::Approx(0.36).epsilon(1e-4));
    CHECK(of_token(draw, 2).drawn == 0);

    std::vector<float> ruled = logits;
    ruled[0] = kLeftOut;
    std::vector<float> allowed = ruled;
    allowed[1] = kLeftOut;
    const ExplainedDraw limited = explainer.explain({logits, ruled, allowed}, 2, 5, 0, 1);
    CHECK(of_token(limited, 0).left_out_by == "rules");
    CHECK(of_token(limited, 1).left_out_by == "constraint");
    CHECK(of_token(limited, 2).left_out_by.empty());
}

TEST_CASE("explained draw: what can be drawn sums to 1, and the sampler draws nothing else") {
    const std::vector<SamplerParams> settings{
        {},
        {.temperature = 0.0F},
        {.temperature = 1.3F, .top_k = 0, .top_p = 1.0F, .min_p = 0.0F},
        {.temperature = 0.7F, .top_k = 9, .typical_p = 0.8F},
        {.temperature = 1.0F, .top_k = 20, .xtc_probability = 0.5F, .xtc_threshold = 0.1F},
        {.temperature = 1.0F, .mirostat = generate::Mirostat{3.0F, 0.2F}}};
    for (const SamplerParams& params : settings) {
        generate::Sampler sampler(params, kernels::choose(""));
        generate::DrawExplainer explainer(params, kernels::choose(""));
        for (std::uint64_t position = 0; position < 60; ++position) {
            const std::vector<float> logits =
                steep_logits(80, static_cast<std::uint32_t>(position));
            const std::uint32_t token = sampler.sample(logits, 0, position);
            const ExplainedDraw draw =
                explainer.explain({logits, logits, logits}, token, 80, 0, position);
            double sum = 0;
            std::size_t n_left = 0;
            for (const WeighedToken& weighed : draw.tokens) {
                sum += weighed.drawn;
                n_left += weighed.left_out_by.empty() ? 1 : 0;
                CHECK((weighed.drawn == 0 || weighed.left_out_by.empty()));
            }
            CHECK(sum == doctest::Approx(1.0).epsilon(1e-6));
            CHECK(n_left == draw.n_left);
            CHECK(of_token(draw, token).drawn > 0);
            // The likeliest few are the front of all; the chosen token follows if it is not one of them.
            generate::DrawExplainer brief(params, kernels::choose(""));
            if (params.mirostat) continue;  // depends on the draws before
            const ExplainedDraw few =
                brief.explain({logits, logits, logits}, token, 3, 0, position);
            CHECK(few.tokens.size() == (of_token(few, token).model < draw.tokens[2].model ? 4 : 3));
        }
    }
}
