#include "tools/eval/contexts/contexts.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>

#include "apps/common/plot/chart.h"
#include "apps/common/terminal/table.h"
#include "lib/base/json/json.h"
#include "tools/eval/contexts/token_losses.h"

namespace quire::eval {

namespace {

std::string text_of(const ContextLengths& lengths) {
    return lengths.low == lengths.high ? std::to_string(lengths.low)
                                       : fmt::format("{} to {}", lengths.low, lengths.high);
}

nlohmann::ordered_json json_of(const MeanError& loss, std::size_t n_tokens) {
    const double perplexity = std::exp(loss.mean);
    return {{"perplexity", perplexity}, {"error", perplexity * loss.error}, {"tokens", n_tokens}};
}

}  // namespace

std::vector<ContextLengths> context_lengths(std::size_t context) {
    std::vector<ContextLengths> out;
    for (std::size_t low = 1, high = 1; low < context; low = high + 1, high *= 2) {
        out.push_back({low, std::min(high, context - 1)});
    }
    return out;
}

ContextLosses losses_by_context(const OpenModel& model, const std::string& name, const Text& text,
                                std::size_t context, int n_threads) {
    check_predicts(model);
    const std::vector<ContextLengths> lengths = context_lengths(context);
    std::vector<std::vector<double>> nats(lengths.size());
    std::vector<double> all;
    for_each_loss(model, text.windows, n_threads, [&](const TokenLoss& loss) {
        const auto at = std::ranges::lower_bound(lengths, loss.position, {}, &ContextLengths::high);
        nats[static_cast<std::size_t>(at - lengths.begin())].push_back(loss.nats);
        all.push_back(loss.nats);
    });
    ContextLosses out{name, {}, {}, mean_error(all)};
    for (const std::vector<double>& one : nats) {
        out.losses.push_back(mean_error(one));
        out.n_tokens.push_back(one.size());
    }
    return out;
}

std::string report(const std::vector<ContextLosses>& models, std::size_t context) {
    std::vector<common::Table::Column> columns{{"tokens before"}};
    for (const ContextLosses& model : models) {
        columns.push_back({model.model, common::Table::Kind::number});
    }
    columns.push_back({"scored", common::Table::Kind::number});
    common::Table table(std::move(columns));
    const std::vector<ContextLengths> lengths = context_lengths(context);
    std::size_t n_all = 0;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        const std::size_t n = models.front().n_tokens[i];
        if (n == 0) continue;  // the text is shorter than a window
        n_all += n;
        std::vector<std::string> cells{text_of(lengths[i])};
        for (const ContextLosses& model : models) {
            cells.push_back(fmt::format("{:.2f}", std::exp(model.losses[i].mean)));
        }
        cells.push_back(std::to_string(n));
        table.add(cells);
    }
    std::vector<std::string> cells{"all"};
    for (const ContextLosses& model : models) {
        cells.push_back(fmt::format("{:.2f}", std::exp(model.all.mean)));
    }
    cells.push_back(std::to_string(n_all));
    table.add(cells);
    return table.lines(common::table_width());
}

std::string to_json(const std::vector<ContextLosses>& models, std::size_t context,
                    const std::vector<std::string>& hashes) {
    using Json = nlohmann::ordered_json;
    const std::vector<ContextLengths> lengths = context_lengths(context);
    Json out{{"context", context}, {"models", Json::array()}};
    for (std::size_t m = 0; m < models.size(); ++m) {
        const ContextLosses& model = models[m];
        std::size_t n_all = 0;
        Json by_length = Json::array();
        for (std::size_t i = 0; i < lengths.size(); ++i) {
            const std::size_t n = model.n_tokens[i];
            n_all += n;
            if (n == 0) continue;
            Json entry{{"low", lengths[i].low}, {"high", lengths[i].high}};
            entry.update(json_of(model.losses[i], n));
            by_length.push_back(std::move(entry));
        }
        Json entry{{"model", model.model}, {"model_hash", hashes[m]}};
        entry.update(json_of(model.all, n_all));
        entry["by_tokens_before"] = std::move(by_length);
        out["models"].push_back(std::move(entry));
    }
    return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_svg(const std::vector<ContextLosses>& models, std::size_t context) {
    common::LineChart chart{.title = "How well a text is foreseen, by what was read before",
                            .x_label = "tokens before",
                            .y_label = "perplexity",
                            .series = {},
                            .log_x = true,
                            .x_marks = {}};
    const std::vector<ContextLengths> lengths = context_lengths(context);
    for (const ContextLengths& one : lengths) {
        chart.x_marks.push_back(static_cast<double>(one.high));
    }
    for (const ContextLosses& model : models) {
        common::Series series{model.model, {}};
        for (std::size_t i = 0; i < lengths.size(); ++i) {
            if (model.n_tokens[i] == 0) continue;
            series.points.push_back(
                {static_cast<double>(lengths[i].high), std::exp(model.losses[i].mean)});
        }
        chart.series.push_back(std::move(series));
    }
    return common::to_svg(chart);
}

}  // namespace quire::eval
