#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <vector>

#include "apps/common/command.h"
#include "apps/common/message.h"
#include "apps/common/options/numbers.h"
#include "apps/common/output.h"
#include "lib/base/error.h"
#include "lib/base/join.h"
#include "lib/base/parallel.h"
#include "lib/spec/limits.h"
#include "models/source/source.h"
#include "tools/pack/convert.h"
#include "tools/pack/ngram/convert_ngram.h"
#include "tools/pack/paths.h"
#include "tools/pack/report.h"
#include "tools/pack/types/type_names.h"

namespace {

using namespace quire;

struct Arguments {
    pack::Options options;
    pack::NgramOptions ngram;  // with an order of 0 not asked for
    std::vector<std::string> sources;
    std::vector<std::string> overrides;
    std::vector<std::string> adapters;
};

// Names with the bits per weight that they ask for.
std::string type_help() {
    std::vector<pack::TargetInfo> sizes;
    std::ranges::copy_if(pack::targets(), std::back_inserter(sizes),
                         [](const pack::TargetInfo& target) { return target.bits != 0; });
    std::ranges::stable_sort(sizes, std::greater{}, &pack::TargetInfo::bits);
    const auto text = [](const pack::TargetInfo& target) {
        return fmt::format("{} {}", target.name, target.bits);
    };
    return "Type of the matrices; keep: as the checkpoint has them; q4_k_m: as llama.cpp's. Mean "
           "bits per weight, the vocabulary included: q8 8.5, " +
           base::join(sizes, ", ", text) + ". Below q8 the bits go where they matter most";
}

void add_options(CLI::App& app, Arguments& arguments) {
    pack::Options& options = arguments.options;
    auto* source = app.add_option("source", arguments.sources,
                                  "A .gguf file, a Hugging Face folder, or a llama2.c .bin with "
                                  "tokenizer.bin beside it; with --ngram, texts")
                       ->type_name("SRC");
    auto* shape =
        app.add_option(
               "--shape", options.shape,
               "Instead of a source: the shape of a published model, with random weights of "
               "that size, to measure what it would take")
            ->type_name(models::shape_names("|"))
            ->excludes(source);
    app.add_option("-o,--output", options.output,
                   "The file to write; a .quire file that is there is replaced when the new one is "
                   "finished "
                   "and checked")
        ->required()
        ->type_name("OUT.quire");
    common::add_overwrite(app, options.overwrite);
    app.add_option("--type", options.type_name, type_help())
        ->type_name(base::join(pack::targets(), "|", &pack::TargetInfo::name))
        ->capture_default_str();
    common::add_real(app, "--bits", options.bits, {1, 16},
                     "Mean bits per weight, instead of a --type with a size of its own")
        ->default_str("")
        ->excludes("--type");
    common::add_integer(app, "-c,--context", options.context, {0, UINT32_MAX},
                        "Positions of the file; 0: what the checkpoint was made for. Rotary "
                        "scalings that depend on the length of the text are set for it");
    app.add_option("--tensor-type", arguments.overrides,
                   "Another type for the tensors of this name (down, layers.0.v, ...); may be "
                   "given several times")
        ->type_name("NAME=TYPE")
        ->allow_extra_args(false);
    app.add_option("--lora", arguments.adapters,
                   "Add a LoRA adapter to the weights, with another factor than its own after a "
                   "colon; may be given several times")
        ->type_name("ADAPTER[:FACTOR]")
        ->allow_extra_args(false)
        ->excludes(shape);
    app.add_option("--importance", options.importance,
                   "Weigh errors by the model's inputs: a file that eval importance wrote")
        ->type_name("FILE")
        ->excludes(shape);
    app.add_option("--name", options.name,
                   "Name of the model, for people; otherwise the checkpoint's own or its family "
                   "and size, never that of a folder or file")
        ->type_name("TEXT");
    app.add_flag("--no-chat-template", options.no_chat_template,
                 "Leave the chat template out, for one that cannot be run here")
        ->excludes(shape);
    common::add_threads(app, options.n_threads);
    common::add_kv_type(app, options.kv_type);
}

// A model of a text instead of a checkpoint.
void add_ngram(CLI::App& app, pack::NgramOptions& options) {
    auto* ngram = common::add_integer(
                      app, "--ngram", options.order, {1, spec::kMaxNgramOrder},
                      "Instead of a checkpoint: count the runs of up to N tokens of the texts SRC, "
                      "and write a model that predicts a token from the N - 1 before it (modified "
                      "Kneser-Ney)")
                      ->default_str("");
    for (const char* other : {"--shape", "--type", "--bits", "--tensor-type", "--importance",
                              "--no-chat-template", "--kv-type"}) {
        ngram->excludes(app.get_option(other));
    }
    app.add_option("-m,--tokenizer", options.tokenizer,
                   "The tokenizer for --ngram: whatever tok -m takes and has ids")
        ->type_name("TOKENIZER")
        ->needs(ngram);
    app.add_flag("--lines", options.lines,
                 "With --ngram: each line is a document of its own, without its line end")
        ->needs(ngram);
}

int run_ngram(const Arguments& arguments) {
    pack::NgramOptions options = arguments.ngram;
    const auto start = std::chrono::steady_clock::now();
    if (arguments.sources.empty()) {
        throw Error(ErrorCode::usage, "--ngram", "expected texts to count, found none");
    }
    if (options.tokenizer.empty()) {
        throw Error(ErrorCode::usage, "--ngram",
                    "expected a tokenizer by -m beside it, found none");
    }
    pack::check_paths("", arguments.options.output);
    options.texts = arguments.sources;
    options.output = arguments.options.output;
    options.name = arguments.options.name;
    options.context = arguments.options.context;
    options.overwrite = arguments.options.overwrite;
    options.n_threads = arguments.options.n_threads;
    if (options.n_threads == 0) options.n_threads = base::default_threads();
    std::string report;
    pack::convert_ngram(options, [&](const pack::NgramResult& result) {
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        report = pack::report(options, result, seconds.count());
    });
    common::write_stdout(report);
    return 0;
}

int run_pack(Arguments& arguments) {
    if (arguments.ngram.order > 0) return run_ngram(arguments);
    pack::Options& options = arguments.options;
    const auto start = std::chrono::steady_clock::now();
    if (arguments.sources.size() > 1) {
        throw Error(ErrorCode::usage, "SRC",
                    "expected one checkpoint, found " + std::to_string(arguments.sources.size()));
    }
    if (!arguments.sources.empty()) options.source = arguments.sources.front();
    if (options.source.empty() && options.shape.empty()) {
        throw Error(ErrorCode::usage, "",
                    "expected SRC, a checkpoint, or --shape NAME, found neither (try --help)");
    }
    const pack::TargetInfo& target = pack::find_target(options.type_name);
    options.type = target.target;
    options.type_name = target.name;
    pack::check_paths(options.source, options.output);
    if (options.bits != 0) options.type_name = fmt::format("{} bits", options.bits);
    for (const std::string& text : arguments.overrides) {
        options.overrides.push_back(pack::parse_override(text));
    }
    for (const std::string& text : arguments.adapters) {
        options.adapters.push_back(pack::parse_adapter(text));
    }
    if (options.n_threads == 0) options.n_threads = base::default_threads();
    // Built before the file gets its name, so that running out of memory leaves the old file in
    // place.
    std::string report;
    const auto ready = [&](const pack::Result& result) {
        for (const std::string& note : result.notes) {
            common::print_message("pack", "note: " + note);
        }
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        report = pack::report(options, result, seconds.count());
    };
    common::with_kv_hint(options.kv_type, [&] { return pack::convert(options, ready); });
    common::write_stdout(report);
    return 0;
}

int command_line(int argc, char** argv) {
    CLI::App app("Turn a published checkpoint into one .quire file.", "pack");
    common::prepare(app);
    Arguments arguments;
    arguments.options.type_name = "keep";
    arguments.options.n_threads = 0;
    add_options(app, arguments);
    add_ngram(app, arguments.ngram);
    return common::run_command(app, argc, argv, [&] { return run_pack(arguments); });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("pack", command_line, argc, argv);
}
