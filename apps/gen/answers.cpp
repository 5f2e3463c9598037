#include "apps/gen/answers.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>
#include <map>

#include "apps/common/command.h"
#include "apps/common/options/constraint.h"
#include "apps/common/output.h"
#include "apps/gen/report.h"
#include "apps/gen/request.h"
#include "lib/base/error.h"
#include "lib/base/json/json.h"
#include "lib/generate/answers/answer.h"
#include "lib/generate/engine.h"

namespace quire::gen {

namespace {

// Texts that are computed at the same time with --lines.
constexpr std::size_t kLinesAtOnce = 16;

struct Opened {
    const Options& options;
    const formats::QuireFile& file;
    const model::Model& model;
    const tokenizer::Tokenizer& tokenizer;
    spec::AnswerSpec answers;
    generate::AnswerChoice choice;
};

// Without --temp, answers are searched for, or the likeliest token is taken each time.
generate::Request request_of(const Opened& opened, std::string_view text) {
    const Options& options = opened.options;
    generate::Request request = request_of(options, opened.tokenizer, {});
    if (!options.temperature_given) request.continuation.sampler.temperature = 0;
    generate::AnswerChoice choice = opened.choice;
    if (options.temperature_given && !choice.n_beams) choice.n_beams = 1;
    generate::set_answer(request, opened.answers,
                         generate::source_ids(opened.answers, opened.tokenizer, text, choice),
                         choice);
    return request;
}

generate::EngineParams params_for(const Opened& opened, std::size_t n_texts) {
    generate::EngineParams params = opened.options.engine;
    const std::size_t n_beams = opened.choice.n_beams.value_or(opened.answers.n_beams);
    params.n_parallel = std::max<std::size_t>(1, n_beams) * n_texts;
    // The prompts of answers are a few tokens long.
    params.batch = std::min<std::size_t>(params.batch, 4 * n_texts);
    params.memory_bytes = std::numeric_limits<std::uint64_t>::max();
    params.share_prefixes = false;
    params.interrupted = common::interrupted;
    return params;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string line = text.substr(begin, end - begin);
        if (line.ends_with('\r')) line.pop_back();
        lines.push_back(std::move(line));
        begin = end + 1;
    }
    return lines;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Writes results in the order of the lines.
class LineWriter {
  public:
    explicit LineWriter(bool json) : json_(json) {}

    void put(std::size_t index, std::string text) {
        waiting_.emplace(index, std::move(text));
        for (auto next = waiting_.find(n_written_); next != waiting_.end();
             next = waiting_.find(n_written_)) {
            write(next->second);
            waiting_.erase(next);
            ++n_written_;
        }
    }
    std::size_t n_written() const noexcept { return n_written_; }

  private:
    void write(std::string& text) const {
        if (json_) {
            const nlohmann::ordered_json json{{"line", n_written_ + 1}, {"text", text}};
            text = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
        } else {
            std::ranges::replace(text, '\n', ' ');  // an answer is one line
        }
        common::write_stdout(text + "\n");
    }

