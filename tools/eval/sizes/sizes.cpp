#include "tools/eval/sizes/sizes.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "apps/common/plot/chart.h"
#include "apps/common/terminal/table.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"

namespace quire::eval {

double bits_per_weight(const formats::QuireFile& file) {
    double bytes = 0;
    double weights = 0;
    for (const auto& [name, view] : file.tensors()) {
        bytes += static_cast<double>(view.data.size());
        weights += static_cast<double>(view.rows) * static_cast<double>(view.columns);
    }
    return 8 * bytes / weights;
}

std::string report(const std::vector<SizedComparison>& models) {
    constexpr auto kNumber = common::Table::Kind::number;
    common::Table table({{"model"},
                         {"bits per weight", kNumber},
                         {"mean KL", kNumber},
                         {"+-", kNumber},
                         {"99 %", kNumber},
                         {"same top token", kNumber},
                         {"perplexity", kNumber}});
    for (const SizedComparison& one : models) {
        const Comparison& r = one.comparison;
        table.add({one.model, fmt::format("{:.2f}", one.bits_per_weight),
                   fmt::format("{:.4f}", r.kl.mean), fmt::format("{:.4f}", r.kl.error),
                   fmt::format("{:.3f}", r.kl_99), fmt::format("{:.1f} %", 100 * r.same_top.mean),
                   fmt::format("{:.3f}", r.perplexity)});
    }
    const Comparison& first = models.front().comparison;
    return table.lines(common::table_width()) +
           fmt::format(
               "the reference's perplexity {:.3f}; {} tokens in {} windows ({}'s definition)\n",
               first.perplexity_reference, first.n_tokens, first.n_windows, first.definition);
}

std::string to_json(const std::vector<SizedComparison>& models) {
    nlohmann::ordered_json out{{"models", nlohmann::ordered_json::array()}};
    for (const SizedComparison& one : models) {
        nlohmann::ordered_json entry{{"model", one.model},
                                     {"bits_per_weight", one.bits_per_weight}};
        entry.update(base::parse_ordered_json(one.json, "the comparison"));
        out["models"].push_back(std::move(entry));
    }
    return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_svg(const std::vector<SizedComparison>& models) {
    common::BarChart chart{"Mean KL divergence from the reference", {}};
    for (const SizedComparison& one : models) {
        const double nats = one.comparison.kl.mean;
        chart.bars.push_back(
            {fmt::format("{}, {:.2f} bits", one.model, one.bits_per_weight), std::max(nats, 0.0),
             fmt::format("{:.4f}, {:.1f} % same top", nats, 100 * one.comparison.same_top.mean)});
    }
    return common::to_svg(chart);
}

}  // namespace quire::eval
