#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/common/command.h"
#include "apps/common/output.h"
#include "lib/base/hash.h"
#include "lib/base/parallel.h"
#include "tools/eval/choices.h"
#include "tools/eval/compare.h"
#include "tools/eval/importance.h"
#include "tools/eval/perplexity.h"

namespace {

using namespace quire;

struct Options {
    eval::Common common;
    eval::TextOptions text;
    std::string model;
    std::string reference;
    std::string questions;
    std::optional<std::size_t> n_questions;
    eval::ImportanceOptions importance;
};

void add_common(CLI::App& app, eval::Common& common) {
    common::add_threads(app, common.n_threads);
    common::add_isa(app, common.isa);
    common::add_kv_type(app, common.kv_type);
    app.add_flag("--json", common.json, "Print one JSON object");
}

void add_model(CLI::App& app, std::string& model) {
    app.add_option("-m,--model", model, "Model file, as pack writes it")
        ->required()
        ->type_name("FILE");
}

void add_text(CLI::App& app, eval::TextOptions& text) {
    app.add_option("-f,--file", text.path, "The text")->required()->type_name("TEXT");
    app.add_option("-c,--ctx-size", text.context, "Tokens of a window")
        ->check(CLI::Range(std::size_t{4}, std::size_t{1} << 24))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--chunks", text.n_windows, "Only the first N windows of the text")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 32))
        ->type_name("N");
    app.add_option("--stride", text.stride,
                   "Slide the window by N tokens and score each token once; without it the second "
                   "halves of windows that do not overlap are scored, as llama.cpp does")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 24))
        ->type_name("N");
}

std::string run_perplexity(const Options& options) {
    const eval::OpenModel model(options.model, options.common, options.common.kv_type);
    const auto result = eval::perplexity(model, options.text, options.common.n_threads);
    return options.common.json ? eval::to_json(result, options.text, model)
                               : eval::report(result, options.text);
}

std::string run_compare(const Options& options) {
    const eval::OpenModel reference(options.reference, options.common);
    const eval::OpenModel model(options.model, options.common, options.common.kv_type);
    const auto result = eval::compare(reference, model, options.text, options.common.n_threads);
    return options.common.json ? eval::to_json(result, options.text, reference, model)
                               : eval::report(result);
}

std::string run_choices(const Options& options) {
    const eval::OpenModel model(options.model, options.common, options.common.kv_type);
    const auto result =
        eval::choices(model, options.questions, options.n_questions, options.common.n_threads);
    return options.common.json ? eval::to_json(result, model) : eval::report(result);
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
    formats::write_importance(output, result.inputs, hash, result.n_tokens);
    if (options.common.json) {
        return nlohmann::ordered_json{{"output", options.importance.output},
                                      {"inputs", result.inputs.size()},
                                      {"tokens", result.n_tokens},
                                      {"model_hash", hash}}
                   .dump() +
               "\n";
    }
    return fmt::format("{}: {} inputs over {} tokens\n", options.importance.output,
                       result.inputs.size(), result.n_tokens);
}

using Run = std::string (*)(const Options&);

void add_commands(CLI::App& app, Options& options, Run& chosen) {
    const auto add = [&](const char* name, const char* about, Run run) {
        CLI::App* command = app.add_subcommand(name, about);
        command->get_formatter()->column_width(28);
        command->callback([&chosen, run] { chosen = run; });
        return command;
    };
    CLI::App* perplexity = add("perplexity", "How well a model foresees a text", run_perplexity);
    add_model(*perplexity, options.model);
    add_text(*perplexity, options.text);

    CLI::App* compare = add("compare", "How far a model has moved from a reference", run_compare);
    compare->add_option("reference", options.reference, "Model file to compare with")
        ->required()
        ->type_name("REFERENCE");
    compare->add_option("model", options.model, "Model file to judge")
        ->required()
        ->type_name("MODEL");
    add_text(*compare, options.text);

    CLI::App* choices = add("choices", "Answer multiple-choice questions", run_choices);
    add_model(*choices, options.model);
    choices
        ->add_option("-f,--file", options.questions,
                     "JSONL: prompt, choices and answer on every line")
        ->required()
        ->type_name("JSONL");
    choices->add_option("--limit", options.n_questions, "Only the first N questions")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 32))
        ->type_name("N");

    CLI::App* importance =
        add("importance", "What pack --importance needs to know of a model", run_importance);
    add_model(*importance, options.model);
    add_text(*importance, options.text);
    importance->add_option("-o,--output", options.importance.output, "The file to write")
        ->required()
        ->type_name("OUT");
    common::add_overwrite(*importance, options.importance.overwrite);
    importance
        ->add_option("--max-products", options.importance.max_products,
                     "Widest input whose products are kept; of wider ones the squares are")
        ->type_name("N")
        ->capture_default_str();
    for (CLI::App* command : {perplexity, compare, choices, importance}) {
        add_common(*command, options.common);
    }
}

int command_line(int argc, char** argv) {
    CLI::App app("Judge a .quire model: perplexity, divergence, multiple choice.", "eval");
    common::prepare(app);
    Options options;
    options.common.n_threads = 0;
    Run chosen = nullptr;
    add_commands(app, options, chosen);
    app.require_subcommand(1);
    return common::run_command(app, argc, argv, [&] {
        if (options.common.n_threads == 0) options.common.n_threads = base::default_threads();
        common::write_stdout(chosen(options));
        return 0;
    });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("eval", command_line, argc, argv);
}
