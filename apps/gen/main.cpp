#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <random>

#include "apps/common/command.h"
#include "apps/common/input.h"
#include "apps/common/memory_need.h"
#include "apps/common/open_model.h"
#include "apps/common/output.h"
#include "apps/common/reuse/cache.h"
#include "apps/common/reuse/draft.h"
#include "apps/common/reuse/lookup.h"
#include "apps/common/terminal/progress_line.h"
#include "apps/common/terminal/terminal.h"
#include "apps/gen/answers.h"
#include "apps/gen/input.h"
#include "apps/gen/looks/draws.h"
#include "apps/gen/looks/suggest.h"
#include "apps/gen/looks/surprise.h"
#include "apps/gen/options.h"
#include "apps/gen/prompt.h"
#include "apps/gen/reasoning/thoughts.h"
#include "apps/gen/report.h"
#include "apps/gen/request.h"
#include "apps/gen/samples.h"
#include "apps/gen/scores.h"
#include "apps/gen/split.h"
#include "apps/gen/trace/trace_file.h"
#include "apps/gen/vectors.h"
#include "apps/gen/without_prompt.h"
#include "lib/base/error.h"
#include "lib/base/parallel.h"
#include "lib/base/quoted.h"
#include "lib/generate/context.h"
#include "lib/generate/engine.h"

namespace {

using namespace quire;

// What run_gen() opens before it can generate.
struct Opened {
    const formats::QuireFile& file;
    const model::Model& model;
    const tokenizer::Tokenizer& tokenizer;
};

// The processes of --split other than the first: compute their rows for the request it sends.
int serve_rows(gen::Options& options, const Opened& opened, common::Ranks& ranks) {
    gen::SplitRequest sent = gen::wait_for_request(ranks);
    options.sampling.sampler.seed = sent.seed;
    options.thought = gen::thoughts_of(options, opened.file, opened.tokenizer, sent.tokens);
    generate::Engine engine(opened.model, opened.tokenizer,
                            generate::for_one_request(options.engine, sent.tokens.size()));
    generate::complete(engine, gen::request_of(options, opened.tokenizer, std::move(sent.tokens)));
    return 0;
}

// Writes an answer as it comes, and thoughts apart from it.
class AnswerWriter {
  public:
    AnswerWriter(const gen::Options& options, const tokenizer::Tokenizer& tokenizer)
        : options_(options) {
        // Tokens behind a stop string are no part of the text.
        const bool apart =
            options.thought && options.reasoning != "show" && options.sampling.stops.empty();
        if (apart) thoughts_.emplace(*options.thought, tokenizer);
    }

    void write(const generate::Chunk& chunk) {
        if (!thoughts_) {
            if (!options_.json && !chunk.text.empty()) common::write_stdout(chunk.text);
            return;
        }
        write(thoughts_->push(chunk.tokens));
    }
    // Divides the result's text, too.
    void finish(generate::Result& result) {
        if (!thoughts_) return;
        write(thoughts_->finish());
        result.text = answer_;
        if (options_.reasoning == "stderr" && !options_.json && !reasoning_.empty()) {
            std::fputc('\n', stderr);
        }
    }
    // Nothing if thoughts are not kept apart.
    std::optional<std::string> reasoning() const {
        return thoughts_ ? std::optional(reasoning_) : std::nullopt;
    }

  private:
    void write(const gen::ThoughtStream::Text& text) {
        reasoning_ += text.thought;
        answer_ += text.answer;
        if (options_.json) return;
        if (options_.reasoning == "stderr") std::fputs(text.thought.c_str(), stderr);
        if (!text.answer.empty()) common::write_stdout(text.answer);
    }

