#include "apps/gen-batch/options.h"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <ctime>

#include "apps/common/command.h"
#include "apps/common/options/numbers.h"
#include "apps/common/reuse/draft.h"
#include "apps/common/reuse/lookup.h"
#include "lib/base/error.h"

namespace quire::gen_batch {

namespace {

void add_files(CLI::App& app, Options& options) {
    common::add_model(app, options.model);
    app.add_option("-i,--input", options.input,
                   "Requests, one per line: OpenAI Batch lines, or {\"messages\": ...} or "
                   "{\"prompt\": ...}; -: standard input")
        ->type_name("FILE")
        ->capture_default_str();
    app.add_option("-o,--output", options.output,
                   "Results, one per line; running the same command again resumes a stopped run, "
                   "except for a device or pipe; -: standard output")
        ->type_name("FILE")
        ->capture_default_str();
    app.add_option("--errors", options.errors,
                   "Write results that are errors to this file, not among the others")
        ->type_name("FILE");
    common::add_overwrite(app, options.overwrite);
    auto* lines = app.add_flag_callback(
        "--lines", [&options] { options.kind = InputKind::text_lines; },
        "Each line of the input is a prompt");
    auto* csv = app.add_flag_callback(
        "--csv", [&options] { options.kind = InputKind::csv; },
        "The input is a table with commas (default for *.csv)");
    auto* tsv = app.add_flag_callback(
        "--tsv", [&options] { options.kind = InputKind::tsv; },
        "The input is a table with tabs (default for *.tsv)");
    lines->excludes(csv)->excludes(tsv);
    csv->excludes(tsv);
    app.add_option("--template", options.prompt_template,
                   "Prompt for each row of a table, such as 'Translate: {text}'; {{ is a brace")
        ->type_name("TEXT");
    app.add_flag("--raw", options.raw,
                 "Continue prompts of --lines and tables as they are, without the chat template");
}

void add_run(CLI::App& app, Options& options) {
    app.add_flag("--unordered", options.unordered,
                 "Write results as they finish; default: in the order of the input");
    app.add_flag("--retry-errors", options.retry_errors,
                 "Run requests again whose result is an error");
    auto* validate =
        app.add_flag("--validate", options.validate,
                     "Check the input and run nothing; with -m also that prompts fit the context");
    app.add_option(
           "--shard", options.shard,
           "Run only every N-th request, starting with the I-th: jobs 1/N to N/N, each with its "
           "own output, together give the results of one run")
        ->type_name("I/N")
        ->excludes(validate);
    app.add_option("--memory", options.memory, "Memory for keys and values, such as 2GiB")
        ->type_name("SIZE")
        ->capture_default_str();
    common::add_integer(app, "--parallel", options.engine.n_parallel, {1, 1024},
                        "Most requests at a time; changes speed and memory, never a result");
    common::add_integer(app, "-b,--batch-size", options.engine.batch, {1, 65536},
                        "Most prompt tokens per pass; changes speed and memory, never a result");
    common::add_integer(app, "-c,--ctx-size", options.engine.context, {0, common::kMaxTokens},
                        "Context size in tokens; 0: the model's");
    common::add_threads(app, options.engine.n_threads);
    common::add_lookup(app, options.engine.max_guesses);
    common::add_draft(app, options.draft);
    common::add_cache(app, options.cache);
    common::add_load(app, options.load)->excludes(validate);
    common::add_isa(app, options.isa);
    common::add_kv_type(app, options.kv_type);
    app.add_option("--summary", options.summary,
                   "Write counts, tokens, cost and speed as JSON to this file")
        ->type_name("FILE");
    app.add_option("--metrics", options.metrics, "The same for Prometheus, updated during the run")
        ->type_name("FILE");
    app.add_option("--price", options.prices,
                   "Prices per million tokens for the summary, as for tok: {\"NAME\": 2.5}, "
                   "or {\"NAME\": {\"input\": 2.5, \"output\": 10}}")
        ->type_name("FILE");
    app.add_flag("-q,--quiet", options.quiet, "No progress on standard error");
    app.add_flag("-v,--verbose", options.verbose,
                 "How the weights got into memory, on standard error")
        ->excludes(validate);
}

void add_sampling(CLI::App& app, Options& options) {
    app.add_option_function<std::string>(
           "-s,--seed",
           [&options](const std::string& text) {
               options.seed = common::parse_seed(text, "--seed");
           },
           "Seed of requests that name none")
        ->type_name("N")
        ->default_str(std::to_string(options.seed));
    common::add_predict(app, options.n_predict,
                        "Default for the most tokens of an answer; -1: until the context is full");
    common::add_sampling(app, options.sampling);
    app.add_option("--time", options.time,
                   "The time for 'created' and for templates: seconds since 1970, YYYY-MM-DD, or "
                   "now; default: 0, and the template's own date")
        ->type_name("TIME");
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
    options.engine.n_threads = 0;
    add_files(app, options);
    add_run(app, options);
    add_sampling(app, options);
}

Shard parse_shard(const std::string& text) {
    std::uint64_t i = 0;
    std::uint64_t n = 0;
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, i);
    if (first.ec == std::errc() && first.ptr != end && *first.ptr == '/') {
        const auto second = std::from_chars(first.ptr + 1, end, n);
        if (second.ec == std::errc() && second.ptr == end && i >= 1 && i <= n) return {i - 1, n};
    }
    throw Error(ErrorCode::usage, "--shard",
                "expected a part such as 1/16 to 16/16, found \"" + text + "\"");
}

std::optional<std::int64_t> parse_time(const std::string& text) {
    if (text.empty()) return std::nullopt;
    if (text == "now") return std::time(nullptr);
    std::int64_t seconds = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, seconds);
    if (error == std::errc() && rest == end) return seconds;
    std::tm date{};
    const char* parsed = ::strptime(text.c_str(), "%Y-%m-%d", &date);
    if (parsed != nullptr && *parsed == '\0') return ::timegm(&date);
    throw Error(ErrorCode::usage, "--time",
                "expected seconds since 1970, YYYY-MM-DD or now, found \"" + text + "\"");
}

}  // namespace quire::gen_batch
