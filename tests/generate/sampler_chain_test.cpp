#include "lib/generate/sampling/sampler_chain.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <vector>

#include "lib/generate/sampling/sampler.h"
#include "lib/kernels/dispatch.h"

using namespace quire;
using generate::SamplerParams;
using generate::SamplerStep;

namespace {

// Token and probability, likeliest first: every step by its definition, in double.
using Slow = std::vector<std::pair<std::uint32_t, double>>;

Slow normalized(Slow list) {
    double sum = 0;
    for (const auto& entry : list) sum += entry.second;
    for (auto& entry : list) entry.second /= sum;
    return list;
}

double entropy_of(const Slow& list) {
    double sum = 0;
    for (const auto& entry : list) sum -= entry.second * std::log(entry.second);
    return sum;
}

Slow slow_typical(const Slow& list, double p) {
    const double entropy = entropy_of(list);
    Slow by_distance = list;
    std::stable_sort(by_distance.begin(), by_distance.end(), [&](const auto& a, const auto& b) {
        return std::abs(-std::log(a.second) - entropy) < std::abs(-std::log(b.second) - entropy);
    });
    Slow kept;
    double sum = 0;
    for (const auto& entry : by_distance) {
        if (!kept.empty() && sum >= p) break;
        kept.push_back(entry);
        sum += entry.second;
    }
    std::stable_sort(kept.begin(), kept.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return kept;
}

Slow slow_n_sigma(const Slow& list, double n) {
    // Logarithms of probabilities are logits but for a constant.
    double mean = 0;
    for (const auto& entry : list) mean += std::log(entry.second);
    mean /= static_cast<double>(list.size());
    double variance = 0;
    for (const auto& entry : list) {
        variance += (std::log(entry.second) - mean) * (std::log(entry.second) - mean);
    }
    const double sigma = std::sqrt(variance / static_cast<double>(list.size()));
    Slow kept;
    for (const auto& entry : list) {
        if (std::log(entry.second) >= std::log(list.front().second) - n * sigma) {
            kept.push_back(entry);
        }
    }
    return kept;
}

Slow slow_temperature(Slow list, const SamplerParams& params) {
    double t = double{params.temperature};
    if (params.dynatemp_range > 0) {
        const double low = std::max(0.0, t - double{params.dynatemp_range});
        const double high = t + double{params.dynatemp_range};
        const double part = entropy_of(list) / std::log(static_cast<double>(list.size()));
        t = low + (high - low) * std::pow(part, double{params.dynatemp_exponent});
    }
    for (auto& entry : list) entry.second = std::pow(entry.second, 1 / t);
    return list;
}

Slow slow_step(Slow list, SamplerStep step, const SamplerParams& params) {
    list = normalized(std::move(list));
    Slow kept;
    switch (step) {
        case SamplerStep::top_n_sigma:
            return params.top_n_sigma > 0 ? slow_n_sigma(list, double{params.top_n_sigma}) : list;
        case SamplerStep::top_k:
            if (params.top_k > 0) list.resize(std::min<std::size_t>(list.size(), params.top_k));
            return list;
        case SamplerStep::typ_p:
            return params.typical_p < 1 ? slow_typical(list, double{params.typical_p}) : list;
        case SamplerStep::top_p:
            for (double sum = 0; const auto& entry : list) {
                if (!kept.empty() && sum >= double{params.top_p}) break;
                kept.push_back(entry);
                sum += entry.second;
            }
            return kept;
        case SamplerStep::min_p:
            for (const auto& entry : list) {
                if (entry.second >= double{params.min_p} * list.front().second) {
                    kept.push_back(entry);
                }
            }
            return kept;
        case SamplerStep::temperature:
            return slow_temperature(list, params);
        default:
            return list;
    }
}

std::vector<float> normal_logits(std::size_t n, std::uint32_t seed) {
    std::mt19937 rng(seed);
    std::normal_distribution<float> normal(0.0F, 2.0F);
    std::vector<float> logits(n);
    for (float& x : logits) x = normal(rng);
    return logits;
}

Slow slow_start(const std::vector<float>& logits) {
    Slow list;
    for (std::uint32_t i = 0; i < logits.size(); ++i) {
        list.emplace_back(i, std::exp(double{logits[i]}));
    }
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    return list;
}

// Draws n tokens and compares their counts with the probabilities. The limit of chi-square is its
// mean plus six standard deviations.
void check_distribution(const SamplerParams& params, const std::vector<float>& logits,
                        const Slow& expected) {
    constexpr std::uint64_t kDraws = 20000;
    generate::Sampler sampler(params, kernels::choose(""));
    std::map<std::uint32_t, double> counts;
    for (std::uint64_t i = 0; i < kDraws; ++i) counts[sampler.sample(logits, 0, i)] += 1;
    double chi = 0;
    double rare = 0;
    double rare_expected = 0;
    double n_classes = 0;
    for (const auto& entry : expected) {
        const double want = entry.second * static_cast<double>(kDraws);
        const double got = counts[entry.first];
        counts.erase(entry.first);
        if (want < 10) {
            rare += got;
            rare_expected += want;
            continue;
        }
        chi += (got - want) * (got - want) / want;
        ++n_classes;
    }
    if (rare_expected >= 10) {
        chi += (rare - rare_expected) * (rare - rare_expected) / rare_expected;
        ++n_classes;
    }
    CHECK(counts.empty());  // nothing else is ever drawn
    CHECK(chi <= n_classes + 6 * std::sqrt(2 * n_classes) + 6);
}

}  // namespace

TEST_CASE("sampler: every step follows its definition, in the usual and in other orders") {
    using enum SamplerStep;
    const std::vector<std::vector<SamplerStep>> orders{{},
                                                       {temperature, top_k, top_p},
                                                       {min_p, typ_p, top_n_sigma, temperature},
                                                       {top_p, temperature, top_k},
                                                       {temperature}};
    std::vector<SamplerParams> settings;
    for (const auto& order : orders) {
        settings.push_back({.temperature = 0.7F,
                            .top_k = 12,
                            .top_p = 0.8F,
                            .min_p = 0.1F,
                            .typical_p = 0.7F,
                            .top_n_sigma = 1.5F,
                            .order = order});
        settings.push_back({.temperature = 1.5F,
                            .top_k = 0,
                            .top_p = 1.0F,
                            .min_p = 0.0F,
                            .typical_p = 0.9F,
                            .order = order});
        settings.push_back({.temperature = 1.0F,
                            .top_k = 0,
                            .top_p = 1.0F,
                            .min_p = 0.0F,
                            .dynatemp_range = 0.5F,
                            .dynatemp_exponent = 1.4F,
                            .order = order});
    }
    for (std::uint32_t seed = 0; const SamplerParams& params : settings) {
        const std::vector<float> logits = normal_logits(60, ++seed);
        Slow expected = slow_start(logits);
        std::vector<SamplerStep> order = params.order;
        if (order.empty()) order = {top_n_sigma, top_k, typ_p, top_p, min_p, xtc, temperature};
        for (const SamplerStep step : order) expected = slow_step(expected, step, params);
        CAPTURE(seed);
        check_distribution(params, logits, normalized(expected));
    }
}

TEST_CASE("sampler: xtc leaves out the top choices but the last, as often as it was asked to") {
    const std::vector<float> logits{3.0F, 2.9F, 2.8F, 0.0F, -1.0F};
    const SamplerParams params{.temperature = 1.0F,
                               .top_k = 0,
                               .top_p = 1.0F,
                               .min_p = 0.0F,
                               .xtc_probability = 0.25F,
                               .xtc_threshold = 0.2F};
    const Slow all = normalized(slow_start(logits));
    Slow cut = normalized(Slow(all.begin() + 2, all.end()));
    Slow expected;
    for (const auto& entry : all) {
        double p = 0.75 * entry.second;
        for (const auto& other : cut) {
            if (other.first == entry.first) p += 0.25 * other.second;
        }
        expected.emplace_back(entry.first, p);
    }
    check_distribution(params, logits, expected);
    SamplerParams off = params;
    off.xtc_threshold = 0.6F;
    CHECK(!generate::needs_chain(off));
}

TEST_CASE("sampler: mirostat keeps the surprise near its target") {
    const std::vector<float> logits = normal_logits(2000, 5);
    const Slow all = normalized(slow_start(logits));
    std::map<std::uint32_t, double> bits;
    for (const auto& entry : all) bits[entry.first] = -std::log2(entry.second);
    double last = 0;
    for (const float tau : {2.0F, 4.0F, 6.0F}) {
        SamplerParams params{.temperature = 1.0F};
        params.mirostat = generate::Mirostat{tau, 0.1F};
        generate::Sampler sampler(params, kernels::choose(""));
        double sum = 0;
        constexpr std::uint64_t kDraws = 4000;
        for (std::uint64_t i = 0; i < kDraws; ++i) sum += bits[sampler.sample(logits, 0, i)];
        const double mean = sum / static_cast<double>(kDraws);
        CAPTURE(tau);
        CAPTURE(mean);
        CHECK(mean > last + 0.5);
        last = mean;
    }
}

TEST_CASE("sampler: with temperature 0 the likeliest of those that are left is taken") {
    const std::vector<float> logits = normal_logits(100, 9);
    const auto best = static_cast<std::uint32_t>(std::ranges::max_element(logits) - logits.begin());
    SamplerParams params{.temperature = 0.0F, .typical_p = 0.99F};
    params.top_n_sigma = 2.0F;
    generate::Sampler sampler(params, kernels::choose(""));
    for (std::uint64_t i = 0; i < 20; ++i) CHECK(sampler.sample(logits, 0, i) == best);
}

TEST_CASE("sampler: the chain draws the same tokens on every instruction set") {
    const std::vector<float> logits = normal_logits(3000, 11);
    const SamplerParams params{.temperature = 1.3F,
                               .top_k = 0,
                               .top_p = 0.99F,
                               .min_p = 0.001F,
                               .typical_p = 0.95F,
                               .top_n_sigma = 4.0F,
                               .xtc_probability = 0.5F,
                               .xtc_threshold = 0.01F,
                               .dynatemp_range = 0.5F,
                               .dynatemp_exponent = 1.1F};
    std::vector<std::uint32_t> first;
    for (const kernels::KernelTable* table : kernels::available()) {
        generate::Sampler sampler(params, *table);
        std::vector<std::uint32_t> drawn;
        for (std::uint64_t i = 0; i < 300; ++i) drawn.push_back(sampler.sample(logits, 1, i));
        if (first.empty()) first = drawn;
        CHECK(drawn == first);
    }
}

TEST_CASE("sampler: an order is read by names, with a fault for what it cannot be") {
    using Names = std::vector<std::string>;
    const auto order = spec::read_sampler_order(Names{"penalties", "top_k", "temperature"});
    CHECK(order.steps ==
          std::vector{SamplerStep::penalties, SamplerStep::top_k, SamplerStep::temperature});
    CHECK(!order.fault);
    CHECK(*spec::read_sampler_order(Names{"topk"}).fault ==
          "expected names of samplers (penalties, dry, top_n_sigma, top_k, typ_p, top_p, min_p, "
          "xtc, temperature), found \"topk\"");
    CHECK(*spec::read_sampler_order(Names{"top_k", "top_k"}).fault ==
          "expected every sampler once, found top_k twice");
    CHECK(*spec::read_sampler_order(Names{"top_k", "dry"}).fault ==
          "expected dry before top_k, found it after");
    CHECK(*spec::read_sampler_order(Names{"dry", "penalties"}).fault ==
          "expected penalties before dry, found it after");
    CHECK(*spec::read_sampler_order(Names{}).fault == "expected names of samplers, found none");
}
