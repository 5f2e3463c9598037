// Which experts a token goes to, as plainly as possible.
#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>
#include <vector>

#include "lib/model/bind.h"
#include "lib/model/reference/reference_math.h"

namespace quire::model::reference {

// The numbers 0 to n - 1, those with the largest values first.
inline std::vector<std::size_t> by_value(std::span<const float> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order,
                             [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
    return order;
}

// Makes the values of all groups but the best very small. source: transformers,
// modeling_deepseek_v3.py, DeepseekV3TopkRouter.
inline void limit_groups(const spec::LayerSpec& layer, std::span<float> choice) {
    const std::size_t size = choice.size() / layer.n_expert_groups;
    std::vector<float> scores;
    for (std::size_t g = 0; g < layer.n_expert_groups; ++g) {
        const auto group = choice.subspan(g * size, size);
        const auto order = by_value(group);
        const bool two = layer.group_score == spec::GroupScore::two;
        scores.push_back(two ? group[order[0]] + group[order[1]] : group[order[0]]);
    }
    const auto order = by_value(scores);
    for (std::size_t i = layer.n_groups_used; i < order.size(); ++i) {
        std::ranges::fill(choice.subspan(order[i] * size, size), -1e30F);
    }
}

// The router's products of a token become the weights of its experts; 0 for the others.
inline void choose_experts(const spec::LayerSpec& layer, const LayerWeights& weights,
                           std::span<float> products) {
    if (layer.router_score == spec::RouterScore::softmax) {
        softmax(products);
    } else {
        for (float& value : products) value = activate(spec::Activation::sigmoid, value);
    }
    std::vector<float> choice(products.begin(), products.end());
    for (std::size_t e = 0; layer.router_offsets && e < choice.size(); ++e) {
        choice[e] += weights.router_offsets[e];
    }
    if (layer.n_groups_used < layer.n_expert_groups) limit_groups(layer, choice);
    const auto order = by_value(choice);
    double sum = 0.0;
    for (std::size_t k = 0; k < layer.n_experts_used; ++k) sum += double{products[order[k]]};
    for (std::size_t k = 0; k < order.size(); ++k) {
        float& share = products[order[k]];
        if (k >= layer.n_experts_used) share = 0.0F;
        if (layer.normalize_experts) share = static_cast<float>(share / sum);
        if (layer.expert_scales) share *= weights.expert_scales[order[k]];
    }
}

}  // namespace quire::model::reference
