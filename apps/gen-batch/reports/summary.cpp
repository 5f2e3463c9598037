#include "apps/gen-batch/reports/summary.h"

#include <spdlog/fmt/fmt.h>

#include "apps/common/input.h"
#include "apps/common/prices.h"
#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"

namespace quire::gen_batch {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxReport = std::uint64_t{1} << 20;  // no report is longer

Json costs_of(const SummaryInput& input) {
    Json costs = Json::object();
    for (const Price& price : input.prices) {
        costs[price.name] =
            (price.input * static_cast<double>(input.totals.all_prompt_tokens) +
             price.output * static_cast<double>(input.totals.all_completion_tokens)) /
            1e6;
    }
    return costs;
}

}  // namespace

std::vector<Price> read_prices(const std::string& file) {
    if (file.empty()) return {};
    // A summary gives the cost at each price; nobody reads thousands.
    constexpr std::size_t kMaxPrices = 100;
    common::PriceTable table = common::parse_prices(
        common::read_input(file, common::kMaxPriceBytes), common::name_of_input(file));
    if (table.prices.size() <= kMaxPrices) return std::move(table.prices);
    throw Error(ErrorCode::input, common::name_of_input(file),
                "expected at most " + std::to_string(kMaxPrices) + " prices, found " +
                    std::to_string(table.prices.size()) +
                    "; jq '{\"gpt-4o\"}' takes one of them out");
}

std::string summary_json(const SummaryInput& input) {
    const Totals& totals = input.totals;
    const auto percentiles = [](const Histogram& times) {
        return Json{{"p50", times.quantile(0.5)},
                    {"p90", times.quantile(0.9)},
                    {"p99", times.quantile(0.99)}};
    };
    const Json json{
        {"finished", input.finished},
        {"requests",
         {{"total", totals.n_read},
          {"completed", totals.n_done - totals.n_failed},
          {"failed", totals.n_failed},
          {"kept", totals.n_kept}}},
        {"tokens",
         {{"prompt", totals.all_prompt_tokens}, {"completion", totals.all_completion_tokens}}},
        {"this_run",
         {{"seconds", totals.seconds()},
          {"prompt_tokens", totals.n_prompt_tokens},
          {"completion_tokens", totals.n_completion_tokens},
          {"prompt_tok_s", totals.per_second(totals.n_prompt_tokens)},
          {"completion_tok_s", totals.per_second(totals.n_completion_tokens)},
          {"requests_s", totals.per_second(totals.n_done - totals.n_kept)},
          {"request_seconds", percentiles(totals.request_seconds)},
          {"steps", input.stats.n_steps},
          {"prompt_tokens_computed", input.stats.n_computed},
          {"prompt_tokens_reused", input.stats.n_reused},
          {"tokens_guessed", input.stats.n_guessed},
          {"tokens_guessed_right", input.stats.n_right},
          {"preemptions", input.stats.n_preempted}}},
        {"cost", costs_of(input)}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string metrics_text(const SummaryInput& input) {
    const Totals& totals = input.totals;
    std::string out;
    const auto metric = [&](const char* name, const char* kind, const char* help, double value) {
        out += fmt::format(
            "# HELP quire_batch_{0} {1}\n# TYPE quire_batch_{0} {2}\n"
            "quire_batch_{0} {3}\n",
            name, help, kind, value);
    };
    const auto count = [](std::uint64_t n) { return static_cast<double>(n); };
    metric("requests_read_total", "counter", "Requests read from the input.", count(totals.n_read));
    metric("requests_done_total", "counter", "Requests with a result, failed ones included.",
           count(totals.n_done));
    metric("requests_failed_total", "counter", "Requests whose result is an error.",
           count(totals.n_failed));
    metric("requests_kept_total", "counter", "Requests that an earlier run had finished.",
           count(totals.n_kept));
    metric("prompt_tokens_total", "counter", "Prompt tokens of this run's answers.",
           count(totals.n_prompt_tokens));
    metric("completion_tokens_total", "counter", "Tokens generated for this run's answers.",
           count(totals.n_completion_tokens));
    metric("prompt_tokens_reused_total", "counter", "Prompt tokens that were computed before.",
           count(input.stats.n_reused));
    metric("tokens_guessed_total", "counter", "Tokens that passes checked, with --lookup.",
           count(input.stats.n_guessed));
    metric("tokens_guessed_right_total", "counter", "Of these, that were the next ones.",
           count(input.stats.n_right));
    metric("preemptions_total", "counter", "Times that a request gave its memory back.",
           count(input.stats.n_preempted));
    metric("steps_total", "counter", "Passes of the model.", count(input.stats.n_steps));
    metric("seconds", "gauge", "Since the run began.", totals.seconds());
    metric("finished", "gauge", "1 when the input's end was reached.", input.finished ? 1 : 0);
    out +=
        "# HELP quire_batch_request_seconds From reading a request to its result.\n"
        "# TYPE quire_batch_request_seconds summary\n";
    for (const double q : {0.5, 0.9, 0.99}) {
        out += fmt::format("quire_batch_request_seconds{{quantile=\"{}\"}} {}\n", q,
                           totals.request_seconds.quantile(q));
    }
    out += fmt::format("quire_batch_request_seconds_sum {}\nquire_batch_request_seconds_count {}\n",
                       totals.request_seconds.sum(), totals.request_seconds.count());
    return out;
}

bool is_summary(const std::string& path) {
    const std::string text = base::read_text_file(path, kMaxReport);
    try {
        const nlohmann::json json = base::parse_json(text, path);
        return json.is_object() && json.contains("finished") && json.contains("requests") &&
               json.contains("this_run");
    } catch (const Error&) {
        return false;
    }
}

bool is_metrics(const std::string& path) {
    return base::read_text_file(path, kMaxReport).starts_with("# HELP quire_batch_");
}

}  // namespace quire::gen_batch
