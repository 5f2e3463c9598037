#include "tools/eval/contexts/token_losses.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>

#include "apps/common/terminal/progress_line.h"
#include "lib/base/parallel.h"
#include "tools/eval/statistics.h"

namespace quire::eval {

void for_each_loss(const OpenModel& model, const Windows& windows, int n_threads,
                   const std::function<void(const TokenLoss&)>& act) {
    const std::size_t n_vocab = model.model.spec.vocab_size;
    LogitStream stream(model.model, n_threads);
    std::vector<double> nats;  // of a slab
    double sum = 0;
    std::size_t n_done = 0;
    common::ProgressLine progress(
        {.what = "eval", .total = windows.n_scored(), .unit = common::ProgressLine::Unit::tokens});
    for (std::size_t w = 0; w < windows.size(); ++w) {
        const Window window = windows.at(w);
        for_each_slab(
            window, stream.slab(),
            [&](auto prefix) { stream.begin(prefix, "window " + std::to_string(w + 1)); },
            [&](std::size_t first, std::size_t n) {
                const float* logits = stream.append(std::span(window.tokens).subspan(first - 1, n));
                nats.resize(n);
                base::parallel_for(n_threads, n, [&](std::size_t i) {
                    const std::span row(logits + i * stream.stride(), n_vocab);
                    std::vector<float> scratch(n_vocab);
                    nats[i] = log_sum_exp(*model.model.kernels, row, scratch) -
                              double{row[window.tokens[first + i]]};
                });
                for (std::size_t i = 0; i < n; ++i) {
                    act({w, first + i, nats[i]});
                    sum += nats[i];
                }
                n_done += n;
                const double mean = sum / static_cast<double>(n_done);
                progress.show(n_done, fmt::format("perplexity {:.2f}", std::exp(mean)));
            });
    }
}

}  // namespace quire::eval
