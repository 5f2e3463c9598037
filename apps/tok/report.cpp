#include "apps/tok/report.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "apps/common/plot/chart.h"
#include "apps/common/terminal/table.h"
#include "apps/common/units.h"
#include "apps/tok/inputs.h"
#include "lib/base/quoted.h"

namespace quire::tok {

namespace {

using Json = nlohmann::ordered_json;

std::vector<Count> good_ones(const std::vector<Count>& counts) {
    std::vector<Count> good;
    std::copy_if(counts.begin(), counts.end(), std::back_inserter(good),
                 [](const Count& count) { return count.error.empty(); });
    return good;
}

using Costs = std::vector<double>;  // (prices)

Costs costs_of(const Count& count, const Columns& columns) {
    Costs costs;
    for (const Price& one : columns.prices) {
        costs.push_back(one.price.input_cost(count.n_tokens[one.model]));
    }
    return costs;
}

// Of all texts together. Each is a request of its own, so that a price by size is that of its size.
Costs total_costs(const std::vector<Count>& counts, const Columns& columns) {
    Costs costs(columns.prices.size());
    for (const Count& count : counts) {
        const Costs one = costs_of(count, columns);
        for (std::size_t i = 0; i < costs.size(); ++i) costs[i] += one[i];
    }
    return costs;
}

std::vector<std::string> cells_of(const Count& count, const Costs& costs, const Columns& columns) {
    std::vector<std::string> cells;
    for (const std::uint64_t n : count.n_tokens) cells.push_back(std::to_string(n));
    for (std::size_t m = 0; m < columns.memory.size(); ++m) {
        const auto& memory = columns.memory[m];
        if (memory) cells.push_back(common::human_bytes(memory->bytes(count.n_tokens[m])));
    }
    for (const double cost : costs) cells.push_back(fmt::format("{:.6f}", cost));
    return cells;
}

Json entry_of(const Count& count, const Costs& all_costs, std::size_t model,
              const Columns& columns) {
    Json entry{{"model", columns.models[model]},
               {"tokens", count.n_tokens[model]},
               {"bytes", count.n_bytes}};
    if (!columns.memory.empty() && columns.memory[model]) {
        entry["memory_bytes"] = columns.memory[model]->bytes(count.n_tokens[model]);
    }
    for (std::size_t i = 0; i < columns.prices.size(); ++i) {
        if (columns.prices[i].model != model) continue;
        // Created as an object: a null value that turns into an object at its first key is left
        // broken when memory runs out there.
        Json& costs = *entry.emplace("cost", Json::object()).first;
        costs[columns.prices[i].price.name] = all_costs[i];
    }
    return entry;
}

}  // namespace

std::string table_of(const std::vector<Count>& counts, const Columns& shown) {
    using common::Table;
    const std::size_t n_models = shown.models.size();
    const bool titles = n_models + shown.prices.size() + shown.memory.size() > 1;
    std::vector<Table::Column> columns;
    const auto column = [&](const std::string& title) {
        columns.push_back({titles ? title : "", Table::Kind::number});
    };
    for (const std::string& model : shown.models) column(model);
    for (std::size_t m = 0; m < shown.memory.size(); ++m) {
        if (!shown.memory[m]) continue;
        column(n_models == 1 ? "memory" : "memory(" + shown.models[m] + ")");
    }
    for (const Price& one : shown.prices) column("cost(" + one.price.name + ")");
    const bool has_text =
        std::ranges::any_of(counts, [](const Count& count) { return count.input.is_literal; });
    columns.push_back({"", has_text ? Table::Kind::text : Table::Kind::path});
    Table table(columns);
    const auto add = [&](const Count& count, const Costs& costs, const std::string& name) {
        std::vector<std::string> cells = cells_of(count, costs, shown);
        cells.push_back(name);
        table.add(cells);
    };
    const std::vector<Count> good = good_ones(counts);
    for (const Count& count : good) {
        const bool nameless = !count.input.is_file() && counts.size() == 1;
        add(count, costs_of(count, shown), nameless ? "" : count.input.shown());
    }
    if (counts.size() > 1) {
        const Count total = total_of(counts, n_models);
        add(total, total_costs(good, shown), total.input.name);
    }
    return table.lines(common::table_width());
}

Json json_of(const std::vector<Count>& counts, const Columns& columns) {
    const std::size_t n_models = columns.models.size();
    Json files = Json::array();
    Json totals = Json::array();
    const Count total = total_of(counts, n_models);
    const std::vector<Count> good = good_ones(counts);
    for (const Count& count : good) {
        const Costs costs = costs_of(count, columns);
        for (std::size_t m = 0; m < n_models; ++m) {
            Json entry{{"name", count.input.name}};
            entry.update(entry_of(count, costs, m, columns));
            files.push_back(std::move(entry));
        }
    }
    const Costs costs = total_costs(good, columns);
    for (std::size_t m = 0; m < n_models; ++m) {
        totals.push_back(entry_of(total, costs, m, columns));
    }
    return Json{{"files", std::move(files)}, {"totals", std::move(totals)}};
}

std::string svg_of(const std::vector<Count>& counts, const Columns& columns) {
    const std::size_t n_models = columns.models.size();
    std::vector<Count> shown = good_ones(counts);
    const bool totals = shown.size() * n_models > kMostBars;
    if (totals) shown = {total_of(counts, n_models)};
    common::BarChart chart{totals ? "Tokens of all texts" : "Tokens of each text", {}};
    for (const Count& count : shown) {
        for (std::size_t m = 0; m < n_models; ++m) {
            const auto n = static_cast<double>(count.n_tokens[m]);
            const std::string name = totals ? "" : count.input.shown();
            const bool both = n_models > 1 && !name.empty();
            chart.bars.push_back({both           ? name + ", " + columns.models[m]
                                  : name.empty() ? columns.models[m]
                                                 : name,
                                  n,
                                  count.n_tokens[m] == 0
                                      ? "0"
                                      : fmt::format("{}, {:.2f} bytes each", count.n_tokens[m],
                                                    static_cast<double>(count.n_bytes) / n),
                                  m});
        }
    }
    return common::to_svg(chart);
}

}  // namespace quire::tok
