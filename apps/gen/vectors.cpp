#include "apps/gen/vectors.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "apps/common/command.h"
#include "apps/common/output.h"
#include "apps/common/terminal/progress_line.h"
#include "apps/common/terminal/table.h"
#include "apps/common/terminal/terminal.h"
#include "formats/quire/prompts_json.h"
#include "lib/base/error.h"
#include "lib/base/join.h"
#include "lib/base/json/json.h"
#include "lib/base/quoted.h"
#include "lib/generate/embed.h"
#include "lib/spec/names.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::gen {

namespace {

struct Line {
    std::string text;
    std::size_t n_tokens = 0;
    std::vector<float> values;  // the vector, or a score for each label
};

std::vector<std::string> split_lines(const std::string& input) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < input.size()) {
        const std::size_t end = std::min(input.find('\n', begin), input.size());
        std::string line = input.substr(begin, end - begin);
        if (line.ends_with('\r')) line.pop_back();
        lines.push_back(std::move(line));
        begin = end + 1;
    }
    return lines;
}

generate::EmbedParams embed_params(const Options& options, const model::Model& model) {
    generate::EmbedParams params{model.spec.pooling, options.engine.batch, options.engine.n_threads,
                                 ""};
    if (!options.pool.empty()) params.pooling = *spec::from_name<spec::Pooling>(options.pool);
    params.interrupted = common::interrupted;
    params.kv_pool = model.kv_layout.make_pool();
    return params;
}

// The text that goes before every line.
std::string prompt_of(const Options& options, const formats::QuireFile& file) {
    if (!options.embed) return "";
    const spec::TextPrompts prompts = formats::text_prompts(file);
    const std::string name = options.prompt_name.value_or(prompts.default_name);
    if (name.empty()) return "";
    const std::string* text = prompts.find(name);
    if (text == nullptr) {
        const auto known = base::join(
            prompts.texts, ", ", [](const auto& prompt) { return base::quoted(prompt.first); });
        throw Error(ErrorCode::usage, "--prompt-name",
                    "expected " + (known.empty() ? "a model with prompts" : "one of " + known) +
                        ", found " + base::quoted(name));
    }
    if (!options.prompt_name) {
        spdlog::info("the model's prompt {}, {}, goes before every line (--prompt-name '': none)",
                     base::quoted(name), base::quoted(*text));
    }
    return *text;
}

void check_dimensions(const Options& options, const model::Model& model) {
    const std::size_t dim = vector_dim(model.spec);
    if (!options.dimensions || *options.dimensions <= dim) return;
    throw Error(ErrorCode::usage, "--dimensions",
                "expected at most the " + std::to_string(dim) + " of the model, found " +
                    std::to_string(*options.dimensions));
}

// What the vectors of a run have in common.
struct Context {
    const Options& options;
    const model::Model& model;
    const tokenizer::Tokenizer& tokenizer;
    std::string prompt;  // what goes before every line
};

Line classify_pair(const std::string& text, generate::EmbedParams params, const Context& context) {
    const tokenizer::Tokenizer& tokenizer = context.tokenizer;
    std::vector<std::uint32_t> ids = generate::before_second_text(
        tokenizer, context.model.spec.classifier, *context.options.query);
    params.second_begin = ids.size();
    const auto second = tokenizer::encode(tokenizer, text, {});
    ids.insert(ids.end(), second.begin(), second.end());
    ids.insert(ids.end(), tokenizer.suffix_ids().begin(), tokenizer.suffix_ids().end());
    const std::vector<float> pooled = generate::pool(context.model, ids, params);
    return {text, ids.size(), generate::label_scores(context.model, pooled)};
}

void check_classifier(const Options& options, const model::Model& model) {
    const spec::ClassifierSpec& head = model.spec.classifier;
    if (options.classify && head.labels.empty()) {
        throw Error(ErrorCode::usage, "--classify", "this model has no classification head");
    }
    if (options.query && head.pair_ids.empty()) {
        throw Error(ErrorCode::usage, "--query", "this model classifies single texts only");
    }
}

Line compute(const std::string& text, const generate::EmbedParams& params, const Context& context) {
    if (context.options.query) return classify_pair(text, params, context);
    tokenizer::EncodeOptions encode;
    encode.add_special = true;
    const auto tokens = tokenizer::encode(context.tokenizer, context.prompt + text, encode);
    if (context.options.classify) {
        const std::vector<float> pooled = generate::pool(context.model, tokens, params);
        return {text, tokens.size(), generate::label_scores(context.model, pooled)};
    }
    std::vector<float> vector = generate::embedding(context.model, tokens, params);
    if (context.options.dimensions) vector.resize(*context.options.dimensions);
    generate::normalize(vector);
    return {text, tokens.size(), std::move(vector)};
}

