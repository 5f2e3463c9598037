#include "apps/tok/report.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "apps/tok/inputs.h"
#include "lib/base/quoted.h"

namespace quire::tok {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxName = 4096;  // characters; no path is longer

std::vector<Count> good_ones(const std::vector<Count>& counts) {
    std::vector<Count> good;
    std::copy_if(counts.begin(), counts.end(), std::back_inserter(good),
                 [](const Count& count) { return count.error.empty(); });
    return good;
}

std::vector<std::string> cells_of(const Count& count, const std::vector<Price>& prices) {
    std::vector<std::string> cells;
    for (const std::uint64_t n : count.n_tokens) cells.push_back(std::to_string(n));
    for (const Price& price : prices) {
        cells.push_back(fmt::format("{:.6f}", cost(price, count.n_tokens[price.model])));
    }
    return cells;
}

Json entry_of(const Count& count, std::size_t model, const std::string& model_name,
              const std::vector<Price>& prices) {
    Json entry{{"model", model_name}, {"tokens", count.n_tokens[model]}, {"bytes", count.n_bytes}};
    for (const Price& price : prices) {
        if (price.model != model) continue;
        // Created as an object: a null value that turns into an object at its first key is left
        // broken when memory runs out there.
        Json& costs = *entry.emplace("cost", Json::object()).first;
        costs[price.name] = cost(price, count.n_tokens[model]);
    }
    return entry;
}

}  // namespace

std::string table_of(const std::vector<Count>& counts, const std::vector<std::string>& models,
                     const std::vector<Price>& prices) {
    const std::vector<Count> good = good_ones(counts);
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> names;
    if (models.size() + prices.size() > 1) {
        rows.emplace_back();
        for (const std::string& model : models) rows.back().push_back(base::printable(model));
        for (const Price& price : prices) {
            rows.back().push_back("cost(" + base::printable(price.name) + ")");
        }
        names.emplace_back();
    }
    for (const Count& count : good) {
        rows.push_back(cells_of(count, prices));
        names.push_back(is_stdin(count.name) && counts.size() == 1 ? "" : count.name);
    }
    if (counts.size() > 1) {
        const Count total = total_of(counts, models.size());
        rows.push_back(cells_of(total, prices));
        names.push_back(total.name);
    }
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(row.size());
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::size_t i = 0; i < rows[r].size(); ++i) {
            out += fmt::format("{}{:>{}}", i == 0 ? "" : "  ", rows[r][i], widths[i]);
        }
        // --json prints names unchanged; here they must not move a terminal's cursor.
        out += (names[r].empty() ? "" : "  " + base::printable(names[r], kMaxName)) + "\n";
    }
    return out;
}

Json json_of(const std::vector<Count>& counts, const std::vector<std::string>& models,
             const std::vector<Price>& prices) {
    Json files = Json::array();
    Json totals = Json::array();
    const Count total = total_of(counts, models.size());
    for (const Count& count : good_ones(counts)) {
        for (std::size_t m = 0; m < models.size(); ++m) {
            Json entry{{"name", count.name}};
            entry.update(entry_of(count, m, models[m], prices));
            files.push_back(std::move(entry));
        }
    }
    for (std::size_t m = 0; m < models.size(); ++m) {
        totals.push_back(entry_of(total, m, models[m], prices));
    }
    return Json{{"files", std::move(files)}, {"totals", std::move(totals)}};
}

}  // namespace quire::tok
