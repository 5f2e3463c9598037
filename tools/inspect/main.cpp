#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>

#include "apps/common/command.h"
#include "apps/common/load.h"
#include "apps/common/open_model.h"
#include "apps/common/output.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/parallel.h"
#include "lib/generate/selftest.h"
#include "tools/inspect/describe.h"
#include "tools/inspect/views.h"

namespace {

using namespace quire;

// Repeats the file's self-test. Error{model} at the first difference.
std::string repeat_selftest(const formats::QuireFile& file, const std::string& isa, int n_threads) {
    const kernels::KernelTable& table = common::choose_isa(isa);
    const formats::SelfTest test = file.selftest();
    const std::string where = file.where("selftest");
    file.expect_all_weights();
    const model::Model model = common::load_model(file, table, common::kv_type_named(test.kv_type));
    const tokenizer::Tokenizer tokenizer = common::load_tokenizer(file);
    for (std::size_t i = 0; i < test.cases.size(); ++i) {
        const auto& expected = test.cases[i];
        const std::string name = where + ": prompt " + std::to_string(i);
        const generate::SelfTestResult found =
            generate::run_selftest(model, tokenizer, expected.prompt, n_threads);
        if (found.tokens != expected.tokens) {
            throw Error(ErrorCode::model, name,
                        fmt::format("expected token ids {}, found {}",
                                    fmt::join(expected.tokens, " "), fmt::join(found.tokens, " ")));
        }
        // Another arithmetic intentionally gives other bits; the ids above are still comparable.
        if (test.arithmetic == model::kArithmetic && found.logits_hash != expected.logits_hash) {
            throw Error(ErrorCode::model, name,
                        "expected logits " + base::hex(expected.logits_hash) + ", found " +
                            base::hex(found.logits_hash));
        }
    }
    if (test.arithmetic != model::kArithmetic) {
        return fmt::format(
            "self-test: token ids match; logits are not comparable (made with "
            "arithmetic {}, this is {})\n",
            test.arithmetic, model::kArithmetic);
    }
    return fmt::format("self-test: {} prompts match bit for bit ({})\n", test.cases.size(),
                       table.name);
}

using inspect::ViewOptions;

struct Options {
    std::string path;
    bool json = false;
    bool tensors = false;
    bool verify = false;
    bool selftest = false;
    int n_threads = 0;
    std::string isa;
    ViewOptions views;
};

void add_options(CLI::App& app, Options& options) {
    app.add_option("file", options.path, "Model file, as pack writes it")
        ->required()
        ->type_name("FILE");
    app.add_flag("--json", options.json, "Print one JSON object");
    app.add_flag("--tensors", options.tensors, "List every tensor");
    app.add_flag("--verify", options.verify,
                 "Check the weights' checksums (all others always are)");
    app.add_flag("--selftest", options.selftest, "Run the file's own test: token ids and logits");
    common::add_threads(app, options.n_threads);
    common::add_isa(app, options.isa);
    inspect::add_views(app, options.views);
}

// A view instead of the description.
// A model of counted n-grams has neither embeddings nor positions to look at.
void check_view(const formats::QuireFile& file, const ViewOptions& views) {
    if (views.tokens || file.spec().ngram_order == 0) return;
    const char* option = views.positions            ? "--positions"
                         : !views.near.empty()      ? "--near"
                         : !views.embedding.empty() ? "--embedding"
                         : !views.map.empty()       ? "--map"
                                                    : "--analogy";
    throw Error(ErrorCode::usage, option,
                "expected a network with embeddings, found a model of counted n-grams");
}

int run_view(Options& options) {
    const auto refuse = [](bool given, const char* option) {
        if (given) throw Error(ErrorCode::usage, option, "expected no view beside it, found one");
    };
    refuse(options.tensors, "--tensors");
    refuse(options.selftest, "--selftest");
    refuse(!options.isa.empty(), "--isa");
    options.views.n_threads = options.n_threads;
    const formats::QuireFile file = common::open_model_file(options.path);
    check_view(file, options.views);
    if (options.verify) common::verify_weights(file, options.n_threads);
    common::write_stdout(inspect::view_of(file, options.path, options.views, options.json));
    return 0;
}

int run_inspect(const CLI::App& app, Options& options) {
    if (options.n_threads == 0) options.n_threads = base::default_threads();
    if (inspect::wants_view(app, options.views)) return run_view(options);
    const formats::QuireFile file = common::open_model_file(options.path);
    // With --json the results of checks go to standard error: the output is one object.
    std::string checked;
    if (options.verify) {
        common::verify_weights(file, options.n_threads);
        checked += fmt::format("checksums: all {} sections and {} tensors match\n",
                               file.sections().size(), file.tensor_records().size());
    }
    if (options.selftest) checked += repeat_selftest(file, options.isa, options.n_threads);
    common::write_stdout(options.json ? inspect::describe_json(file, options.tensors)
                                      : inspect::describe(file, options.tensors) + checked);
    if (options.json) std::fputs(checked.c_str(), stderr);
    return 0;
}

int command_line(int argc, char** argv) {
    CLI::App app("Show what a .quire file holds, check it, and look into its embeddings.",
                 "inspect");
    common::prepare(app);
    Options options;
    add_options(app, options);
    return common::run_command(app, argc, argv, [&] { return run_inspect(app, options); });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("inspect", command_line, argc, argv);
}
