#include "tools/eval/perplexity.h"

#include <spdlog/fmt/fmt.h>

#include <cmath>

#include "apps/common/plot/chart.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "tools/eval/contexts/token_losses.h"

namespace quire::eval {

PerplexityResult perplexity(const OpenModel& model, const TextOptions& options, int n_threads) {
    check_predicts(model);
    const Text text = read_windows(options, model);
    std::vector<double> nll;  // of every scored token
    std::vector<MeanError> of_windows;
    std::vector<double> of_window;
    const auto end_window = [&] {
        if (!of_window.empty()) of_windows.push_back(mean_error(of_window));
        of_window.clear();
    };
    std::size_t window = 0;
    for_each_loss(model, text.windows, n_threads, [&](const TokenLoss& loss) {
        if (loss.window != window) end_window();
        window = loss.window;
        nll.push_back(loss.nats);
        of_window.push_back(loss.nats);
    });
    end_window();
    const MeanError mean = mean_error(nll);
    const double value = std::exp(mean.mean);
    return {value,      value * mean.error,        text.windows.size(),
            nll.size(), text.windows.definition(), std::move(of_windows)};
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

std::string to_svg(const PerplexityResult& result) {
    common::Series windows{"of this window", {}};
    common::Series so_far{"of all windows so far, equal in weight", {}};
    double sum = 0;
    for (std::size_t i = 0; i < result.of_windows.size(); ++i) {
        const double number = static_cast<double>(i + 1);
        sum += result.of_windows[i].mean;
        windows.points.push_back({number, std::exp(result.of_windows[i].mean)});
        so_far.points.push_back({number, std::exp(sum / number)});
    }
    return common::to_svg({.title = "Perplexity along the text",
                           .x_label = "window",
                           .y_label = "perplexity",
                           .series = {std::move(windows), std::move(so_far)}});
}

}  // namespace quire::eval
