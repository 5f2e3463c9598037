#include "lib/generate/embed.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/base/assert.h"
#include "lib/base/error.h"
#include "lib/base/parallel.h"
#include "lib/generate/context.h"
#include "lib/model/classifier.h"
#include "lib/model/finite.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::generate {

namespace {

// The tokens whose hidden states pooling reads.
base::Range pooled_tokens(spec::Pooling pooling, std::size_t n) {
    switch (pooling) {
        case spec::Pooling::mean:
            return {0, n};
        case spec::Pooling::cls:
            return {0, 1};
        case spec::Pooling::last:
            return {n - 1, n};
    }
    return {0, n};
}

// Hidden states of the tokens in `wanted`, (wanted.end - wanted.begin, dim). The last layer is
// computed for these tokens only.
std::vector<float> hidden_states(const model::Model& model, std::span<const std::uint32_t> tokens,
                                 base::Range wanted, const EmbedParams& params) {
    const std::size_t dim = model.spec.dim;
    const std::size_t batch =
        model.spec.causal ? std::min(params.batch, tokens.size()) : tokens.size();
    model::Workspace workspace(model.spec, batch, params.n_threads);
    const model::PassControl control{.n_threads = params.n_threads,
                                     .interrupted = params.interrupted};
    model::KvCache cache(model.kv_layout,
                         params.kv_pool != nullptr ? params.kv_pool : model.kv_layout.make_pool());
    std::vector<float> hidden((wanted.end - wanted.begin) * dim);
    float* rows = hidden.data();
    for (std::size_t begin = 0; begin < tokens.size(); begin += batch) {
        const std::size_t end = std::min(begin + batch, tokens.size());
        const base::Range here{std::clamp(wanted.begin, begin, end),
                               std::clamp(wanted.end, begin, end)};
        const std::array<model::SequenceInput, 1> input{
            {{.cache = &cache,
              .tokens = tokens.subspan(begin, end - begin),
              .n_results = here.end - here.begin,
              .n_skipped_last = end - here.end,
              .second_begin = params.second_begin}}};
        model::forward_hidden(model, workspace, input, rows, control);
        model::check_finite(cache, {}, begin, params.where);
        for (std::size_t i = here.begin; i < here.end; ++i, rows += dim) {
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
    std::vector<float> hidden =
        hidden_states(model, tokens, pooled_tokens(params.pooling, tokens.size()), params);
    if (params.pooling != spec::Pooling::mean) return hidden;
    std::vector<float> sum(dim);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        for (std::size_t d = 0; d < dim; ++d) sum[d] += hidden[i * dim + d];
    }
    for (float& x : sum) x /= static_cast<float>(tokens.size());
    return sum;
}

std::vector<float> embedding(const model::Model& model, std::span<const std::uint32_t> tokens,
                             const EmbedParams& params) {
    std::vector<float> vector = model::apply_tail(model, pool(model, tokens, params));
    if (!model::all_finite(vector)) {
        throw Error(ErrorCode::run, params.where, "expected a finite vector, found another");
    }
    return vector;
}

void normalize(std::span<float> vector) {
    double squares = 0;
    for (const float x : vector) squares += double{x} * x;
    if (squares == 0) return;
    const double scale = 1.0 / std::sqrt(squares);
    for (float& x : vector) x = static_cast<float>(x * scale);
}

double cosine(std::span<const float> a, std::span<const float> b) {
    QUIRE_ASSERT(a.size() == b.size());
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

std::vector<std::uint32_t> before_second_text(const tokenizer::Tokenizer& tokenizer,
                                              const spec::ClassifierSpec& head,
                                              std::string_view first) {
    std::vector<std::uint32_t> ids = tokenizer.prefix_ids();
    const auto text = tokenizer::encode(tokenizer, first, {});
    ids.insert(ids.end(), text.begin(), text.end());
    ids.insert(ids.end(), head.pair_ids.begin(), head.pair_ids.end());
    return ids;
}

std::vector<float> label_scores(const model::Model& model, std::span<const float> pooled) {
    const spec::ClassifierSpec& head = model.spec.classifier;
    QUIRE_ASSERT(!head.labels.empty() && pooled.size() == model.spec.dim);
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
