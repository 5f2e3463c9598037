#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>

#include "apps/common/command.h"
#include "apps/common/input.h"
#include "apps/common/message.h"
#include "apps/common/models/find_model.h"
#include "apps/common/output.h"
#include "apps/tok/chat.h"
#include "apps/tok/count.h"
#include "apps/tok/cut.h"
#include "apps/tok/inputs.h"
#include "apps/tok/options.h"
#include "apps/tok/report.h"
#include "apps/tok/tokens.h"
#include "lib/base/error.h"
#include "lib/tokenizer/encode/encoder.h"

namespace {

using namespace quire;
using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

int limit_exit(std::uint64_t n_tokens, const tok::Options& options) {
    if (!options.limit || n_tokens <= *options.limit) return 0;
    throw Error(ErrorCode::limit, "--limit",
                "expected at most " + std::to_string(*options.limit) + " tokens, found " +
                    std::to_string(n_tokens));
}

struct NamedText {
    std::string_view text;
    const std::string& name;
    tokenizer::EncodeOptions encode;
};

// Over all texts of a run.
struct Totals {
    Json files = Json::array();  // with --json, one entry per text
    std::uint64_t n_tokens = 0;
    std::uint64_t n_bytes = 0;
};

// Prints one text token by token; with --json it is only added to the totals.
void write_tokens(const NamedText& input, tok::TokenizerFile& model, const tok::Options& options,
                  Totals& totals) {
    const std::string_view text = input.text;
    const tokenizer::Tokenizer& tokenizer = model.tokenizer();
    const auto spans = tokenizer::Encoder(tokenizer).encode_spans(text, input.encode);
    totals.n_tokens += spans.size();
    const bool pieces = options.output == tok::Output::pieces;
    if (options.json) {
        Json entry{{"name", input.name},
                   {"model", model.name()},
                   {"tokens", spans.size()},
                   {"bytes", text.size()}};
        if (pieces) {
            entry["pieces"] = tok::pieces_json(text, spans, tokenizer);
        } else {
            entry["ids"] = Json::array();
            for (const tokenizer::TokenSpan& span : spans) entry["ids"].push_back(span.id);
        }
        totals.files.push_back(std::move(entry));
        return;
    }
    const bool coloured = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    common::write_stdout(pieces ? tok::pieces_lines(text, spans, tokenizer, coloured)
                                : tok::ids_line(spans));
}

void write_parts(const NamedText& input, const tokenizer::Tokenizer& tokenizer,
                 const tok::Options& options) {
    const std::string_view text = input.text;
    tok::Cutter cutter(text, tokenizer, input.encode);
    if (options.output == tok::Output::truncated) {
        const tok::TextPart front = cutter.front(options.n_tokens);
        return common::write_stdout(text.substr(0, front.end));
    }
    for (const tok::TextPart& part : cutter.parts(options.n_tokens, options.overlap)) {
        common::write_stdout(line_of({{"name", input.name},
                                      {"begin", part.begin},
                                      {"end", part.end},
                                      {"tokens", part.n_tokens},
                                      {"text", text.substr(part.begin, part.end - part.begin)}}));
    }
}

void log_speed(const tok::Count& total, std::chrono::steady_clock::time_point start) {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    const double megabytes = static_cast<double>(total.n_bytes * total.n_tokens.size()) / 1e6;
    spdlog::info("{} bytes in {:.1f} ms, {:.1f} MB/s", total.n_bytes, time.count() * 1e3,
                 megabytes / time.count());
}

int run_counts(tok::Models& models, const tok::Options& options) {
    std::vector<std::string> names;
    for (const auto& model : models) names.push_back(model->name());
    std::vector<tok::Price> prices;
    if (!options.prices.empty()) prices = tok::read_prices(options.prices, names);

    std::vector<tok::Count> counts;
    if (options.chat.empty()) {
        const auto start = std::chrono::steady_clock::now();
        counts = tok::count_texts(models, tok::expand(options.inputs, options.recursive), options);
        if (options.verbose) log_speed(tok::total_of(counts, models.size()), start);
    } else {
        const std::string json(tok::WholeText(options.chat).text());
        counts.push_back({options.chat, json.size(), {}, {}});
        for (const auto& model : models) {
            const chat::Rendered chat = tok::render_chat(json, *model, options.chat);
            const auto trusted = chat::ChatEncoder::trusted(chat);
            counts.back().n_tokens.push_back(
                tokenizer::encode(model->tokenizer(), chat.text, {.trusted = trusted}).size());
        }
    }
    common::write_stdout(options.json ? line_of(tok::json_of(counts, names, prices))
                                      : tok::table_of(counts, names, prices));
    int exit_code = 0;
    for (const tok::Count& count : counts) {
        if (count.error.empty()) continue;
        common::print_message("tok", count.error);
        exit_code = static_cast<int>(ErrorCode::input);
    }
    const tok::Count total = tok::total_of(counts, models.size());
    for (const std::uint64_t n : total.n_tokens) limit_exit(n, options);
    return exit_code;
}

int run_texts(tok::TokenizerFile& model, const tok::Options& options) {
    const tokenizer::Tokenizer& tokenizer = model.tokenizer();
    Totals totals;
    const auto one = [&](const NamedText& input) {
        totals.n_bytes += input.text.size();
        switch (options.output) {
            case tok::Output::decoded:
                common::write_stdout(tok::decode(tok::parse_ids(input.text, tokenizer, input.name),
                                                 tokenizer, options.special));
                break;
            case tok::Output::truncated:
            case tok::Output::chunks:
                write_parts(input, tokenizer, options);
                break;
            case tok::Output::counts:
            case tok::Output::ids:
            case tok::Output::pieces:
                write_tokens(input, model, options, totals);
                break;
        }
    };
    if (!options.chat.empty()) {
        const std::string json(tok::WholeText(options.chat).text());
        const chat::Rendered chat = tok::render_chat(json, model, options.chat);
        const auto trusted = chat::ChatEncoder::trusted(chat);
        one({chat.text, options.chat, {.trusted = trusted}});
    } else {
        const auto inputs = tok::expand(options.inputs, options.recursive);
        if (options.output == tok::Output::truncated && inputs.size() > 1) {
            throw Error(ErrorCode::usage, "--truncate",
                        "expected one text, found " + std::to_string(inputs.size()) +
                            ", whose fronts would run together");
        }
        for (const std::string& input : inputs) {
            const tok::WholeText text(input);
            one({text.text(),
                 input,
                 {.add_special = options.add_special, .trust_all = options.special}});
            text.check_whole();
        }
    }
    if (options.json && options.output != tok::Output::chunks) {
        const Json total{
            {"model", model.name()}, {"tokens", totals.n_tokens}, {"bytes", totals.n_bytes}};
        common::write_stdout(
            line_of({{"files", std::move(totals.files)}, {"totals", Json::array({total})}}));
    }
    return limit_exit(totals.n_tokens, options);
}

int run_tok(const tok::Options& options) {
    tok::check(options);
    if (tok::reads_stdin(options)) common::announce_terminal();
    tok::Models models;
    std::vector<std::string> given = options.models;
    if (given.empty()) given.push_back(common::find_model(""));
    for (const std::string& model : given) {
        models.push_back(std::make_unique<tok::TokenizerFile>(model, options.verify));
    }
    return options.output == tok::Output::counts ? run_counts(models, options)
                                                 : run_texts(*models.front(), options);
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
