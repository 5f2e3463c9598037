#include "lib/generate/embed.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/base/error.h"
#include "lib/generate/context.h"
#include "lib/model/classifier.h"
#include "lib/model/finite.h"

namespace quire::generate {

namespace {

// Hidden states of the tokens from index `first` on, (n_tokens - first, dim). The last layer is
// computed for these tokens only.
std::vector<float> hidden_states(const model::Model& model, std::span<const std::uint32_t> tokens,
                                 std::size_t first, const EmbedParams& params) {
    const std::size_t dim = model.spec.dim;
    const std::size_t batch =
        model.spec.causal ? std::min(params.batch, tokens.size()) : tokens.size();
    model::Workspace workspace(model.spec, batch, params.n_threads);
    workspace.interrupted = params.interrupted;
    model::KvCache cache(model.kv_layout,
                         params.kv_pool != nullptr ? params.kv_pool : model.kv_layout.make_pool());
    std::vector<float> hidden((tokens.size() - first) * dim);
    float* rows = hidden.data();
    for (std::size_t begin = 0; begin < tokens.size(); begin += batch) {
        const std::size_t end = std::min(begin + batch, tokens.size());
        const std::size_t first_wanted = std::clamp(first, begin, end);
        const std::array<model::SequenceInput, 1> input{
            {{&cache, tokens.subspan(begin, end - begin), end - first_wanted}}};
        model::forward_hidden(model, workspace, input, rows, params.n_threads);
        model::check_finite(cache, {}, begin, params.where);
        for (std::size_t i = first_wanted; i < end; ++i, rows += dim) {
            model::check_finite(cache, {rows, dim}, i, params.where);
        }
    }
    return hidden;
}

}  // namespace

std::vector<float> pool(const model::Model& model, std::span<const std::uint32_t> tokens,
                        const EmbedParams& params) {
    check_prompt(tokens.size(), model.spec.context_length, params.where);
    const std::size_t dim = model.spec.dim;
    const bool only_last = params.pooling == spec::Pooling::last;
    std::vector<float> hidden =
        hidden_states(model, tokens, only_last ? tokens.size() - 1 : 0, params);
    if (params.pooling != spec::Pooling::mean) {
        hidden.resize(dim);  // the row of the first token, or the only one
        return hidden;
    }
    std::vector<float> sum(dim);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        for (std::size_t d = 0; d < dim; ++d) sum[d] += hidden[i * dim + d];
    }
    for (float& x : sum) x /= static_cast<float>(tokens.size());
    return sum;
}

void normalize(std::span<float> vector) {
    double squares = 0;
    for (const float x : vector) squares += double{x} * x;
    if (squares == 0) return;
    const double scale = 1.0 / std::sqrt(squares);
    for (float& x : vector) x = static_cast<float>(x * scale);
}

double cosine(std::span<const float> a, std::span<const float> b) {
    double product = 0;
    double first = 0;
    double second = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        product += double{a[i]} * b[i];
        first += double{a[i]} * a[i];
        second += double{b[i]} * b[i];
    }
    return first == 0 || second == 0 ? 0 : product / std::sqrt(first * second);
}

std::vector<float> label_scores(const model::Model& model, std::span<const float> pooled) {
    const spec::ClassifierSpec& head = model.spec.classifier;
    std::vector<float> scores(head.labels.size());
    model::classify(model, scores, pooled);
    if (!model::all_finite(scores)) {
        throw Error(ErrorCode::run, "labels", "expected finite scores, found others");
    }
    const kernels::KernelTable& table = *model.kernels;
    switch (head.score) {
        case spec::LabelScore::softmax: {
            table.exp_shifted(scores.data(), scores.data(), scores.size(),
                              *std::ranges::max_element(scores));
            float sum = 0;
            for (const float x : scores) sum += x;
            for (float& x : scores) x /= sum;
            break;
        }
        case spec::LabelScore::sigmoid:
            // (1 + tanh(x / 2)) / 2
            for (float& x : scores) x *= 0.5F;
            table.activate[static_cast<std::size_t>(spec::Activation::tanh)](
                scores.data(), scores.data(), scores.size());
            for (float& x : scores) x = 0.5F + 0.5F * x;
            break;
        case spec::LabelScore::plain:
            break;
    }
    return scores;
}

}  // namespace quire::generate
