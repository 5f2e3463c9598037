#include "tools/bench/report.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "apps/common/plot/chart.h"
#include "apps/common/terminal/table.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"

namespace quire::bench {

namespace {

using Json = nlohmann::ordered_json;

// Speeds, and their percentage of the limits of the machine.
struct Reached {
    double gb_s;
    double gb_s_percent;
    double gmac_s;
    double gmac_s_percent;
};

Reached reached(const Cost& cost, double seconds, const Limits& limits) {
    if (seconds <= 0) return {};
    const double gb_s = cost.bytes / seconds / 1e9;
    return {gb_s, 100 * gb_s / limits.read_gb_s, cost.macs / seconds / 1e9,
            100 * cost.peak_seconds / seconds};
}

Costs costs_of_round(const model::Model& model, const Phase& phase, const Limits& limits) {
    Costs sum{};
    for (const Pass& pass : phase.passes) {
        const Costs costs = cost_of(model, pass, limits);
        for (std::size_t op = 0; op < sum.size(); ++op) sum[op] += costs[op];
    }
    return sum;
}

// A line of the table: an operation, or all of them.
struct Row {
    std::string_view name;
    double seconds;
    double share;  // of the time of all operations
    Cost cost;
};

// Of the limit of the machine; other guests of a shared host make the measured limit too low.
std::string percent(double value) {
    return fmt::format("{:.1f}%", value);
}

std::vector<std::string> cells_of(const Row& row, std::size_t n_tokens, const Limits& limits) {
    const Reached r = reached(row.cost, row.seconds, limits);
    std::vector<std::string> cells{
        std::string(row.name),
        fmt::format("{:.1f}", 1e6 * row.seconds / static_cast<double>(n_tokens)),
        percent(100 * row.share)};
    cells.resize(7);
    if (row.cost.bytes > 0) {
        cells[3] = fmt::format("{:.2f}", r.gb_s);
        cells[4] = percent(r.gb_s_percent);
    }
    if (row.cost.macs > 0) {
        cells[5] = fmt::format("{:.1f}", r.gmac_s);
        cells[6] = percent(r.gmac_s_percent);
    }
    return cells;
}

std::string table(const model::Model& model, const Phase& phase, const Limits& limits) {
    const Costs costs = costs_of_round(model, phase, limits);
    constexpr auto number = common::Table::Kind::number;
    common::Table out({{"operation"},
                       {"us/token", number},
                       {"share", number},
                       {"GB/s", number},
                       {"of limit", number},
                       {"GMAC/s", number},
                       {"of limit", number}},
                      2);
    double seconds = 0;
    for (const double s : phase.operation_seconds) seconds += s;
    for (std::size_t op = 0; seconds > 0 && op < costs.size(); ++op) {
        const double one = phase.operation_seconds[op];
        if (one <= 0) continue;  // no layer of this model does it
        out.add(cells_of(Row{model::kOperationNames[op], one, one / seconds, costs[op]},
                         phase.n_tokens, limits));
    }
    const Row all{"all", median(phase.seconds), 1, total(costs)};
    out.add(cells_of(all, phase.n_tokens, limits));
    return out.lines(common::table_width());
}

std::string describe(const Phase& phase, const std::string& what) {
    const auto [shortest, longest] =
        std::minmax_element(phase.seconds.begin(), phase.seconds.end());
    const auto n = static_cast<double>(phase.n_tokens);
    return fmt::format("{}: {:.1f} tok/s (median of {}, {:.1f} to {:.1f})\n", what,
                       phase.tokens_per_second(), phase.seconds.size(), n / *longest,
                       n / *shortest);
}

Json cost_json(const Cost& cost, double seconds, const Limits& limits) {
    const Reached r = reached(cost, seconds, limits);
    return {{"gb_s", r.gb_s},
            {"gb_s_percent", r.gb_s_percent},
            {"gmac_s", r.gmac_s},
            {"gmac_s_percent", r.gmac_s_percent}};
}

Json phase_json(const model::Model& model, const Phase& phase,
                const std::optional<Limits>& limits) {
    const auto n = static_cast<double>(phase.n_tokens);
    Json json{{"tokens", phase.n_tokens}, {"tok_s", Json::array()}};
    for (const double seconds : phase.seconds) json["tok_s"].push_back(n / seconds);
    if (!limits) return json;
    const Costs costs = costs_of_round(model, phase, *limits);
    json["bytes_per_token"] = total(costs).bytes / n;
    json["mac_per_token"] = total(costs).macs / n;
    json.update(cost_json(total(costs), median(phase.seconds), *limits));
    double all_seconds = 0;
    for (const double seconds : phase.operation_seconds) all_seconds += seconds;
    if (all_seconds <= 0) return json;
    json["operations"] = Json::object();
    for (std::size_t op = 0; op < costs.size(); ++op) {
        const double seconds = phase.operation_seconds[op];
        Json one{{"us_per_token", 1e6 * seconds / n}, {"percent", 100 * seconds / all_seconds}};
        if (costs[op].macs > 0) one.update(cost_json(costs[op], seconds, *limits));
        json["operations"][std::string(model::kOperationNames[op])] = one;
    }
    return json;
}

}  // namespace

std::string to_text(const Measurement& m, const model::Model& model) {
    const Settings& s = m.settings;
    std::string out = fmt::format("{}\n{}, {}, {} thread{}\n{}\n", m.model, m.cpu, m.isa,
                                  s.n_threads, s.n_threads == 1 ? "" : "s", m.load_text);
    if (m.limits) {
        const double* codes = m.limits->code_gmac_s;
        out += fmt::format(
            "limits: read {:.1f} GB/s; GMAC/s of 4-bit codes {:.0f}, 5-bit {:.0f}, 6-bit {:.0f}, "
            "8-bit {:.0f}, f32 {:.0f}\n",
            m.limits->read_gb_s, codes[0], codes[1], codes[2], codes[3], m.limits->float_gmac_s);
    }
    const auto phase = [&](const std::optional<Phase>& one, const std::string& what) {
        if (!one) return;
        out += "\n" + describe(*one, what);
        if (!m.limits) return;
        out += fmt::format("  reads {:.2f} MB a token\n",
                           total(costs_of_round(model, *one, *m.limits)).bytes /
                               static_cast<double>(one->n_tokens) / 1e6);
        out += table(model, *one, *m.limits);
    };
    phase(m.prefill, fmt::format("prefill of {} tokens", s.n_prompt));
    std::string decode = fmt::format("decode of {} tokens after {}", s.n_generate, s.depth);
    if (s.n_sequences > 1) decode += fmt::format(", {} sequences at once", s.n_sequences);
    phase(m.decode, decode);
    return out;
}

std::string to_json(const Measurement& m, const model::Model& model) {
    const Settings& s = m.settings;
    Json json{{"model", m.model},
              {"model_hash", base::hex(m.model_hash)},
              {"cpu", m.cpu},
              {"isa", m.isa},
              {"load", common::name_of(m.load.mode)},
              {"load_ms", m.load.ms},
              {"threads", s.n_threads},
              {"prompt", s.n_prompt},
              {"generate", s.n_generate},
              {"depth", s.depth},
              {"sequences", s.n_sequences},
              {"rounds", s.n_rounds}};
    if (m.prefill) json["prefill_tok_s"] = m.prefill->tokens_per_second();
    if (m.decode) json["decode_tok_s"] = m.decode->tokens_per_second();
    if (m.limits) {
        const double* codes = m.limits->code_gmac_s;
        json["limits"] = {{"read_gb_s", m.limits->read_gb_s},
                          {"q4_gmac_s", codes[0]},
                          {"q5_gmac_s", codes[1]},
                          {"q6_gmac_s", codes[2]},
                          {"q8_gmac_s", codes[3]},
                          {"f32_gmac_s", m.limits->float_gmac_s}};
    }
    if (m.prefill) json["prefill"] = phase_json(model, *m.prefill, m.limits);
    if (m.decode) json["decode"] = phase_json(model, *m.decode, m.limits);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_svg(const Measurement& m) {
    common::BarChart chart;
    const auto add = [&](const std::optional<Phase>& phase, const std::string& what,
                         std::size_t group) {
        if (!phase) return;
        const double speed = phase->tokens_per_second();
        double all = 0;
        for (const double seconds : phase->operation_seconds) all += seconds;
        if (all <= 0) {
            chart.bars.push_back({what, speed, fmt::format("{:.1f} tokens/s", speed), group});
            return;
        }
        for (std::size_t op = 0; op < phase->operation_seconds.size(); ++op) {
            const double seconds = phase->operation_seconds[op];
            if (seconds <= 0) continue;
            const double us = 1e6 * seconds / static_cast<double>(phase->n_tokens);
            chart.bars.push_back(
                {what + ": " + std::string(model::kOperationNames[op]), 100 * seconds / all,
                 fmt::format("{:.1f} %, {:.1f} us", 100 * seconds / all, us), group});
        }
    };
    add(m.prefill, "prefill", 0);
    add(m.decode, "decode", 1);
    const auto speed = [](const std::optional<Phase>& phase) {
        return phase ? fmt::format("{:.1f}", phase->tokens_per_second()) : "no";
    };
    chart.title = fmt::format("Where the time of a token goes: {} tokens/s read, {} written",
                              speed(m.prefill), speed(m.decode));
    return common::to_svg(chart);
}

}  // namespace quire::bench
