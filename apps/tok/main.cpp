#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>

#include "apps/common/command.h"
#include "apps/common/input.h"
#include "apps/common/message.h"
#include "apps/common/models/find_model.h"
#include "apps/common/models/model_folder.h"
#include "apps/common/output.h"
#include "apps/tok/chat.h"
#include "apps/tok/count.h"
#include "apps/tok/inputs.h"
#include "apps/tok/options.h"
#include "apps/tok/report.h"
#include "apps/tok/texts.h"
#include "lib/base/error.h"
#include "lib/tokenizer/encode/encoder.h"

namespace {

using namespace quire;
void log_speed(const tok::Count& total, std::chrono::steady_clock::time_point start) {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    const double megabytes = static_cast<double>(total.n_bytes * total.n_tokens.size()) / 1e6;
    spdlog::info("{} bytes in {:.1f} ms, {:.1f} MB/s", total.n_bytes, time.count() * 1e3,
                 megabytes / time.count());
}

int run_counts(tok::Models& models, const tok::Options& options) {
    std::vector<std::string> read = options.inputs;
    read.insert(read.end(), options.models.begin(), options.models.end());
    read.insert(read.end(), {options.chat, options.prices});
    const auto picture = common::picture_output(options.picture, read);
    tok::Columns columns;
    for (const auto& model : models) columns.models.push_back(model->name());
    if (options.memory) columns.memory = tok::memory_of(models, options.kv_type);
    if (!options.prices.empty()) {
        columns.prices = tok::read_prices(options.prices, columns.models);
    }

    std::vector<tok::Count> counts;
    if (options.chat.empty()) {
        const auto start = std::chrono::steady_clock::now();
        counts = tok::count_texts(
            models, tok::expand(options.texts, options.inputs, options.recursive), options);
        if (options.verbose) log_speed(tok::total_of(counts, models.size()), start);
    } else {
        const std::string json(tok::WholeText(options.chat).text());
        counts.push_back({{options.chat}, json.size(), {}, {}});
        for (const auto& model : models) {
            const chat::Rendered chat = tok::render_chat(json, *model, options.chat);
            const auto trusted = chat::ChatEncoder::trusted(chat);
            counts.back().n_tokens.push_back(
                tokenizer::encode(model->tokenizer(), chat.text, {.trusted = trusted}).size());
        }
    }
    if (picture) common::write_picture(*picture, tok::svg_of(counts, columns));
    common::write_stdout(options.json ? tok::line_of(tok::json_of(counts, columns))
                                      : tok::table_of(counts, columns));
    int exit_code = 0;
    for (const tok::Count& count : counts) {
        if (count.error.empty()) continue;
        common::print_message("tok", count.error);
        exit_code = static_cast<int>(ErrorCode::input);
    }
    const tok::Count total = tok::total_of(counts, models.size());
    for (const std::uint64_t n : total.n_tokens) tok::limit_exit(n, options);
    return exit_code;
}

std::string default_model() {
    // Unlike other commands, tok uses a tokenizer as it is, without packing.
    const char* chosen = std::getenv("QUIRE_MODEL");
    if (chosen != nullptr && *chosen != '\0') return chosen;
    if (common::named_models().empty()) {
        throw Error(
            ErrorCode::usage, "-m",
            "expected a tokenizer, found none; quire pull o200k_base fetches one, and words, "
            "characters and bytes need no file");
    }
    return common::find_model("");
}

int run_tok(const tok::Options& options) {
    tok::check(options);
    if (tok::reads_stdin(options)) common::announce_terminal();
    tok::Models models;
    std::vector<std::string> given = options.models;
    if (given.empty()) given.push_back(default_model());
    for (const std::string& model : given) {
        models.push_back(std::make_unique<tok::TokenizerFile>(model, options.verify));
    }
    return options.output == tok::Output::counts ? run_counts(models, options)
                                                 : tok::run_texts(models, options);
}

int command_line(int argc, char** argv) {
    CLI::App app("Count the tokens of texts, as wc counts words, and show, cut and decode them.",
                 "tok");
    common::prepare(app);
    tok::Options options;
    tok::add_options(app, options);
    return common::run_command(app, argc, argv, [&] { return run_tok(options); });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("tok", command_line, argc, argv);
}
