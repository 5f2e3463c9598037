#include "tools/inspect/positions.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "lib/tensor/panel.h"

namespace quire::inspect {

namespace {

constexpr std::size_t kShownHeads = 8;
// Pairs of learned positions that a mean is taken over.
constexpr std::size_t kSampledPairs = 64;

// 0, 1, 2, 3 ... 16, and from there about eight to each doubling.
std::vector<std::size_t> spaced(std::size_t end) {
    std::vector<std::size_t> distances;
    for (std::size_t d = 0; d < end; d += std::max<std::size_t>(1, d / 12)) distances.push_back(d);
    return distances;
}

void add_rotations(const spec::ModelSpec& spec, const model::Weights& weights, Positions& out) {
    for (std::uint32_t rope = 0; rope < spec.ropes.size(); ++rope) {
        const std::span<const float> freqs{weights.rope_freqs + rope_offset(spec, rope),
                                           spec.ropes[rope].dim / 2};
        const auto [slowest, fastest] = std::ranges::minmax(freqs);
        const auto layers =
            std::ranges::count_if(spec.layers, [&](const auto& l) { return l.rope == rope; });
        out.facts.push_back(fmt::format(
            "Rotation {}, in {} of {} layers: {} pairs of each query and key turn by an angle that "
            "grows with the "
            "position; the fastest needs {:.4g} positions for a full turn, the slowest {:.4g}.",
            rope, layers, spec.layers.size(), freqs.size(), 2 * std::numbers::pi / fastest,
            2 * std::numbers::pi / slowest));
        PositionCurve curve{fmt::format("rotation {}, {} pairs", rope, freqs.size()), {}};
        for (const std::size_t distance : out.distances) {
            double sum = 0;
            for (const float freq : freqs)
                sum += std::cos(static_cast<double>(distance) * double{freq});
            curve.values.push_back(sum / static_cast<double>(freqs.size()));
        }
        out.curves.push_back(std::move(curve));
    }
}

void add_learned(const spec::ModelSpec& spec, const model::Weights& weights, Positions& out) {
    if (spec.n_positions == 0) return;
    const model::Matrix& matrix = weights.positions;
    const std::size_t dim = matrix.columns;
    const std::size_t n = std::min<std::size_t>(spec.n_positions, matrix.rows);
    out.facts.push_back(
        fmt::format("Learned positions: each of {} positions has a vector of {} numbers, which is "
                    "added to the token's.",
                    n, dim));
    std::vector<std::vector<float>> rows(n, std::vector<float>(dim));
    std::vector<double> mean(dim, 0.0);
    for (std::size_t p = 0; p < n; ++p) {
        tensor::decode_row(rows[p], matrix.data, matrix.dtype, p);
        for (std::size_t i = 0; i < dim; ++i)
            mean[i] += double{rows[p][i]} / static_cast<double>(n);
    }
    const auto cosine = [&](std::size_t a, std::size_t b) {
        double product = 0;
        double of_a = 0;
        double of_b = 0;
        for (std::size_t i = 0; i < dim; ++i) {
            const double x = double{rows[a][i]} - mean[i];
            const double y = double{rows[b][i]} - mean[i];
            product += x * y;
            of_a += x * x;
            of_b += y * y;
        }
        return of_a == 0 || of_b == 0 ? 0.0 : product / std::sqrt(of_a * of_b);
    };
    PositionCurve curve{"learned positions", {}};
    for (const std::size_t distance : out.distances) {
        double sum = 0;
        const std::size_t pairs = std::min(kSampledPairs, n - distance);
        for (std::size_t i = 0; i < pairs; ++i) {
            const std::size_t at = i * (n - distance) / pairs;
            sum += cosine(at, at + distance);
        }
        curve.values.push_back(sum / static_cast<double>(pairs));
    }
    out.curves.push_back(std::move(curve));
}

void add_biases(const spec::ModelSpec& spec, const model::Weights& weights, Positions& out) {
    const auto with = [&](const auto& has) {
        return static_cast<std::size_t>(std::ranges::find_if(spec.layers, has) -
                                        spec.layers.begin());
    };
    const std::size_t biased = with([](const auto& layer) { return layer.bias_distance > 0; });
    if (biased < spec.layers.size()) {
        const spec::LayerSpec& layer = spec.layers[biased];
        const std::size_t reach = layer.bias_distance;
        out.facts.push_back(
            fmt::format("Biases by distance: each head adds a number to a score, which depends on "
                        "how far the key is away, up to "
                        "{} positions.",
                        reach));
        for (std::size_t head = 0; head < std::min<std::size_t>(layer.n_heads, kShownHeads);
             ++head) {
            const float* bias = weights.layers[biased].attn_bias + head * (2 * reach + 1);
            PositionCurve curve{fmt::format("head {}", head), {}};
            for (const std::size_t d : out.distances)
                curve.values.push_back(bias[reach - std::min(d, reach)]);
            out.curves.push_back(std::move(curve));
        }
    }
    const std::size_t sloped = with([](const auto& layer) { return layer.slopes; });
    if (sloped < spec.layers.size()) {
        out.facts.push_back(
            "Slopes (ALiBi): each head lowers a score by its own number for every position that "
            "lies between.");
        const std::size_t heads = std::min<std::size_t>(spec.layers[sloped].n_heads, kShownHeads);
        for (std::size_t head = 0; head < heads; ++head) {
            PositionCurve curve{fmt::format("head {}", head), {}};
            for (const std::size_t d : out.distances) {
                curve.values.push_back(-double{weights.layers[sloped].slopes[head]} *
                                       static_cast<double>(d));
            }
            out.curves.push_back(std::move(curve));
        }
    }
}

}  // namespace

Positions positions_of(const spec::ModelSpec& spec, const model::Weights& weights) {
    Positions out;
    std::size_t end = spec.context_length;
    if (spec.n_positions > 0) end = std::min<std::size_t>(end, spec.n_positions);
    out.distances = spaced(end);
    add_rotations(spec, weights, out);
    add_learned(spec, weights, out);
    add_biases(spec, weights, out);
    if (std::ranges::any_of(spec.layers, [](const auto& layer) {
            return layer.recurrence != spec::Recurrence::none;
        })) {
        out.facts.emplace_back(
            "Recurrent layers read tokens one after another, so they know the order.");
    }
    if (out.facts.empty()) {
        out.facts.emplace_back(
            spec.causal ? "No positions: a token only knows that it sees those before it."
                        : "No positions: the order of tokens makes no difference.");
    }
    return out;
}

}  // namespace quire::inspect
