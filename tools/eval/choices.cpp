#include "tools/eval/choices.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "apps/common/plot/chart.h"
#include "apps/common/terminal/progress_line.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/base/parallel.h"
#include "lib/tokenizer/encode/encoder.h"
#include "tools/eval/logit_stream.h"
#include "tools/eval/statistics.h"
#include "tools/eval/text.h"

namespace quire::eval {

namespace {

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

std::string joined(const Question& question, const std::string& choice) {
    const bool space = question.prompt.empty() || is_space(question.prompt.back()) ||
                       choice.empty() || is_space(choice.front());
    return question.prompt + (space ? "" : " ") + choice;
}

// The ids of prompt and continuation, and the first position that belongs to the continuation:
// where they first differ from the ids of the prompt alone.
Window continuation(const OpenModel& model, const std::string& prompt, const std::string& whole,
                    const std::string& where) {
    tokenizer::EncodeOptions options;
    options.add_special = true;
    const auto before = tokenizer::encode(model.tokenizer, prompt, options);
    auto tokens = tokenizer::encode(model.tokenizer, whole, options);
    const auto& suffix = model.tokenizer.suffix_ids();
    if (tokens.size() >= suffix.size()) tokens.resize(tokens.size() - suffix.size());
    const auto differ = std::ranges::mismatch(before, tokens);
    // There must be a token before the first target, and at least one target.
    const auto common = static_cast<std::size_t>(differ.in2 - tokens.begin());
    const std::size_t first = std::max<std::size_t>(1, common);
    if (first >= tokens.size()) {
        throw Error(ErrorCode::input, where, "expected choices of at least one token");
    }
    if (tokens.size() > model.model.spec.context_length) {
        throw Error(ErrorCode::input, where,
                    "expected at most " + std::to_string(model.model.spec.context_length) +
                        " tokens, the size of the context, found " + std::to_string(tokens.size()));
    }
    return {std::move(tokens), first};
}

double log_probability(const OpenModel& model, const Window& window, LogitStream& stream,
                       const std::string& where) {
    const std::size_t n_vocab = model.model.spec.vocab_size;
    std::vector<float> scratch(n_vocab);
    double sum = 0;
    for_each_slab(
        window, stream.slab(), [&](auto prefix) { stream.begin(prefix, where); },
        [&](std::size_t first, std::size_t n) {
            const float* logits = stream.append(std::span(window.tokens).subspan(first - 1, n));
            for (std::size_t i = 0; i < n; ++i) {
                const std::span row(logits + i * stream.stride(), n_vocab);
                sum += double{row[window.tokens[first + i]]} -
                       log_sum_exp(*model.model.kernels, row, scratch);
            }
        });
    return sum;
}

std::size_t index_of_max(const std::vector<double>& values) {
    return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

}  // namespace

ChoiceScores score(const OpenModel& model, const Question& question, std::size_t number,
                   int n_threads) {
    LogitStream stream(model.model, n_threads);
    ChoiceScores out;
    std::vector<double> per_byte;
    for (const std::string& choice : question.choices) {
        const std::string where = "question " + std::to_string(number);
        const Window window = continuation(model, question.prompt, joined(question, choice), where);
        out.log_probability.push_back(log_probability(model, window, stream, where));
        per_byte.push_back(out.log_probability.back() /
                           static_cast<double>(std::max<std::size_t>(1, choice.size())));
    }
    out.best = index_of_max(out.log_probability);
    out.best_per_byte = index_of_max(per_byte);
    out.answer = question.answer;
    return out;
}

ChoicesResult choices(const OpenModel& model, const std::string& path,
                      std::optional<std::size_t> limit, int n_threads) {
    check_predicts(model);
    std::vector<Question> questions = read_questions(path);
    if (limit && *limit < questions.size()) questions.resize(*limit);
    ChoicesResult out;
    std::vector<double> right;
    std::vector<double> right_per_byte;
    common::ProgressLine progress({.what = "eval", .total = questions.size(), .of = "questions"});
    for (std::size_t i = 0; i < questions.size(); ++i) {
        out.questions.push_back(score(model, questions[i], i + 1, n_threads));
        const ChoiceScores& scores = out.questions.back();
        right.push_back(scores.best == scores.answer ? 1.0 : 0.0);
        right_per_byte.push_back(scores.best_per_byte == scores.answer ? 1.0 : 0.0);
        out.chance += 1.0 / static_cast<double>(questions[i].choices.size());
        progress.show(i + 1, fmt::format("accuracy {:.1f} %", 100 * mean_error(right).mean));
    }
    const MeanError plain = mean_error(right);
    const MeanError by_byte = mean_error(right_per_byte);
    out.accuracy = plain.mean;
    out.accuracy_error = plain.error;
    out.accuracy_per_byte = by_byte.mean;
    out.accuracy_per_byte_error = by_byte.error;
    out.chance /= static_cast<double>(questions.size());
    return out;
}

std::string report(const ChoicesResult& r) {
    // The spread of only a few answers says little about the error of their mean.
    constexpr std::size_t kEnough = 10;
    const auto percent = [&](double mean, double error) {
        return r.questions.size() < kEnough
                   ? fmt::format("{:.2f} %", 100 * mean)
                   : fmt::format("{:.2f} +- {:.2f} %", 100 * mean, 100 * error);
    };
    return fmt::format(
        "accuracy            {}\n"
        "accuracy per byte   {}\n"
        "questions           {}, by guessing {:.2f} %\n",
        percent(r.accuracy, r.accuracy_error),
        percent(r.accuracy_per_byte, r.accuracy_per_byte_error), r.questions.size(),
        100 * r.chance);
}

std::string to_json(const ChoicesResult& r, const OpenModel& model) {
    nlohmann::ordered_json out{{"accuracy", r.accuracy},
                               {"accuracy_error", r.accuracy_error},
                               {"accuracy_per_byte", r.accuracy_per_byte},
                               {"accuracy_per_byte_error", r.accuracy_per_byte_error},
                               {"chance", r.chance},
                               {"model_hash", base::hex(model.file.model_hash())},
                               {"questions", nlohmann::ordered_json::array()}};
    for (const ChoiceScores& scores : r.questions) {
        out["questions"].push_back({{"answer", scores.answer},
                                    {"best", scores.best},
                                    {"best_per_byte", scores.best_per_byte},
                                    {"log_probability", scores.log_probability}});
    }
    return out.dump() + "\n";
}

std::string to_svg(const ChoicesResult& r) {
    const auto bar = [](const char* name, double share) {
        return common::Bar{name, share, fmt::format("{:.1f} %", 100 * share)};
    };
    return common::to_svg(common::BarChart{
        fmt::format("Right answers to {} questions", r.questions.size()),
        {bar("likeliest answer", r.accuracy), bar("likeliest per byte", r.accuracy_per_byte),
         bar("by guessing", r.chance)}});
}

}  // namespace quire::eval
