#include "lib/generate/sampling/explain/explained_draw.h"

#include <algorithm>
#include <array>
#include <limits>

#include "lib/generate/sampling/logprob.h"

namespace quire::generate {

namespace {

// The model's probabilities of all tokens.
std::vector<double> softmax_of(std::span<const float> logits, const kernels::KernelTable& kernels) {
    std::vector<float> weights(logits.size());
    kernels.exp_shifted(weights.data(), logits.data(), logits.size(), logits[index_of_max(logits)]);
    double sum = 0;
    for (const float weight : weights) sum += double{weight};
    std::vector<double> probabilities(weights.size());
    std::ranges::transform(weights, probabilities.begin(),
                           [&](float weight) { return double{weight} / sum; });
    return probabilities;
}

double entropy_bits(const std::vector<double>& probabilities) {
    double sum = 0;
    for (const double p : probabilities) {
        if (p > 0) sum -= p * natural_log(p);
    }
    return sum / kLn2;
}

// The n likeliest tokens for the model, of equal ones the lower id first, and the chosen one.
std::vector<std::uint32_t> shown_tokens(std::span<const float> logits, std::size_t n,
                                        std::uint32_t chosen) {
    std::vector<std::uint32_t> ids(logits.size());
    for (std::uint32_t i = 0; i < ids.size(); ++i) ids[i] = i;
    n = std::min(n, ids.size());
    std::ranges::partial_sort(ids, ids.begin() + static_cast<std::ptrdiff_t>(n),
                              [&](std::uint32_t a, std::uint32_t b) {
                                  return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
                              });
    ids.resize(n);
    if (std::ranges::find(ids, chosen) == ids.end()) ids.push_back(chosen);
    return ids;
}

bool is_out(float logit) noexcept {
    return logit <= std::numeric_limits<float>::lowest();
}

}  // namespace

DrawExplainer::DrawExplainer(const SamplerParams& params, const kernels::KernelTable& kernels)
    : kernels_(&kernels), chain_(params, kernels) {}

ExplainedDraw DrawExplainer::explain(const DrawLogits& logits, std::uint32_t chosen, std::size_t n,
                                     std::uint64_t choice, std::uint64_t position) {
    ExplainedDraw draw;
    draw.chosen = chosen;
    const std::vector<double> model = softmax_of(logits.model, *kernels_);
    draw.entropy = entropy_bits(model);
    for (const std::uint32_t id : shown_tokens(logits.model, n, chosen)) {
        WeighedToken token{id, model[id], 0, {}};
        if (is_out(logits.ruled[id])) {
            token.left_out_by = "rules";
        } else if (is_out(logits.allowed[id])) {
            token.left_out_by = "constraint";
        }
        draw.tokens.push_back(std::move(token));
    }
    const auto look = [&](std::string_view step, Candidates& left) {
        const std::vector<double>& probabilities = left.probabilities();
        draw.n_left = left.size();
        for (WeighedToken& token : draw.tokens) {
            if (!token.left_out_by.empty()) continue;
            std::size_t i = 0;
            while (i < left.size() && left.token(i) != token.token) ++i;
            token.drawn = i < left.size() ? probabilities[i] : 0;
            if (i == left.size()) token.left_out_by = step;
        }
    };
    chain_.sample(logits.allowed, choice, position, look);
    return draw;
}

}  // namespace quire::generate
