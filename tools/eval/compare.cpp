#include "tools/eval/compare.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>

#include "apps/common/input.h"
#include "apps/common/plot/chart.h"
#include "apps/common/terminal/progress_line.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/base/parallel.h"

namespace quire::eval {

namespace {

void check_same_tokens(const OpenModel& reference, const OpenModel& model, const Text& expected,
                       const Text& found) {
    const std::size_t n_expected = reference.model.spec.vocab_size;
    const std::size_t n_found = model.model.spec.vocab_size;
    if (n_expected != n_found) {
        throw Error(ErrorCode::input, model.file.path(),
                    "expected the reference's " + std::to_string(n_expected) +
                        " rows of logits, found " + std::to_string(n_found));
    }
    if (expected.tokens != found.tokens) {
        throw Error(ErrorCode::input, model.file.path(),
                    "expected to cut the text into the same tokens as " + reference.file.path() +
                        ", found others");
    }
}

std::vector<Divergence> divergences(const OpenModel& reference, const OpenModel& model,
                                    const Windows& windows, int n_threads) {
    const std::size_t n_vocab = model.model.spec.vocab_size;
    LogitStream stream_p(reference.model, n_threads);
    LogitStream stream_q(model.model, n_threads);
    std::vector<Divergence> out;
    common::ProgressLine progress(
        {.what = "eval", .total = windows.n_scored(), .unit = common::ProgressLine::Unit::tokens});
    for (std::size_t w = 0; w < windows.size(); ++w) {
        const Window window = windows.at(w);
        for_each_slab(
            window, stream_p.slab(),
            [&](auto prefix) {
                const std::string where = ": window " + std::to_string(w + 1);
                stream_p.begin(prefix, reference.file.path() + where);
                stream_q.begin(prefix, model.file.path() + where);
            },
            [&](std::size_t first, std::size_t n) {
                const auto tokens = std::span(window.tokens).subspan(first - 1, n);
                const float* p = stream_p.append(tokens);
                const float* q = stream_q.append(tokens);
                const std::size_t done = out.size();
                out.resize(done + n);
                base::parallel_for(n_threads, n, [&](std::size_t i) {
                    std::vector<float> scratch(n_vocab);
                    out[done + i] = divergence(
                        *model.model.kernels, {p + i * stream_p.stride(), n_vocab},
                        {q + i * stream_q.stride(), n_vocab}, window.tokens[first + i], scratch);
                });
                progress.show(out.size());
            });
    }
    return out;
}

std::vector<double> collect(const std::vector<Divergence>& from,
                            double (*what)(const Divergence&)) {
    std::vector<double> out;
    out.reserve(from.size());
    for (const Divergence& d : from) out.push_back(what(d));
    return out;
}

}  // namespace

Comparison compare(const OpenModel& reference, const OpenModel& model, const TextOptions& options,
                   int n_threads) {
    check_predicts(reference);
    check_predicts(model);
    return compare_over(common::read_input(options.path), reference, model, options, n_threads);
}

Comparison compare_over(const std::string& bytes, const OpenModel& reference,
                        const OpenModel& model, const TextOptions& options, int n_threads) {
    check_predicts(reference);
    check_predicts(model);
    const Text text = make_windows(bytes, options, reference);
    check_same_tokens(reference, model, text, make_windows(bytes, options, model));
    const auto all = divergences(reference, model, text.windows, n_threads);
    Comparison out;
    auto kl = collect(all, [](const Divergence& d) { return d.kl; });
    out.kl = mean_error(kl);
    out.kl_median = quantile(kl, 0.5);
    out.kl_99 = quantile(kl, 0.99);
    out.kl_max = kl.back();
    out.same_top =
        mean_error(collect(all, [](const Divergence& d) { return d.same_top ? 1.0 : 0.0; }));
    out.log_ratio =
        mean_error(collect(all, [](const Divergence& d) { return d.nll - d.nll_reference; }));
    out.perplexity_reference = std::exp(
        mean_error(collect(all, [](const Divergence& d) { return d.nll_reference; })).mean);
    out.perplexity =
        std::exp(mean_error(collect(all, [](const Divergence& d) { return d.nll; })).mean);
    out.n_windows = text.windows.size();
    out.n_tokens = all.size();
    out.definition = text.windows.definition();
    return out;
}

std::string report(const Comparison& r) {
    const double ratio = std::exp(r.log_ratio.mean);
    return fmt::format(
        "KL divergence     mean {:.6f} +- {:.6f}, median {:.6f}, 99 % {:.6f}, max {:.4f}\n"
        "top-1 agreement   {:.2f} +- {:.2f} %\n"
        "perplexity        {:.4f}, the reference's {:.4f}, ratio {:.5f} +- {:.5f}\n"
        "tokens            {} in {} windows ({}'s definition)\n",
        r.kl.mean, r.kl.error, r.kl_median, r.kl_99, r.kl_max, 100 * r.same_top.mean,
        100 * r.same_top.error, r.perplexity, r.perplexity_reference, ratio,
        ratio * r.log_ratio.error, r.n_tokens, r.n_windows, r.definition);
}

std::string to_json(const Comparison& r, const TextOptions& text, const OpenModel& reference,
                    const OpenModel& model) {
    const double ratio = std::exp(r.log_ratio.mean);
    nlohmann::ordered_json out{{"kl_mean", r.kl.mean},
                               {"kl_error", r.kl.error},
                               {"kl_median", r.kl_median},
                               {"kl_99", r.kl_99},
                               {"kl_max", r.kl_max},
                               {"top1_agreement", r.same_top.mean},
                               {"top1_error", r.same_top.error},
                               {"perplexity", r.perplexity},
                               {"perplexity_reference", r.perplexity_reference},
                               {"perplexity_ratio", ratio},
                               {"perplexity_ratio_error", ratio * r.log_ratio.error},
                               {"definition", r.definition},
                               {"context", text.context},
                               {"windows", r.n_windows},
                               {"tokens", r.n_tokens},
                               {"reference_hash", base::hex(reference.file.model_hash())},
                               {"model_hash", base::hex(model.file.model_hash())}};
    if (text.stride != 0) out["stride"] = text.stride;
    return out.dump() + "\n";
}

std::string to_svg(const Comparison& r) {
    const auto bar = [](const char* name, double nats) {
        return common::Bar{name, std::max(nats, 0.0), fmt::format("{:.4f} nats", nats)};
    };
    return common::to_svg(
        common::BarChart{fmt::format("KL divergence from the reference; same top token {:.1f} %",
                                     100 * r.same_top.mean),
                         {bar("median", r.kl_median), bar("mean", r.kl.mean),
                          bar("99 % are below", r.kl_99), bar("largest", r.kl_max)}});
}

}  // namespace quire::eval
