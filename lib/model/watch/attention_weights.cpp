#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "lib/base/assert.h"
#include "lib/model/watch/watcher.h"
#include "lib/tensor/half.h"

namespace quire::model {

namespace {

// Element d of the key of a position, as kernels.h lays keys out: (4, head_dim, 16) cells for each span.
float key_element(const kernels::AttentionArgs& args, kernels::KvType type, std::size_t position,
                  std::size_t d) noexcept {
    const std::size_t in_span = position % kernels::kSpanPositions;
    const std::size_t cell =
        (in_span / kernels::kKeyGroup * args.head_dim + d) * kernels::kKeyGroup +
        in_span % kernels::kKeyGroup;
    const std::byte* keys = args.pages[position / kernels::kSpanPositions] + args.k_offset;
    if (type == kernels::KvType::f32) {
        float value = 0;
        std::memcpy(&value, keys + cell * sizeof(float), sizeof(float));
        return value;
    }
    std::uint16_t bits = 0;
    std::memcpy(&bits, keys + cell * sizeof(bits), sizeof(bits));
    return tensor::f16_to_f32(bits);
}

bool sees(const kernels::AttentionArgs& args, std::size_t own, std::size_t position) noexcept {
    if (args.window == 0) return true;
    const std::size_t distance = position > own ? position - own : own - position;
    return distance < args.window;
}

double score_of(const kernels::AttentionArgs& args, kernels::KvType type, std::size_t token,
                std::size_t head, std::size_t position) noexcept {
    const float* q = args.q + token * args.q_stride + head * args.head_dim;
    const std::size_t own = args.first_pos + token;
    const double distance = std::fabs(static_cast<double>(position) - static_cast<double>(own));
    double score = 0;
    for (std::size_t d = 0; d < args.head_dim; ++d) {
        score += double{q[d]} * double{key_element(args, type, position, d)};
    }
    if (args.bias != nullptr) {
        const double reach = static_cast<double>(args.bias_distance);
        const double offset =
            std::clamp(static_cast<double>(position) - static_cast<double>(own), -reach, reach);
        score += double{args.bias[head * (2 * args.bias_distance + 1) +
                                  static_cast<std::size_t>(offset + reach)]};
    }
    if (args.soft_cap != 0.0F) {
        score = double{args.soft_cap} * std::tanh(score / double{args.soft_cap});
    }
    if (args.slopes != nullptr) score -= double{args.slopes[head]} * distance;
    return score;
}

}  // namespace

void attention_weights(const kernels::AttentionArgs& args, kernels::KvType type, std::size_t token,
                       std::size_t head, std::span<float> weights) noexcept {
    QUIRE_ASSERT(can_watch(type));
    const std::size_t own = args.first_pos + token;
    double largest = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = -std::numeric_limits<float>::infinity();
        if (!sees(args, own, i)) continue;
        weights[i] = static_cast<float>(score_of(args, type, token, head, i));
        largest = std::max(largest, double{weights[i]});
    }
    double sum = args.sinks == nullptr ? 0 : std::exp(double{args.sinks[head]} - largest);
    for (const float score : weights) sum += std::exp(double{score} - largest);
    for (float& weight : weights) {
        weight = static_cast<float>(std::exp(double{weight} - largest) / sum);
    }
}

}  // namespace quire::model
