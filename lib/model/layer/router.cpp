// The router of a layer with experts: scores of all experts, which of them a token goes to, and with
// which weights.
// sources: Shazeer et al. 2017, "Outrageously Large Neural Networks"; DeepSeek-AI 2024, "DeepSeek-V3
// Technical Report", for sigmoids, offsets and groups.

#include <algorithm>
#include <cmath>

#include "lib/model/layer/blocks.h"

namespace quire::model {

namespace {

// Below every score with its offset.
constexpr float kNever = -INFINITY;

// Replaces products by scores, up to a common factor: returns what to divide them by.
float to_scores(const kernels::KernelTable& table, const spec::LayerSpec& spec,
                std::span<float> scores) noexcept {
    switch (spec.router_score) {
        case spec::RouterScore::softmax: {
            const float top = *std::ranges::max_element(scores);
            table.exp_shifted(scores.data(), scores.data(), scores.size(), top);
            float all = 0.0F;
            for (const float score : scores) all += score;
            return all;
        }
        case spec::RouterScore::sigmoid: {
            constexpr auto kSigmoid = static_cast<std::size_t>(spec::Activation::sigmoid);
            table.activate[kSigmoid](scores.data(), scores.data(), scores.size());
            return 1.0F;
        }
    }
    return 1.0F;
}

// Of the experts of one group.
float score_of(spec::GroupScore kind, std::span<const float> scores) noexcept {
    float first = kNever;
    float second = kNever;
    for (const float score : scores) {
        second = std::max(second, std::min(first, score));
        first = std::max(first, score);
    }
    return kind == spec::GroupScore::two ? first + second : first;
}

// Rules out the experts of all groups but those with the largest scores. Of equal ones, the lower
// index counts. group_scores (n_expert_groups) is scratch.
void limit_groups(const spec::LayerSpec& spec, std::span<float> scores,
                  std::span<float> group_scores) noexcept {
    const std::size_t size = scores.size() / spec.n_expert_groups;
    for (std::size_t g = 0; g < spec.n_expert_groups; ++g) {
        group_scores[g] = score_of(spec.group_score, scores.subspan(g * size, size));
    }
    for (std::size_t g = 0; g < spec.n_expert_groups; ++g) {
        std::size_t n_before = 0;
        for (std::size_t other = 0; other < spec.n_expert_groups; ++other) {
            const bool before = group_scores[other] > group_scores[g] ||
                                (group_scores[other] == group_scores[g] && other < g);
            n_before += before ? 1 : 0;
        }
        if (n_before >= spec.n_groups_used) {
            std::ranges::fill(scores.subspan(g * size, size), kNever);
        }
    }
}

// The experts of one row and their weights. Of equally likely ones, the lower index.
void choose(const Step& step, const LayerView& layer, std::size_t row) noexcept {
    const spec::LayerSpec& spec = layer.spec;
    ExpertRows& experts = step.work.experts;
    const std::size_t n = spec.n_experts;
    const std::size_t n_used = spec.n_experts_used;
    const std::span<float> scores{experts.scores.at(row * experts.score_stride), n};
    const std::span<float> choice{experts.choice.at(row * 2 * experts.score_stride), n};
    std::uint32_t* chosen = experts.chosen.at(row * n_used);
    float* shares = experts.shares.at(row * n_used);
    float all = to_scores(*step.model.kernels, spec, scores);
    if (layer.weights.router_offsets != nullptr) {
        for (std::size_t e = 0; e < n; ++e) scores[e] /= all;
        all = 1.0F;
    }
    std::ranges::copy(scores, choice.begin());
    if (layer.weights.router_offsets != nullptr) {
        for (std::size_t e = 0; e < n; ++e) choice[e] += layer.weights.router_offsets[e];
    }
    if (spec.n_groups_used < spec.n_expert_groups) {
        limit_groups(spec, choice, {choice.data() + experts.score_stride, spec.n_expert_groups});
    }
    float sum = 0.0F;
    for (std::size_t k = 0; k < n_used; ++k) {
        const auto best =
            static_cast<std::uint32_t>(std::ranges::max_element(choice) - choice.begin());
        sum += scores[best];
        // Ascending, by insertion, as there are few.
        std::size_t at = k;
        for (; at > 0 && chosen[at - 1] > best; --at) {
            chosen[at] = chosen[at - 1];
            shares[at] = shares[at - 1];
        }
        chosen[at] = best;
        shares[at] = scores[best];
        choice[best] = kNever;
    }
    const float scale = spec.normalize_experts ? sum : all;
    for (std::size_t k = 0; k < n_used; ++k) {
        shares[k] /= scale;
        if (spec.expert_scales) shares[k] *= layer.weights.expert_scales[chosen[k]];
    }
}

}  // namespace

void route(const Step& step, const LayerView& layer) noexcept {
    const Matrix& router = layer.weights.router;
    ExpertRows& experts = step.work.experts;
    const base::Range panels = base::share(step.team, n_panels(router));
    const OutputRows out{experts.scores.data(), experts.score_stride};
    step.multiply(out, {router, panels, step.work.normed, {0, step.n_rows}});
    add_bias(*step.model.kernels, out, layer.weights.router_bias, step.n_rows,
             columns_of(panels, router.rows));
    step.wait();
    const base::Range mine = step.rows();
    for (std::size_t row = mine.begin; row < mine.end; ++row) choose(step, layer, row);
    step.wait();
}

}  // namespace quire::model