    const gen::Options& options_;
    std::optional<gen::ThoughtStream> thoughts_;
    std::string reasoning_;
    std::string answer_;
};

// Generates the answer and reports it.
int write_answer(const gen::Options& options, const Opened& opened,
                 const std::vector<std::uint32_t>& tokens, double load_ms) {
    generate::Engine engine(opened.model, opened.tokenizer,
                            generate::for_one_request(options.engine, tokens.size()));
    generate::Request request = gen::request_of(options, opened.tokenizer, tokens);
    AnswerWriter writer(options, opened.tokenizer);
    common::ProgressLine progress(
        {.what = "prompt", .total = tokens.size(), .unit = common::ProgressLine::Unit::tokens});
    request.on_prompt = [&progress](std::size_t n) { progress.show(n); };
    request.on_chunk = [&](const generate::Chunk& chunk) {
        progress.clear();
        writer.write(chunk);
        return chunk.text.empty() || !common::interrupted();
    };
    generate::Result result = generate::complete(engine, std::move(request));
    writer.finish(result);
    const gen::Report report{result, engine.stats(), engine.scratch_bytes(), load_ms,
                             writer.reasoning()};
    if (options.json)
        common::write_stdout(gen::to_json(report, options, opened.file, opened.tokenizer));
    // At a terminal the shell's prompt starts on a new line; a pipe gets the text and nothing else.
    if (!options.json && ::isatty(STDOUT_FILENO) == 1) common::write_stdout("\n");
    gen::say_if_cut(result, options);
    if (options.verbose) {
        gen::log_verbose(report, options, opened.file, opened.model.kernels->name);
    }
    if (options.trace_output) {
        gen::write_trace(options, {opened.file, opened.model, opened.tokenizer}, tokens,
                         result.tokens);
    }
    return common::interrupted() ? common::kInterruptedExit : 0;
}

// Generates the answer and shows how each of its tokens was drawn.
int show_draws(const gen::Options& options, const Opened& opened,
               const std::vector<std::uint32_t>& tokens) {
    generate::Engine engine(opened.model, opened.tokenizer,
                            generate::for_one_request(options.engine, tokens.size()));
    generate::Request request = gen::request_of(options, opened.tokenizer, tokens);
    const bool coloured = common::may_colour(STDOUT_FILENO);
    std::size_t n_shown = 0;
    request.on_chunk = [&](const generate::Chunk& chunk) {
        for (const generate::ExplainedDraw& draw : chunk.draws) {
            common::write_stdout(gen::draw_lines(draw, ++n_shown, opened.tokenizer, coloured));
            if (options.step && !gen::wait_for_key()) return false;
        }
        return !common::interrupted();
    };
    const generate::Result result = generate::complete(engine, std::move(request));
    common::write_stdout("\n" + result.text + "\n");
    if (options.trace_output) {
        gen::write_trace(options, {opened.file, opened.model, opened.tokenizer}, tokens,
                         result.tokens);
    }
    return common::interrupted() ? common::kInterruptedExit : 0;
}

// What the options ask for after the prompt: a text, several, or what the model thinks.
int write(const gen::Options& options, const Opened& opened,
          const std::vector<std::uint32_t>& tokens, double load_ms) {
    const auto& [file, model, tokenizer] = opened;
    const gen::Scored prompt{file, model, tokenizer, tokens};
    if (options.surprise) gen::write_surprise(options, prompt);
    if (options.n_suggestions > 0) gen::write_suggestions(options, prompt);
    if (options.n_shown && !options.json) return show_draws(options, opened, tokens);
    const bool looks = options.surprise || options.n_suggestions > 0;
    const bool plain =
        !looks && !options.score && options.choices.empty() && options.n_samples == 1;
    if (plain) return write_answer(options, opened, tokens, load_ms);
    if (options.score) gen::write_score(options, prompt);
    if (!options.choices.empty()) gen::write_choice(options, prompt);
    if (options.n_samples > 1) {
        gen::write_samples(options, file, {model, tokenizer, tokens}, load_ms);
    }
    return common::interrupted() ? common::kInterruptedExit : 0;
}

// The same, and what --cache did.
int write_and_report(gen::Options& options, const Opened& opened,
                     const std::vector<std::uint32_t>& tokens, double load_ms) {
    // With --split the other processes generate to the end, so none may stop early.
    if (options.engine.split == nullptr) {
        common::watch_interrupt();
        options.engine.interrupted = common::interrupted;
    }
    const int code = write(options, opened, tokens, load_ms);
    common::report_cache(options.engine.page_store.get(), options.verbose);
    return code;
}

// A model whose tokens see later ones cannot predict them, and not every model has logits.
void check_writes(const model::Model& model, const std::string& path) {
    if (common::predicts_tokens(model)) return;
    throw Error(ErrorCode::usage, path,
                model.spec.classifier.labels.empty()
                    ? "this model writes no text; --embed gives vectors"
                    : "this model writes no text; --classify gives labels");
}

// Chat templates work on characters. A text that is continued without one may hold any bytes.
void check_text(const gen::Input& prompt, const gen::Options& options,
                const formats::QuireFile& file) {
    const bool has_template = !file.section(formats::quire_file::section::kTemplate).empty();
    if (options.raw || !has_template) return;
    common::check_utf8(prompt.text, prompt.where);
    common::check_utf8(options.system, "--system");
}

void prepare_looks(gen::Options& options) {
    // Both are about a text, not about an answer.
    if (options.surprise || options.n_suggestions > 0) options.raw = true;
    if (!options.trace.empty()) options.trace_output = gen::trace_output(options);
    if (options.step && (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1)) {
        throw Error(ErrorCode::usage, "--step",
                    "expected a terminal to wait for keys at, found none");
    }
}

int run_gen(gen::Options& options, const CLI::App& app, common::Ranks* ranks) {
    const auto start = std::chrono::steady_clock::now();
    gen::check_split(options, ranks);
    prepare_looks(options);
    common::check_sampling(app, options.sampling);
    const bool leads = ranks == nullptr || ranks->rank() == 0;
    const kernels::KernelTable& table = common::choose_isa(options.isa);
    // A launcher may leave standard input open, so under one it is not read besides a prompt.
    const std::optional<gen::Input> prompt =
        leads ? gen::read_prompt(options, !common::started_by_launcher()) : gen::Input{};
    if (!prompt) return gen::without_prompt(app);
    generate::EngineParams& params = options.engine;
    if (params.n_threads == 0) params.n_threads = base::default_threads();
    options.sampling.sampler.seed = options.seed ? *options.seed : std::random_device{}();

    formats::QuireFile file = common::open_model_file(options.model);
    options.load.reads_all = ranks == nullptr;
    common::load_weights(file, options.load, params.n_threads);
    common::verify_if_due(file, options.verify, params.n_threads);
    const model::Model model = common::load_model(file, table, options.kv_type);
    common::check_lookup(model, params.max_guesses);
    const auto draft = common::open_draft(options.draft, file, model, params);
    const tokenizer::Tokenizer tokenizer = common::load_tokenizer(file);
    common::for_option("--logit-bias",
                       [&] { common::resolve_biases(options.sampling, tokenizer); });
    gen::check_answer_options(options, model);
    if (model.encoder != nullptr) return gen::run_answers(*prompt, options, file, model, tokenizer);
    if (options.embed || options.classify) {
        common::watch_interrupt();
        gen::run_vectors(prompt->text, options, file, model, tokenizer);
        return common::interrupted() ? common::kInterruptedExit : 0;
    }
    check_writes(model, file.path());
    common::for_option("--ctx-size",
                       [&] { return generate::checked_context(model.spec, params.context); });
    params.page_store = common::open_cache(options.cache, file, model);
    const auto split = ranks == nullptr ? nullptr : gen::make_split(*ranks);
    params.split = split.get();
    const Opened opened{file, model, tokenizer};
    if (!leads) return serve_rows(options, opened, *ranks);
    check_text(*prompt, options, file);
    const gen::EncodedPrompt encoded = gen::encode_prompt(prompt->text, options, file, tokenizer);
    if (options.show_prompt) {
        common::write_stdout(gen::prompt_text(encoded, options));
        return 0;
    }
    const std::vector<std::uint32_t>& tokens = encoded.tokens;
    options.thought = gen::thoughts_of(options, file, tokenizer, tokens);
    if (!options.heal) gen::say_if_odd(encoded.text, options);
    common::warn_of_shortage(
        common::memory_need(file, model, gen::likely_length(options, model, tokens.size())));
    if (ranks != nullptr) {
        gen::send_request(*ranks, {tokens, options.sampling.sampler.seed});
    }
    const std::chrono::duration<double, std::milli> load = std::chrono::steady_clock::now() - start;
    return write_and_report(options, opened, tokens, load.count());
}

int run_alone_or_split(gen::Options& options, const CLI::App& app) {
    gen::note_temperature(options, app);
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
    options.engine.n_threads = 0;
    gen::add_options(app, options);
    return common::run_command(app, argc, argv, [&] { return run_alone_or_split(options, app); });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("gen", command_line, argc, argv);
}
