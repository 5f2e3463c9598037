#include "tools/eval/perplexity.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>

#include "apps/common/terminal/progress_line.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/base/parallel.h"
#include "tools/eval/statistics.h"

namespace quire::eval {

PerplexityResult perplexity(const OpenModel& model, const TextOptions& options, int n_threads) {
    check_predicts(model);
    const Text text = read_windows(options, model);
    const std::size_t n_vocab = model.model.spec.vocab_size;
    LogitStream stream(model.model, n_threads);
    std::vector<double> nll;  // of every scored token
    double sum = 0;
    common::ProgressLine progress({.what = "eval",
                                   .total = text.windows.n_scored(),
                                   .unit = common::ProgressLine::Unit::tokens});
    for (std::size_t w = 0; w < text.windows.size(); ++w) {
        const Window window = text.windows.at(w);
        for_each_slab(
            window, stream.slab(),
            [&](auto prefix) { stream.begin(prefix, "window " + std::to_string(w + 1)); },
            [&](std::size_t first, std::size_t n) {
                const float* logits = stream.append(std::span(window.tokens).subspan(first - 1, n));
                const std::size_t done = nll.size();
                nll.resize(done + n);
                base::parallel_for(n_threads, n, [&](std::size_t i) {
                    const std::span row(logits + i * stream.stride(), n_vocab);
                    std::vector<float> scratch(n_vocab);
                    nll[done + i] = log_sum_exp(*model.model.kernels, row, scratch) -
                                    double{row[window.tokens[first + i]]};
                });
                for (std::size_t i = done; i < nll.size(); ++i) sum += nll[i];
                const double mean = sum / static_cast<double>(nll.size());
                progress.show(nll.size(), fmt::format("perplexity {:.2f}", std::exp(mean)));
            });
    }
    const MeanError mean = mean_error(nll);
    const double value = std::exp(mean.mean);
    return {value, value * mean.error, text.windows.size(), nll.size(), text.windows.definition()};
}

std::string report(const PerplexityResult& result, const TextOptions& text) {
    return fmt::format(
        "perplexity {:.4f} +- {:.4f} ({} windows of {} tokens, {} scored, {})\n", result.perplexity,
        result.error, result.n_windows, text.context, result.n_tokens,
        text.stride == 0 ? "llama.cpp's definition" : fmt::format("sliding by {}", text.stride));
}

std::string to_json(const PerplexityResult& result, const TextOptions& text,
                    const OpenModel& model) {
    nlohmann::ordered_json out{{"perplexity", result.perplexity},
                               {"error", result.error},
                               {"definition", result.definition},
                               {"context", text.context},
                               {"windows", result.n_windows},
                               {"tokens", result.n_tokens},
                               {"model_hash", base::hex(model.file.model_hash())}};
    if (text.stride != 0) out["stride"] = text.stride;
    return out.dump() + "\n";
}

}  // namespace quire::eval