// Labels with their scores, best first.
std::vector<std::pair<std::string, float>> ranked(const Line& line, const model::Model& model) {
    std::vector<std::pair<std::string, float>> out;
    for (std::size_t i = 0; i < line.values.size(); ++i) {
        out.emplace_back(model.spec.classifier.labels[i], line.values[i]);
    }
    std::ranges::stable_sort(out, [](const auto& a, const auto& b) { return a.second > b.second; });
    return out;
}

std::string to_json(const Line& line, const Options& options, const model::Model& model) {
    nlohmann::ordered_json json{{"text", line.text}, {"n_tokens", line.n_tokens}};
    if (options.embed) {
        json["embedding"] = line.values;
    } else {
        json["labels"] = nlohmann::ordered_json::array();
        for (const auto& [label, score] : ranked(line, model)) {
            json["labels"].push_back({{"label", label}, {"score", score}});
        }
    }
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_text(const Line& line, const Options& options, const model::Model& model) {
    std::string out;
    if (options.embed) {
        for (const float value : line.values)
            out += fmt::format("{}{}", out.empty() ? "" : " ", value);
    } else {
        for (const auto& [label, score] : ranked(line, model)) {
            out += fmt::format("{}{} {:.4f}", out.empty() ? "" : "\t", base::printable(label, 1000),
                               score);
        }
    }
    return out + "\n";
}

// The cosine of every two lines, as a table for people: a row per line, ending with its text.
std::string cosine_table(const std::vector<Line>& lines) {
    constexpr auto number = common::Table::Kind::number;
    std::vector<common::Table::Column> columns{{"", number}};
    for (std::size_t i = 0; i < lines.size(); ++i)
        columns.push_back({std::to_string(i + 1), number});
    columns.emplace_back();
    common::Table table(columns);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::vector<std::string> cells{std::to_string(i + 1)};
        for (const Line& other : lines) {
            cells.push_back(fmt::format("{:.3f}", generate::cosine(lines[i].values, other.values)));
        }
        cells.push_back(lines[i].text);
        table.add(cells);
    }
    return table.lines(common::table_width());
}

// For more lines than a table of all cosines has room for: each line, and the one most like it.
std::string nearest_table(const std::vector<Line>& lines) {
    common::Table table({{"text"}, {"cosine", common::Table::Kind::number}, {"most like it"}});
    for (const Line& line : lines) {
        const Line* nearest = nullptr;
        double best = 0;
        for (const Line& other : lines) {
            const double cosine = generate::cosine(line.values, other.values);
            if (&other == &line || (nearest != nullptr && cosine <= best)) continue;
            nearest = &other;
            best = cosine;
        }
        table.add({line.text, fmt::format("{:.3f}", best), nearest->text});
    }
    return table.lines(common::table_width());
}

std::string similarity_table(const std::vector<Line>& lines) {
    constexpr std::size_t kColumnWidth = 7;
    constexpr std::size_t kOthers = 4 + 2 + common::Table::kLeastText;
    const bool fits = lines.size() * kColumnWidth + kOthers <= common::table_width();
    return fits ? cosine_table(lines) : nearest_table(lines);
}

}  // namespace

void run_vectors(const std::string& input, const Options& options, const formats::QuireFile& file,
                 const model::Model& model, const tokenizer::Tokenizer& tokenizer) {
    check_classifier(options, model);
    check_dimensions(options, model);
    const Context context{options, model, tokenizer, prompt_of(options, file)};
    const std::vector<std::string> texts = split_lines(input);
    if (texts.empty()) {
        throw Error(ErrorCode::input, "prompt", "expected at least one line, found none");
    }
    // Beyond that, every two lines would be compared for too long.
    constexpr std::size_t kTableLines = 1000;
    const bool as_table = options.embed && !options.json && texts.size() > 1 &&
                          texts.size() <= kTableLines && common::is_terminal(STDOUT_FILENO);
    std::vector<Line> table;
    std::optional<common::ProgressLine> progress;  // not between the lines of a terminal
    if (as_table || !common::is_terminal(STDOUT_FILENO)) {
        progress.emplace(common::ProgressLine::Params{
            .what = options.embed ? "embed" : "classify", .total = texts.size(), .of = "lines"});
    }
    generate::EmbedParams params = embed_params(options, model);
    for (std::size_t i = 0; i < texts.size() && !common::interrupted(); ++i) {
        Line line;
        try {
            params.where = "line " + std::to_string(i + 1);
            line = compute(texts[i], params, context);
        } catch (const model::Interrupted&) {
            break;
        }
        if (progress) progress->show(i + 1);
        if (as_table) {
            table.push_back(std::move(line));
        } else {
            common::write_stdout(options.json ? to_json(line, options, model)
                                              : to_text(line, options, model));
        }
    }
    progress.reset();
    if (table.size() > 1) common::write_stdout(similarity_table(table));
}

}  // namespace quire::gen
