#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "apps/common/command.h"
#include "apps/common/input.h"
#include "apps/common/open_model.h"
#include "apps/common/options/numbers.h"
#include "apps/common/output.h"
#include "apps/common/plot/picture.h"
#include "apps/common/terminal/table.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/base/parallel.h"
#include "tools/eval/choices.h"
#include "tools/eval/compare.h"
#include "tools/eval/compare_vectors.h"
#include "tools/eval/contexts/contexts.h"
#include "tools/eval/importance.h"
#include "tools/eval/perplexity.h"
#include "tools/eval/sizes/sizes.h"

namespace {

using namespace quire;

struct Options {
    eval::Common common;
    eval::TextOptions text;
    std::string model;
    std::vector<std::string> models;  // of `contexts` and `compare`
    common::PictureOption picture;
    std::string reference;
    std::string questions;
    std::optional<std::size_t> n_questions;
    eval::ImportanceOptions importance;
};

void add_common(CLI::App& app, eval::Common& common) {
    common::add_threads(app, common.n_threads);
    common::add_load(app, common.load);
    common::add_isa(app, common.isa);
    common::add_kv_type(app, common.kv_type);
    app.add_flag("--json", common.json, "Print one JSON object");
    app.add_flag("-v,--verbose", common.verbose,
                 "How the weights got into memory, on standard error");
}

void add_text(CLI::App& app, eval::TextOptions& text) {
    app.add_option("-f,--file", text.path, "The text; -: standard input")
        ->required()
        ->type_name("TEXT");
    common::add_integer(app, "-c,--ctx-size", text.context, {4, common::kMaxTokens},
                        "Tokens of a window");
    common::add_integer(app, "--chunks", text.n_windows, {1, common::kMaxCount},
                        "Only the first N windows of the text");
    common::add_integer(app, "--stride", text.stride, {1, common::kMaxTokens},
                        "Slide the window by N tokens and score each token once; without it the "
                        "second halves of windows that do not overlap are scored, as llama.cpp "
                        "does")
        ->default_str("");
}

// The result as it is printed: tables are made as wide as the terminal, JSON stays as it is.
std::string as_printed(const Options& options, std::string text) {
    return options.common.json ? std::move(text)
                               : common::lines_within(text, common::table_width());
}

std::string name_of(const eval::OpenModel& model) {
    return std::filesystem::path(model.file.path()).stem().string();
}

std::string run_perplexity(const Options& options) {
    const auto picture =
        common::picture_output(options.picture, {options.model, options.text.path});
    const eval::OpenModel model(options.model, options.common, options.common.kv_type);
    const auto result = eval::perplexity(model, options.text, options.common.n_threads);
    std::string text =
        as_printed(options, options.common.json ? eval::to_json(result, options.text, model)
                                                : eval::report(result, options.text));
    if (picture) common::write_picture(*picture, eval::to_svg(result));
    return text;
}

std::string run_contexts(const Options& options) {
    std::vector<std::string> inputs = options.models;
    inputs.push_back(options.text.path);
    const auto picture = common::picture_output(options.picture, inputs);
    std::vector<std::string> paths = options.models;
    if (paths.empty()) paths.emplace_back();  // the default model
    eval::TextOptions text = options.text;
    text.stride = text.context;  // windows that do not overlap
    const std::string bytes = common::read_input(text.path);
    std::vector<eval::ContextLosses> all;
    std::vector<std::string> hashes;
    std::vector<std::uint32_t> tokens;
    for (const std::string& path : paths) {
        const eval::OpenModel model(path, options.common, options.common.kv_type);
        const eval::Text windows = eval::make_windows(bytes, text, model);
        if (!all.empty() && windows.tokens != tokens) {
            throw Error(ErrorCode::input, text.path,
                        "expected the same tokens for all models, found others for " + path);
        }
        tokens = windows.tokens;
        all.push_back(eval::losses_by_context(model, name_of(model), windows, text.context,
                                              options.common.n_threads));
        hashes.push_back(base::hex(model.file.model_hash()));
    }
    std::string printed =
        as_printed(options, options.common.json ? eval::to_json(all, text.context, hashes)
                                                : eval::report(all, text.context));
    if (picture) common::write_picture(*picture, eval::to_svg(all, text.context));
    return printed;
}

// Several models with one reference.
std::string compare_sizes(const Options& options, const std::optional<base::OutputPath>& picture) {
    const eval::OpenModel reference(options.reference, options.common);
    const std::string bytes = common::read_input(options.text.path);
    std::vector<eval::SizedComparison> all;
    for (const std::string& path : options.models) {
        const eval::OpenModel model(path, options.common, options.common.kv_type);
        const eval::Comparison one =
            eval::compare_over(bytes, reference, model, options.text, options.common.n_threads);
        all.push_back({name_of(model), eval::bits_per_weight(model.file), one,
                       eval::to_json(one, options.text, reference, model)});
    }
    std::string text =
        as_printed(options, options.common.json ? eval::to_json(all) : eval::report(all));
    if (picture) common::write_picture(*picture, eval::to_svg(all));
    return text;
}

std::string run_compare(const Options& options) {
    std::vector<std::string> inputs = options.models;
    inputs.insert(inputs.end(), {options.reference, options.text.path});
    const auto picture = common::picture_output(options.picture, inputs);
    if (options.models.size() > 1) return compare_sizes(options, picture);
    const eval::OpenModel reference(options.reference, options.common);
    const eval::OpenModel model(options.models.front(), options.common, options.common.kv_type);
    if (!common::predicts_tokens(reference.model) && !common::predicts_tokens(model.model)) {
        if (picture) {
            throw Error(ErrorCode::usage, "--svg", "expected models that predict the next token");
        }
        const auto vectors =
            eval::compare_vectors(reference, model, options.text, options.common.n_threads);
        return as_printed(options, options.common.json
                                       ? eval::to_json(vectors, options.text, reference, model)
                                       : eval::report(vectors));
    }
    const auto result = eval::compare(reference, model, options.text, options.common.n_threads);
    std::string text = as_printed(
        options, options.common.json ? eval::to_json(result, options.text, reference, model)
                                     : eval::report(result));
    if (picture) common::write_picture(*picture, eval::to_svg(result));
    return text;
}

std::string run_choices(const Options& options) {
    const auto picture =
        common::picture_output(options.picture, {options.model, options.questions});
    const eval::OpenModel model(options.model, options.common, options.common.kv_type);
    const auto result =
        eval::choices(model, options.questions, options.n_questions, options.common.n_threads);
    std::string text = as_printed(
        options, options.common.json ? eval::to_json(result, model) : eval::report(result));
    if (picture) common::write_picture(*picture, eval::to_svg(result));
    return text;
}

std::string run_importance(const Options& options) {
    base::FileRoles roles(options.importance.overwrite);
    roles.reads("-m", options.model);
    roles.reads("-f", options.text.path);
    const base::OutputPath output =
        roles.writes("-o", options.importance.output,
                     {"a file that eval importance wrote", formats::is_importance});
    const eval::OpenModel model(options.model, options.common, options.common.kv_type);
    const auto result =
        eval::collect_importance(model, options.text, options.importance, options.common.n_threads);
    const std::string hash = base::hex(model.file.model_hash());
    // In its last form before the file is written, so that the old file is still there after a failure.
    std::string report = as_printed(
        options, options.common.json
                     ? nlohmann::ordered_json{{"output", options.importance.output},
                                              {"inputs", result.inputs.size()},
                                              {"tokens", result.n_tokens},
                                              {"model_hash", hash}}
                               .dump() +
                           "\n"
                     : fmt::format("{}: {} inputs over {} tokens\n", options.importance.output,
                                   result.inputs.size(), result.n_tokens));
    formats::write_importance(output, result.inputs, hash, result.n_tokens);
    return report;
}

void add_contexts(CLI::App& contexts, Options& options) {
    contexts
        .add_option("-m,--model", options.models,
                    "Model file, or its name; several are compared over the same tokens")
        ->type_name("MODEL")
        ->allow_extra_args(false);
    contexts.add_option("-f,--file", options.text.path, "The text; -: standard input")
        ->required()
        ->type_name("TEXT");
    common::add_integer(contexts, "-c,--ctx-size", options.text.context, {4, common::kMaxTokens},
                        "Tokens of a window");
    common::add_integer(contexts, "--chunks", options.text.n_windows, {1, common::kMaxCount},
                        "Only the first N windows of the text");
    common::add_picture(contexts, options.picture, "Draw perplexity over the length of context");
}

using Run = std::string (*)(const Options&);

void add_commands(CLI::App& app, Options& options, Run& chosen) {
    app.require_subcommand(1);
    const auto add = [&](const char* name, const char* about, Run run) {
        CLI::App* command = app.add_subcommand(name, about);
        command->callback([&chosen, run] { chosen = run; });
        return command;
    };
    CLI::App* perplexity = add("perplexity", "How well a model foresees a text", run_perplexity);
    common::add_model(*perplexity, options.model);
    add_text(*perplexity, options.text);
    common::add_picture(*perplexity, options.picture, "Draw the perplexity of each window");
    CLI::App* contexts = add("contexts",
                             "How well models foresee a text, by how much of it they have read: "
                             "windows that do not overlap, of which all tokens are scored",
                             run_contexts);
    add_contexts(*contexts, options);

    CLI::App* compare = add("compare",
                            "How far a model has moved from a reference: divergence, of encoders "
                            "the cosines of vectors",
                            run_compare);
    compare->add_option("reference", options.reference, "Model file to compare with")
        ->required()
        ->type_name("REFERENCE");
    compare
        ->add_option("model", options.models,
                     "Model file to judge; several are shown beside their bits per weight")
        ->required()
        ->type_name("MODEL");
    add_text(*compare, options.text);
    common::add_picture(*compare, options.picture, "Draw how far the distributions have moved");

    CLI::App* choices = add("choices", "Answer multiple-choice questions", run_choices);
    common::add_model(*choices, options.model);
    choices
        ->add_option(
            "-f,--file", options.questions,
            "A JSON object per line with prompt (or question, context, ctx, query), choices "
            "(endings, options; a list of texts, or {\"text\": [..], \"label\": [..]}) and "
            "answer (label, gold, correct, answerKey; a number from 0, a letter, a label or "
            "the text); -: standard input")
        ->required()
        ->type_name("JSONL");
    common::add_integer(*choices, "--limit", options.n_questions, {1, common::kMaxCount},
                        "Only the first N questions");
    common::add_picture(*choices, options.picture, "Draw the shares of right answers");

    CLI::App* importance =
        add("importance", "What pack --importance needs to know of a model", run_importance);
    common::add_model(*importance, options.model);
    add_text(*importance, options.text);
    importance->add_option("-o,--output", options.importance.output, "The file to write")
        ->required()
        ->type_name("OUT");
    common::add_overwrite(*importance, options.importance.overwrite);
    common::add_integer(*importance, "--max-products", options.importance.max_products,
                        {0, common::kMaxCount},
                        "Widest input whose products are kept; of wider ones the squares are");
    for (CLI::App* command : {perplexity, contexts, compare, choices, importance}) {
        add_common(*command, options.common);
    }
}

int run_eval(Options& options, Run chosen) {
    if (options.common.n_threads == 0) options.common.n_threads = base::default_threads();
    common::write_stdout(
        common::with_kv_hint(options.common.kv_type, [&] { return chosen(options); }));
    return 0;
}

int command_line(int argc, char** argv) {
    CLI::App app("Judge a .quire model: perplexity, divergence, multiple choice.", "eval");
    common::prepare(app);
    Options options;
    options.common.n_threads = 0;
    Run chosen = nullptr;
    add_commands(app, options, chosen);
    return common::run_command(app, argc, argv, [&] { return run_eval(options, chosen); });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("eval", command_line, argc, argv);
}
