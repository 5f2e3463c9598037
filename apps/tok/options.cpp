#include "apps/tok/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/common/command.h"
#include "apps/common/options/numbers.h"
#include "lib/base/error.h"

namespace quire::tok {

namespace {

void add_outputs(CLI::App& app, Options& options) {
    auto* outputs = app.add_option_group("Instead of counts", "");
    const auto flag = [&](const char* name, Output output, const char* text) {
        outputs->add_flag_callback(
            name, [&options, output] { options.output = output; }, text);
    };
    const auto number = [&](const char* name, Output output, const char* text) {
        outputs
            ->add_option_function<std::string>(
                name,
                [&options, output, name](const std::string& value) {
                    options.output = output;
                    options.n_tokens = static_cast<std::size_t>(
                        common::parse_integer(value, name, {1, common::kMaxCount}));
                },
                text)
            ->type_name("N");
    };
    flag("--ids", Output::ids, "Print the ids, one line per file");
    flag("--pieces", Output::pieces,
         "Print a line per token: its first byte, its id and its text; at a terminal, print the "
         "text in colors, or under NO_COLOR with a bar between tokens");
    flag("--borders", Output::borders,
         "Print the text with a bar between its tokens, also where there is no terminal");
    flag("--decode", Output::decoded, "Read ids and write the text they stand for");
    number("--truncate", Output::truncated, "Write the text up to its Nth token");
    number("--split", Output::chunks,
           "Print the text in parts of at most N tokens, a JSON object per line");
    outputs->require_option(0, 1);
}

}  // namespace

void add_options(CLI::App& app, Options& options) {
    app.add_option(
           "-m,--model", options.models,
           "A .quire file or the name of one (quire models), or a tokenizer.json, its folder or a "
           ".gguf file; words, characters or bytes; or one of OpenAI's that quire pull fetched "
           "(o200k_base, gpt-4o); NAME=FILE names it; several are counted side by side (default: "
           "QUIRE_MODEL, or the only model that has a name)")
        ->type_name("MODEL")
        ->allow_extra_args(false);
    app.add_option("files", options.inputs,
                   "Files, patterns (\"*.md\") or with -r folders; none, or -, is standard input")
        ->type_name("FILE");
    app.add_option("-p,--text", options.texts, "Count this text; again for a further one")
        ->type_name("TEXT")
        ->allow_extra_args(false);
    app.add_flag("-r,--recursive", options.recursive, "Count all files below folders");
    add_outputs(app, options);
    common::add_integer(app, "--overlap", options.overlap, {0, common::kMaxCount},
                        "With --split: tokens that a part repeats of the one before")
        ->default_str("");
    common::add_integer(app, "--limit", options.limit, {0, common::kMaxCount},
                        "Exit with 5 when there are more than N tokens in all");
    app.add_option("--chat", options.chat,
                   "Count a conversation as the model is sent it: a JSON list of messages, or an "
                   "object with messages and tools; - is standard input")
        ->type_name("FILE");
    app.add_option(
           "--price", options.prices,
           "Say what the tokens cost: a JSON object of names and prices per million tokens, or "
           "LiteLLM's model_prices_and_context_window.json")
        ->type_name("FILE");
    app.add_flag("--special", options.special,
                 "Recognise special tokens in the text; without it, text is text");
    app.add_flag("--add-special", options.add_special,
                 "Count too what the model puts around a text (begin, end)");
    app.add_flag("--memory", options.memory,
                 "Say how much memory the keys and values of each text take in the model");
    common::add_kv_type(app, options.kv_type);
    app.add_flag("--json", options.json, "Print one JSON object");
    common::add_picture(app, options.picture,
                        "Draw what each text costs under each model's tokenizer");
    app.add_flag("--verify", options.verify, "Check the whole tokenizer of a .quire file first");
    app.add_flag("-v,--verbose", options.verbose, "Times and speed of counting on standard error");
    common::add_threads(app, options.n_threads);
}

namespace {

bool is_pieces(Output output) {
    return output == Output::pieces || output == Output::borders;
}

}  // namespace

bool reads_stdin(const Options& options) {
    if (!options.chat.empty()) return options.chat == "-";
    return (options.inputs.empty() && options.texts.empty()) ||
           std::ranges::find(options.inputs, "-") != options.inputs.end();
}

void check(const Options& options) {
    const auto refuse = [](const char* option, const char* why) {
        throw Error(ErrorCode::usage, option, why);
    };
    const Output output = options.output;
    const bool side_by_side = output == Output::counts || is_pieces(output);
    if (options.models.size() > 1 && !side_by_side) {
        refuse("-m", "several models go with counts, --pieces and --borders only");
    }
    if (options.models.size() > 1 && is_pieces(output) && !options.chat.empty()) {
        refuse("-m", "expected one model, whose template writes the conversation");
    }
    if (options.overlap > 0 && output != Output::chunks) refuse("--overlap", "goes with --split");
    if (output == Output::chunks && options.overlap >= options.n_tokens) {
        refuse("--overlap", "expected less than the tokens of a part");
    }
    const bool counts = output == Output::counts;
    if (options.json &&
        (output == Output::truncated || output == Output::decoded || output == Output::borders)) {
        refuse("--json", "cannot go with --truncate, --decode or --borders");
    }
    if (!options.picture.path.empty() && !counts) refuse("--svg", "goes with counts only");
    if (options.memory && !counts) refuse("--memory", "goes with counts only");
    if (options.kv_type != kernels::KvType::f16 && !options.memory) {
        refuse("--kv-type", "goes with --memory");
    }
    if (!options.prices.empty() && !counts) refuse("--price", "goes with counts only");
    if (!options.chat.empty()) {
        if (!options.inputs.empty()) refuse("--chat", "cannot go with files");
        if (!options.texts.empty()) refuse("--chat", "cannot go with -p");
        if (options.special || options.add_special) {
            refuse("--chat", "the model's template decides about special tokens");
        }
        if (output == Output::truncated || output == Output::chunks || output == Output::decoded) {
            refuse("--chat", "goes with counts, --ids, --pieces and --borders");
        }
    }
}

}  // namespace quire::tok