    bool json_;
    std::size_t n_written_ = 0;
    std::map<std::size_t, std::string> waiting_;
};

int write_lines(const Input& prompt, const Opened& opened) {
    const std::vector<std::string> lines = lines_of(prompt.text);
    generate::Engine engine(opened.model, opened.tokenizer, params_for(opened, kLinesAtOnce));
    LineWriter writer(opened.options.json);
    std::size_t next = 0;
    const auto add_next = [&] {
        const std::size_t index = next++;
        if (is_blank(lines[index])) return writer.put(index, "");
        generate::Request request = request_of(opened, lines[index]);
        request.on_done = [&writer, index](generate::Result result) {
            if (result.failure) throw model::NotFinite(*result.failure);
            if (result.finish != generate::FinishReason::interrupted) {
                writer.put(index, std::move(result.text));
            }
        };
        try {
            engine.add(std::move(request));
        } catch (const Error& error) {
            throw Error(error.code(), prompt.where + " line " + std::to_string(index + 1),
                        error.what());
        }
    };
    while ((next < lines.size() || engine.n_unfinished() > 0) && !common::interrupted()) {
        // Short lines wait behind long ones, so a few more than are computed at once.
        while (next < lines.size() && engine.n_unfinished() < 2 * kLinesAtOnce) add_next();
        engine.step();
    }
    return common::interrupted() ? common::kInterruptedExit : 0;
}

int write_answer(const Input& prompt, const Opened& opened) {
    const Options& options = opened.options;
    generate::Engine engine(opened.model, opened.tokenizer, params_for(opened, 1));
    generate::Request request = request_of(opened, prompt.text);
    request.on_chunk = [&options](const generate::Chunk& chunk) {
        if (!options.json && !chunk.text.empty()) common::write_stdout(chunk.text);
        return !common::interrupted();
    };
    generate::Result result = generate::complete(engine, std::move(request));
    const Report report{result, engine.stats(), engine.scratch_bytes(), 0};
    if (options.json) common::write_stdout(to_json(report, options, opened.file, opened.tokenizer));
    if (!options.json && ::isatty(STDOUT_FILENO) == 1) common::write_stdout("\n");
    say_if_cut(result, options);
    if (options.verbose) log_verbose(report, options, opened.file, opened.model.kernels->name);
    return common::interrupted() ? common::kInterruptedExit : 0;
}

[[noreturn]] void refuse(const char* option, const char* why) {
    throw Error(ErrorCode::usage, option, why);
}

// A model of counted n-grams has no layers to look at, and no rows to divide.
void check_counts(const Options& options) {
    constexpr const char* kWhy = "expected a network, found a model of counted n-grams";
    if (options.embed) refuse("--embed", kWhy);
    if (options.classify) refuse("--classify", kWhy);
    if (!options.trace.empty()) refuse("--trace", kWhy);
    if (!options.split.empty()) refuse("--split", kWhy);
}

}  // namespace

void note_temperature(Options& options, const CLI::App& app) {
    options.temperature_given = app.get_option("--temp")->count() > 0;
}

void check_answer_options(const Options& options, const model::Model& model) {
    if (model.ngram) check_counts(options);
    if (model.encoder == nullptr) {
        constexpr const char* kWhy = "expected a model that reads a source text, found another";
        if (!options.from.empty()) refuse("--from", kWhy);
        if (!options.to.empty()) refuse("--to", kWhy);
        if (options.n_beams) refuse("--beams", kWhy);
        if (options.lines) refuse("--lines", kWhy);
        return;
    }
    constexpr const char* kWhy = "cannot go with a model that reads a source text";
    if (options.embed) refuse("--embed", kWhy);
    if (options.classify) refuse("--classify", kWhy);
    if (!options.messages.empty()) refuse("--messages", kWhy);
    if (!options.system.empty()) refuse("--system", kWhy);
    if (!options.split.empty()) refuse("--split", kWhy);
    if (options.heal) refuse("--heal", kWhy);
    if (options.engine.max_guesses > 0) refuse("--lookup", kWhy);
    if (!options.draft.empty()) refuse("--draft", kWhy);
    if (!options.cache.folder.empty()) refuse("--cache", kWhy);
    if (options.score) refuse("--score", kWhy);
    if (!options.trace.empty()) refuse("--trace", kWhy);
    if (options.n_shown) refuse("--top", kWhy);
    if (options.n_suggestions > 0) refuse("--suggest", kWhy);
    if (options.surprise) refuse("--surprise", kWhy);
    if (!options.choices.empty()) refuse("--choice", kWhy);
    if (options.n_samples > 1) refuse("--samples", kWhy);
    const spec::ConstraintKind kind = options.sampling.constraint.kind;
    if (kind != spec::ConstraintKind::none) refuse(common::option_of(kind), kWhy);
    if (options.temperature_given && options.n_beams.value_or(1) > 1) {
        refuse("--beams", "expected 1 beside --temp: a search draws no tokens");
    }
}

int run_answers(const Input& prompt, const Options& options, const formats::QuireFile& file,
                const model::Model& model, const tokenizer::Tokenizer& tokenizer) {
    common::watch_interrupt();
    Opened opened{options, file, model, tokenizer, *file.answers(), {}};
    opened.choice = {options.from, options.to, options.n_beams};
    if (options.show_prompt) {
        const generate::Request request = request_of(opened, prompt.text);
        common::write_stdout(prompt_text({prompt.text, request.source}, options));
        return 0;
    }
    return options.lines ? write_lines(prompt, opened) : write_answer(prompt, opened);
}

}  // namespace quire::gen
