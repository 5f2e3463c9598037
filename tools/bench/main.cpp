#include <CLI/CLI.hpp>

#include "apps/common/command.h"
#include "apps/common/load.h"
#include "apps/common/open_model.h"
#include "apps/common/options/numbers.h"
#include "apps/common/output.h"
#include "apps/common/plot/picture.h"
#include "apps/common/terminal/table.h"
#include "formats/quire/reader.h"
#include "lib/base/error.h"
#include "lib/base/parallel.h"
#include "tools/bench/report.h"

namespace {

using namespace quire;

struct Options {
    std::string model;
    common::Load load;
    std::string isa;
    kernels::KvType kv_type = kernels::KvType::f16;
    bool json = false;
    bool speed_only = false;
    bench::Settings settings;
    common::PictureOption picture;
};

void add_options(CLI::App& app, Options& options) {
    bench::Settings& s = options.settings;
    s.n_threads = 0;
    common::add_model(app, options.model);
    common::add_integer(app, "-p,--n-prompt", s.n_prompt, {0, common::kMaxTokens},
                        "Tokens of the prompt; 0 skips prefill");
    common::add_integer(app, "-n,--n-gen", s.n_generate, {0, common::kMaxTokens},
                        "Tokens to generate one by one; 0 skips decode");
    common::add_integer(app, "-d,--n-depth", s.depth, {0, common::kMaxTokens},
                        "Tokens of context before the generated ones");
    common::add_integer(app, "-B,--sequences", s.n_sequences, {1, 4096},
                        "Sequences to decode at the same time");
    common::add_integer(app, "-b,--batch", s.batch, {1, 1 << 20}, "Tokens of the prompt in a pass");
    common::add_integer(app, "-r,--repetitions", s.n_rounds, {1, 100000},
                        "Rounds to measure; medians are reported");
    common::add_threads(app, s.n_threads);
    common::add_load(app, options.load);
    common::add_isa(app, options.isa);
    common::add_kv_type(app, options.kv_type);
    app.add_flag("--speed-only", options.speed_only,
                 "Leave out the limits of the machine and the times of operations");
    app.add_flag("--json", options.json, "Print one JSON object");
    common::add_picture(app, options.picture,
                        "Draw where the time goes, or with --speed-only the speeds");
}

void check_output(const model::Model& model, const std::string& path) {
    if (common::predicts_tokens(model)) return;
    const bool reads_source = model.encoder != nullptr;
    throw Error(ErrorCode::usage, path,
                std::string("expected a model that predicts the next token, found ") +
                    (reads_source ? "an encoder with a decoder" : "an encoder"));
}

void check_context(const bench::Settings& s, std::size_t context) {
    const auto check = [&](const char* option, std::size_t needed) {
        if (needed <= context) return;
        throw Error(ErrorCode::usage, option,
                    "expected at most the context of the model, " + std::to_string(context) +
                        " positions, found " + std::to_string(needed));
    };
    check("-p", s.n_prompt);
    check("-d", s.depth);
    check("-n", s.n_generate);
    check("-d and -n", s.depth + s.n_generate);
}

int run_bench(Options& options) {
    bench::Settings& settings = options.settings;
    if (settings.n_threads == 0) settings.n_threads = base::default_threads();
    settings.per_operation = !options.speed_only;
    const auto picture = common::picture_output(options.picture, {options.model});
    const kernels::KernelTable& table = common::choose_isa(options.isa);
    formats::QuireFile file = common::open_model_file(options.model);
    common::load_weights(file, options.load, settings.n_threads);
    const model::Model model = common::load_model(file, table, options.kv_type);
    check_output(model, file.path());
    check_context(settings, model.spec.context_length);

    bench::Measurement result;
    result.model = options.model;
    result.model_hash = file.model_hash();
    result.cpu = bench::cpu_name();
    result.isa = table.name;
    result.settings = settings;
    if (!options.speed_only) result.limits = bench::measure_limits(table.name, settings.n_threads);
    if (settings.n_prompt > 0) result.prefill = bench::measure_prefill(model, settings);
    if (settings.n_generate > 0) result.decode = bench::measure_decode(model, settings);
    result.load = options.load;
    result.load_text = common::describe(options.load, file);
    if (result.limits) *result.limits |= bench::measure_limits(table.name, settings.n_threads);
    const std::string text =
        options.json ? bench::to_json(result, model)
                     : common::lines_within(bench::to_text(result, model), common::table_width());
    if (picture) common::write_picture(*picture, bench::to_svg(result));
    common::write_stdout(text);
    return 0;
}

int command_line(int argc, char** argv) {
    CLI::App app("Measure how fast a .quire model runs here, beside the limits of the machine.",
                 "bench");
    common::prepare(app);
    Options options;
    add_options(app, options);
    return common::run_command(app, argc, argv, [&] { return run_bench(options); });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("bench", command_line, argc, argv);
}
