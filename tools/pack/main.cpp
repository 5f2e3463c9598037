#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <map>

#include "apps/common/command.h"
#include "apps/common/output.h"
#include "lib/base/parallel.h"
#include "tools/pack/convert.h"
#include "tools/pack/report.h"

namespace {

std::map<std::string, quire::pack::TargetType> target_names() {
    std::map<std::string, quire::pack::TargetType> out;
    for (const auto& entry : quire::pack::targets()) {
        out.emplace(std::string(entry.name), entry.target);
    }
    return out;
}

std::string target_list() {
    std::string out;
    for (const auto& entry : quire::pack::targets()) {
        out += (out.empty() ? "" : "|") + std::string(entry.name);
    }
    return out;
}

int command_line(int argc, char** argv) {
    using namespace quire;
    CLI::App app("Turn a published checkpoint into one .quire file.", "pack");
    common::prepare(app);
    pack::Options options;
    options.type_name = "keep";
    options.n_threads = 0;
    app.add_option("source", options.source,
                   "A .gguf file, a Hugging Face folder, or a llama2.c .bin with tokenizer.bin "
                   "beside it")
        ->required()
        ->type_name("SRC");
    app.add_option("-o,--output", options.output,
                   "The file to write; a .quire file that is there is replaced when the new one is "
                   "finished "
                   "and checked")
        ->required()
        ->type_name("OUT.quire");
    common::add_overwrite(app, options.overwrite);
    app.add_option("--type", options.type_name,
                   "Type of the matrices; keep: as the checkpoint has them")
        ->check(CLI::IsMember(target_names()))
        ->type_name(target_list())
        ->capture_default_str();
    app.add_option("--bits", options.bits,
                   "Bits of every weight in the mean, placed where they matter, instead of --type")
        ->check(CLI::Range(1.0, 16.0))
        ->excludes("--type")
        ->type_name("N");
    app.add_option(
           "-c,--context", options.context,
           "Positions of the file; 0: what the checkpoint was made for. Rotary scalings that "
           "depend on the length of the text are set for it")
        ->type_name("N")
        ->capture_default_str();
    std::vector<std::string> overrides;
    app.add_option(
           "--tensor-type", overrides,
           "Another type for the tensors of this name (down, layers.0.v, ...); may be given "
           "several times")
        ->type_name("NAME=TYPE")
        ->allow_extra_args(false);
    app.add_option("--importance", options.importance,
                   "Weigh errors by the model's inputs: a file that eval importance wrote")
        ->type_name("FILE");
    app.add_option("--name", options.name,
                   "Name of the model, for people; otherwise the checkpoint's own or its family "
                   "and size, never that of a folder or file")
        ->type_name("TEXT");
    common::add_threads(app, options.n_threads);

    return common::run_command(app, argc, argv, [&] {
        const auto start = std::chrono::steady_clock::now();
        options.type = target_names().at(options.type_name);
        if (options.bits != 0) options.type_name = fmt::format("{} bits", options.bits);
        for (const std::string& text : overrides) {
            options.overrides.push_back(pack::parse_override(text));
        }
        if (options.n_threads == 0) options.n_threads = base::default_threads();
        const pack::Result result = pack::convert(options);
        for (const std::string& note : result.notes) {
            std::fprintf(stderr, "pack: note: %s\n", note.c_str());
        }
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        common::write_stdout(pack::report(options, result, seconds.count()));
        return 0;
    });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("pack", command_line, argc, argv);
}
