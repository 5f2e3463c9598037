#include <CLI/CLI.hpp>
#include <chrono>
#include <map>

#include "apps/common/command.h"
#include "apps/common/output.h"
#include "lib/base/parallel.h"
#include "tools/pack/convert.h"
#include "tools/pack/report.h"

namespace {

const std::map<std::string, quire::pack::TargetType> kTypes{
    {"keep", quire::pack::TargetType::keep}, {"f32", quire::pack::TargetType::f32},
    {"f16", quire::pack::TargetType::f16},   {"bf16", quire::pack::TargetType::bf16},
    {"q8", quire::pack::TargetType::q8},     {"q4", quire::pack::TargetType::q4}};

}  // namespace

int main(int argc, char** argv) {
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
    app.add_option("-o,--output", options.output, "The file to write")
        ->required()
        ->type_name("OUT.quire");
    app.add_option("--type", options.type_name,
                   "Type of the matrices; keep: as the checkpoint has them")
        ->check(CLI::IsMember(kTypes))
        ->type_name("keep|f32|f16|bf16|q8|q4")
        ->capture_default_str();
    app.add_option(
           "-c,--context", options.context,
           "Positions of the file; 0: what the checkpoint was made for. Rotary scalings that "
           "depend on the length of the text are set for it")
        ->type_name("N")
        ->capture_default_str();
    common::add_threads(app, options.n_threads);

    return common::run_command(app, argc, argv, [&] {
        const auto start = std::chrono::steady_clock::now();
        options.type = kTypes.at(options.type_name);
        if (options.n_threads == 0) options.n_threads = base::default_threads();
        const pack::Result result = pack::convert(options);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        common::write_stdout(pack::report(options, result, seconds.count()));
        return 0;
    });
}
