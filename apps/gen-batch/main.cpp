#include <CLI/CLI.hpp>
#include <chrono>

#include "apps/common/command.h"
#include "apps/common/ranks.h"
#include "apps/gen-batch/options.h"
#include "apps/gen-batch/progress.h"
#include "apps/gen-batch/session.h"
#include "apps/gen-batch/summary.h"
#include "apps/gen-batch/validate.h"
#include "lib/base/error.h"
#include "lib/base/parallel.h"
#include "lib/kernels/dispatch.h"

namespace {

using namespace quire;

// Results between reading and writing: enough that a long text holds up none of the others.
constexpr std::size_t kWindowPerSequence = 8;

constexpr std::chrono::seconds kMetricsEvery{5};

// Progress, metrics and summary of a run.
class Reports {
  public:
    explicit Reports(const gen_batch::Options& options)
        : options_(options),
          prices_(gen_batch::read_prices(options.prices)),
          progress_(options.quiet) {}

    void step(const gen_batch::Totals& totals, const gen_batch::Dealer& dealer) {
        progress_.show(totals);
        const auto now = std::chrono::steady_clock::now();
        if (options_.metrics.empty() || now < next_metrics_) return;
        next_metrics_ = now + kMetricsEvery;
        gen_batch::replace_file(options_.metrics,
                                gen_batch::metrics_text({totals, dealer.stats(), prices_, false}));
    }
    void finish(const gen_batch::Totals& totals, const gen_batch::Dealer& dealer) {
        const gen_batch::SummaryParts parts{totals, dealer.stats(), prices_,
                                            !common::interrupted()};
        if (!options_.metrics.empty()) {
            gen_batch::replace_file(options_.metrics, metrics_text(parts));
        }
        if (!options_.summary.empty()) {
            gen_batch::replace_file(options_.summary, summary_json(parts));
        }
        progress_.finish(totals);
    }

  private:
    const gen_batch::Options& options_;
    std::vector<gen_batch::Price> prices_;
    gen_batch::Progress progress_;
    std::chrono::steady_clock::time_point next_metrics_{};
};

// Reads, deals out and writes.
int run_session(const gen_batch::Options& options, const gen_batch::Settings& settings,
                gen_batch::Dealer& dealer) {
    const auto input = gen_batch::open_input(options);
    gen_batch::Results results({options.output, !options.unordered, options.retry_errors});
    Reports reports(options);
    common::watch_interrupt();
    const std::size_t window = options.scheduler.n_parallel * kWindowPerSequence * dealer.n_ranks();
    const gen_batch::Shard shard = gen_batch::parse_shard(options.shard);
    gen_batch::Session session(
        {*input, results, dealer, settings, !options.unordered, shard, window});
    session.run([&](const gen_batch::Totals& totals) { reports.step(totals, dealer); });
    dealer.close();
    reports.finish(session.totals(), dealer);
    if (common::interrupted()) return common::kInterruptedExit;
    return session.totals().n_failed == 0 ? 0 : common::kSomeFailedExit;
}

int run_rank(gen_batch::Options& options, common::Ranks* ranks) {
    run::SchedulerParams& params = options.scheduler;
    params.memory_bytes = gen_batch::parse_bytes(options.memory, "--memory");
    if (params.n_threads == 0) params.n_threads = base::default_threads();

    const kernels::KernelTable& table = kernels::choose(options.isa);
    const formats::QuireFile file = formats::QuireFile::open(options.model);
    file.verify_weights(params.n_threads);
    const model::Model model(file.spec(), file.tensors(), table, file.path(), options.kv_type);
    const text::Tokenizer tokenizer(
        [&](std::string_view name) { return file.required_section(name); });
    const gen_batch::Settings settings(options, file.model_hash());
    gen_batch::Engine engine({file, model, tokenizer, settings}, params);
    if (ranks != nullptr && ranks->rank() > 0) {
        gen_batch::serve(engine, *ranks, settings);
        return 0;
    }
    gen_batch::Dealer dealer(engine, ranks, params.n_parallel);
    return run_session(options, settings, dealer);
}

int run_batch(gen_batch::Options& options) {
    if (options.validate) return gen_batch::validate(options);
    if (options.model.empty()) throw Error(ErrorCode::usage, "-m", "expected a model file");
    const std::unique_ptr<common::Ranks> ranks = common::join_ranks();
    return common::run_as_rank(ranks.get(), [&] { return run_rank(options, ranks.get()); });
}

int command_line(int argc, char** argv) {
    CLI::App app("Work through a file of requests with a .quire model, each exactly once.",
                 "gen-batch");
    common::prepare(app);
    gen_batch::Options options;
    gen_batch::add_options(app, options);
    return common::run_command(app, argc, argv, [&] { return run_batch(options); });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("gen-batch", command_line, argc, argv);
}
