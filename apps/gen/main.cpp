#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <random>

#include "apps/common/command.h"
#include "apps/common/input.h"
#include "apps/common/open_model.h"
#include "apps/common/output.h"
#include "apps/gen/input.h"
#include "apps/gen/options.h"
#include "apps/gen/prompt.h"
#include "apps/gen/report.h"
#include "apps/gen/split.h"
#include "apps/gen/vectors.h"
#include "lib/base/error.h"
#include "lib/base/parallel.h"
#include "lib/generate/context.h"

namespace {

using namespace quire;

// Weights up to here are checked at every start: that takes about as long as one token.
constexpr std::uint64_t kAlwaysVerified = std::uint64_t{1} << 30;

// Another process than the first of --split: computes its rows of what that one says.
int serve_rows(gen::Options& options, const model::Model& model,
               const tokenizer::Tokenizer& tokenizer, common::Ranks& ranks) {
    const gen::Start begin = gen::wait_for_start(ranks);
    options.params.sampler.seed = begin.seed;
    generate::generate(model, tokenizer, begin.tokens, options.params,
                       [](std::string_view) { return true; });
    return 0;
}

// A model that sees what comes behind a token cannot foretell it, and not every one has logits.
void check_writes(const model::Model& model, const std::string& path) {
    if (model.spec.output != spec::OutputKind::none && model.spec.causal) return;
    throw Error(ErrorCode::usage, path,
                model.spec.classifier.labels.empty()
                    ? "this model writes no text; --embed gives vectors"
                    : "this model writes no text; --classify gives labels");
}

// Chat templates work on characters. A text that is continued as it stands may hold any bytes.
void check_text(const gen::Input& prompt, const gen::Options& options,
                const formats::QuireFile& file) {
    const bool has_template = !file.section(formats::quire_file::section::kTemplate).empty();
    if (options.raw || !has_template) return;
    common::check_utf8(prompt.text, prompt.where);
    common::check_utf8(options.system, "--system");
}

int run_gen(gen::Options& options, const CLI::App& app, common::Ranks* ranks) {
    const auto start = std::chrono::steady_clock::now();
    gen::check_split(options, ranks);
    const bool leads = ranks == nullptr || ranks->rank() == 0;
    const kernels::KernelTable& table = common::choose_isa(options.isa);
    // A launcher's pipe need not end, so under one a prompt is complete without it.
    const std::optional<gen::Input> prompt =
        leads ? gen::read_prompt(options, !common::started_by_launcher()) : gen::Input{};
    if (!prompt) {
        std::fputs(app.help().c_str(), stderr);
        return static_cast<int>(ErrorCode::usage);
    }
    generate::GenerateParams& params = options.params;
    if (params.n_threads == 0) params.n_threads = base::default_threads();
    params.sampler.seed = options.seed ? *options.seed : std::random_device{}();

    const formats::QuireFile file = common::open_model(options.model);
    if (options.verify || file.file_bytes() <= kAlwaysVerified) {
        file.verify_weights(params.n_threads);
    }
    const model::Model model(file.spec(), file.tensors(), table, file.path(), options.kv_type);
    const tokenizer::Tokenizer tokenizer(
        [&](std::string_view name) { return file.required_section(name); });
    if (options.embed || options.classify) {
        common::watch_interrupt();
        gen::run_vectors(prompt->text, options, model, tokenizer);
        return common::interrupted() ? common::kInterruptedExit : 0;
    }
    check_writes(model, file.path());
    common::for_option("--ctx-size",
                       [&] { return generate::checked_context(model.spec, params.context); });
    const auto split = ranks == nullptr ? nullptr : gen::make_split(*ranks);
    params.split = split.get();
    if (!leads) return serve_rows(options, model, tokenizer, *ranks);
    check_text(*prompt, options, file);
    const gen::EncodedPrompt encoded = gen::encode_prompt(prompt->text, options, file, tokenizer);
    if (options.show_prompt) {
        common::write_stdout(gen::prompt_text(encoded, options));
        return 0;
    }
    const std::vector<std::uint32_t>& tokens = encoded.tokens;
    if (ranks != nullptr) gen::tell_others(*ranks, {tokens, params.sampler.seed});
    const std::chrono::duration<double, std::milli> load = std::chrono::steady_clock::now() - start;

    // The other processes go on to the end, so only one alone can stop in between.
    if (ranks == nullptr) {
        common::watch_interrupt();
        params.interrupted = common::interrupted;
    }
    const generate::GenerateResult result =
        generate::generate(model, tokenizer, tokens, params, [&](std::string_view text) {
            if (!options.json) common::write_stdout(text);
            return !common::interrupted();
        });
    const gen::Run run{result, tokens.size(), load.count()};
    if (options.json) common::write_stdout(gen::to_json(run, options, file));
    // A person's next prompt begins on its own line; a pipe gets the text and nothing else.
    if (!options.json && ::isatty(STDOUT_FILENO) == 1) common::write_stdout("\n");
    gen::say_if_cut(result, options);
    if (options.verbose) gen::log_verbose(run, options, file, table.name);
    return common::interrupted() ? common::kInterruptedExit : 0;
}

int run_alone_or_split(gen::Options& options, const CLI::App& app) {
    const std::unique_ptr<common::Ranks> ranks = common::join_ranks();
    return common::run_as_rank(ranks.get(), [&] {
        return common::with_kv_hint(options.kv_type,
                                    [&] { return run_gen(options, app, ranks.get()); });
    });
}

int command_line(int argc, char** argv) {
    CLI::App app("Generate text from a prompt with a .quire model.", "gen");
    common::prepare(app);
    gen::Options options;
    options.params.n_threads = 0;
    gen::add_options(app, options);
    return common::run_command(app, argc, argv, [&] { return run_alone_or_split(options, app); });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("gen", command_line, argc, argv);
}
