#include "apps/gen/trace/trace.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/base/error.h"
#include "lib/model/finite.h"
#include "lib/model/watch/lens.h"
#include "lib/model/watch/watcher.h"

namespace quire::gen {

namespace {

// Tokens of one pass: the residual streams of all its layers are kept until the lens has seen them.
constexpr std::size_t kPassTokens = 32;

float length_of(std::span<const float> x) {
    double sum = 0;
    for (const float value : x) sum += double{value} * double{value};
    return static_cast<float>(std::sqrt(sum));
}

// Length of the difference.
float distance(std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = double{a[i]} - double{b[i]};
        sum += difference * difference;
    }
    return static_cast<float>(std::sqrt(sum));
}

std::vector<Read> largest_reads(std::span<const float> weights) {
    std::vector<Read> reads;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (weights[i] >= kLeastWeight)
            reads.push_back({static_cast<std::uint32_t>(i), weights[i]});
    }
    std::ranges::stable_sort(reads, std::ranges::greater(), &Read::weight);
    if (reads.size() > kMostReads) reads.resize(kMostReads);
    return reads;
}

// Fills a trace pass by pass.
class Collector : public model::Watcher {
  public:
    Collector(const model::Model& model, std::size_t n_tokens) : dim_(model.spec.dim) {
        for (const spec::LayerSpec& layer : model.spec.layers) {
            LayerTrace& out = trace.layers.emplace_back();
            out.n_heads = layer.n_heads;
            out.norm.resize(n_tokens);
            out.attended.resize(n_tokens);
            out.transformed.resize(n_tokens);
            out.lens.resize(n_tokens);
            out.reads.assign(layer.n_heads, std::vector<std::vector<Read>>(n_tokens));
        }
        streams.resize(model.spec.layers.size());
    }

    void begin_pass(std::size_t first_token) { first_ = first_token; }

    void see_residual(std::size_t layer, model::Moment moment, const model::InputRows& x) override {
        const std::vector<float> now(x.values, x.values + x.n_rows * dim_);
        if (moment == model::Moment::embedded) {
            before_ = now;
            attended_ = now;
            return;
        }
        LayerTrace& out = trace.layers[layer];
        if (moment == model::Moment::attended) {
            for (std::size_t i = 0; i < x.n_rows; ++i) {
                out.attended[first_ + i] = distance(row(now, i), row(before_, i));
            }
            attended_ = now;
            return;
        }
        for (std::size_t i = 0; i < x.n_rows; ++i) {
            out.norm[first_ + i] = length_of(row(now, i));
            out.transformed[first_ + i] = distance(row(now, i), row(attended_, i));
        }
        streams[layer] = now;
        before_ = now;
        attended_ = now;
    }

    void see_attention(std::size_t layer, std::size_t row, std::size_t head,
                       std::span<const float> weights) override {
        trace.layers[layer].reads[head][first_ + row] = largest_reads(weights);
    }

    Trace trace;
    std::vector<std::vector<float>> streams;  // after each layer: (tokens of the pass, dim)

  private:
    std::span<const float> row(const std::vector<float>& rows, std::size_t i) const {
        return std::span(rows).subspan(i * dim_, dim_);
    }

    std::size_t dim_;
    std::size_t first_ = 0;
    std::vector<float> before_;    // the stream before the layer
    std::vector<float> attended_;  // and after its first block
};

// Looks through the lens at the streams of one pass, and scores its tokens.
void look_through(Collector& collector, model::Lens& lens, generate::LogprobScorer& scorer,
                  base::Range tokens, const spec::ModelSpec& spec) {
    Trace& trace = collector.trace;
    for (std::size_t layer = 0; layer < trace.layers.size(); ++layer) {
        const std::span<const float> logits = lens.logits(collector.streams[layer]);
        for (std::size_t i = tokens.begin; i < tokens.end; ++i) {
            const auto row = logits.subspan((i - tokens.begin) * lens.stride(), spec.vocab_size);
            trace.layers[layer].lens[i] = scorer.score(row, 0, kLensTokens).top;
            const bool is_last = layer + 1 == trace.layers.size();
            if (is_last && i + 1 < trace.tokens.size()) {
                trace.scores.push_back(scorer.score(row, trace.tokens[i + 1], kScoredTokens));
            }
        }
    }
}

}  // namespace

Trace trace_of(const model::Model& model, std::span<const std::uint32_t> tokens,
               const model::PassControl& given) {
    if (!model::can_watch(model.kv_layout.type)) {
        throw Error(ErrorCode::usage, "--trace", "expected --kv-type f16 or f32, found another");
    }
    Collector collector(model, tokens.size());
    collector.trace.tokens.assign(tokens.begin(), tokens.end());
    model::Workspace workspace(model.spec, kPassTokens, given.n_threads);
    model::KvCache cache(model.kv_layout);
    model::Lens lens(model, kPassTokens, given.n_threads);
    generate::LogprobScorer scorer(*model.kernels);
    model::PassControl control = given;
    control.watcher = &collector;
    for (std::size_t begin = 0; begin < tokens.size(); begin += kPassTokens) {
        const std::size_t end = std::min(tokens.size(), begin + kPassTokens);
        collector.begin_pass(begin);
        const std::array<model::SequenceInput, 1> input{
            {{.cache = &cache, .tokens = tokens.subspan(begin, end - begin)}}};
        model::forward(model, workspace, input, nullptr, control);
        model::check_finite(cache, {}, begin, "--trace");
        look_through(collector, lens, scorer, {begin, end}, model.spec);
    }
    collector.trace.times = times_of(model, tokens, given);
    return std::move(collector.trace);
}

const char* kind_of(const Trace& trace, std::size_t i, std::size_t n_prompt,
                    const tokenizer::Tokenizer& tokenizer) {
    const std::uint32_t id = trace.tokens[i];
    // Some models have more rows in their output than tokens in their vocabulary.
    if (id < tokenizer.n_vocab() && tokenizer.is_control(id)) return "control";
    return i < n_prompt ? "prompt" : "answer";
}

}  // namespace quire::gen
