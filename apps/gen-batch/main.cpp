#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "apps/common/command.h"
#include "apps/common/models/find_model.h"
#include "apps/common/open_model.h"
#include "apps/common/ranks.h"
#include "apps/common/reuse/cache.h"
#include "apps/common/reuse/draft.h"
#include "apps/common/reuse/lookup.h"
#include "apps/common/units.h"
#include "apps/gen-batch/options.h"
#include "apps/gen-batch/reports/reports.h"
#include "apps/gen-batch/requests/session.h"
#include "apps/gen-batch/validate.h"
#include "formats/quire/prompts_json.h"
#include "lib/base/error.h"
#include "lib/base/parallel.h"
#include "lib/base/quoted.h"
#include "lib/generate/context.h"

namespace {

using namespace quire;

// Requests that may be between reading and writing, per sequence: enough that one long text does
// not hold up the others.
constexpr std::size_t kWindowPerSequence = 8;

// The input, the outputs and the reports. Only the first process has them.
struct Files {
    Files(const gen_batch::Options& options, const gen_batch::Outputs& to,
          const gen_batch::Settings& settings)
        : outputs(to),
          input(gen_batch::open_input(options)),
          reports(options, outputs),
          results(outputs, {.ordered = !options.unordered,
                            .retry_errors = options.retry_errors,
                            .overwrite = options.overwrite,
                            .settings_hash = settings.hash}) {}

    const gen_batch::Outputs& outputs;
    std::unique_ptr<gen_batch::Input> input;
    gen_batch::Reports reports;
    gen_batch::Results results;
};

// Reads requests, hands them out and writes results.
int run_session(const gen_batch::Options& options, const gen_batch::Settings& settings,
                Files& files, gen_batch::Dealer& dealer) {
    const std::size_t window = options.engine.n_parallel * kWindowPerSequence * dealer.n_ranks();
    const gen_batch::Shard shard = gen_batch::parse_shard(options.shard);
    gen_batch::Session session({*files.input, files.results, dealer, settings, shard, window});
    session.run([&](const gen_batch::Totals& totals) { files.reports.step(totals, dealer); });
    dealer.close();
    files.reports.finish(session.totals(), dealer);
    if (common::interrupted()) return common::kInterruptedExit;
    return session.totals().n_failed == 0 ? 0 : common::kSomeFailedExit;
}

int run_rank(gen_batch::Options& options, common::Ranks* ranks) {
    generate::EngineParams& params = options.engine;
    params.memory_bytes = common::parse_bytes(options.memory, "--memory");
    if (params.n_threads == 0) params.n_threads = base::default_threads();

    // Finds outputs that cannot be written before the model is read.
    const bool computes_only = ranks != nullptr && ranks->rank() > 0;
    std::optional<gen_batch::Outputs> outputs;
    if (!computes_only) outputs = gen_batch::place_outputs(options);
    const kernels::KernelTable& table = common::choose_isa(options.isa);
    formats::QuireFile file = common::open_model_file(options.model);
    gen_batch::Settings settings(options, file.model_hash());
    std::optional<Files> files;
    if (outputs) files.emplace(options, *outputs, settings);

    common::load_weights(file, options.load, params.n_threads);
    common::verify_weights(file, params.n_threads);
    if (options.verbose && !computes_only) {
        spdlog::info("{}", common::describe(options.load, file));
    }
    const spec::TextPrompts prompts = formats::text_prompts(file);
    if (!prompts.default_name.empty() && !computes_only) {
        spdlog::info(
            "the model's prompt {} goes before every text of which a vector is asked (prompt_name "
            "in a body names another)",
            base::quoted(prompts.default_name));
    }
    const model::Model model = common::load_model(file, table, options.kv_type);
    common::check_lookup(model, params.max_guesses);
    const auto draft = common::open_draft(options.draft, file, model, params);
    params.page_store = common::open_cache(options.cache, file, model);
    const tokenizer::Tokenizer tokenizer = common::load_tokenizer(file);
    common::for_option("--logit-bias",
                       [&] { common::resolve_biases(settings.sampling, tokenizer); });
    common::for_option("--ctx-size",
                       [&] { return generate::checked_context(model.spec, params.context); });
    params.interrupted = common::interrupted;
    const auto worker = common::for_option("--memory", [&] {
        return std::make_unique<gen_batch::Worker>(
            gen_batch::Worker::Resources{file, model, tokenizer, settings}, params);
    });
    if (computes_only) {
        gen_batch::serve(*worker, *ranks, settings);
        return 0;
    }
    gen_batch::Dealer dealer(*worker, ranks, params.n_parallel);
    const int code = run_session(options, settings, *files, dealer);
    common::report_cache(params.page_store.get(), options.verbose);
    return code;
}

int run_batch(gen_batch::Options& options, const CLI::App& app) {
    common::check_sampling(app, options.sampling);
    if (options.validate) return gen_batch::validate(options);
    options.model = common::find_model(options.model);  // its file must not be an output, too
    // Before the input is opened: opening and reading it may block, and Ctrl-C must work then.
    common::watch_interrupt();
    const std::unique_ptr<common::Ranks> ranks = common::join_ranks();
    return common::run_as_rank(ranks.get(), [&] { return run_rank(options, ranks.get()); });
}

int command_line(int argc, char** argv) {
    CLI::App app("Work through a file of requests with a .quire model, each exactly once.",
                 "gen-batch");
    common::prepare(app);
    gen_batch::Options options;
    gen_batch::add_options(app, options);
    return common::run_command(app, argc, argv, [&] { return run_batch(options, app); });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("gen-batch", command_line, argc, argv);
}
