#include "apps/gen/vectors.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/common/command.h"
#include "apps/common/output.h"
#include "lib/base/error.h"
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

Line compute(const std::string& text, const generate::EmbedParams& params, const Options& options,
             const model::Model& model, const tokenizer::Tokenizer& tokenizer) {
    tokenizer::EncodeOptions encode;
    encode.add_special = true;
    const auto tokens = tokenizer::encode(tokenizer, text, encode);
    std::vector<float> vector = generate::pool(model, tokens, params);
    if (options.classify) vector = generate::label_scores(model, vector);
    if (options.embed) generate::normalize(vector);
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
    std::string out = "    ";
    for (std::size_t i = 0; i < lines.size(); ++i) out += fmt::format(" {:>6}", i + 1);
    out += "\n";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        out += fmt::format("{:>4}", i + 1);
        for (const Line& other : lines) {
            out += fmt::format(" {:>6.3f}", generate::cosine(lines[i].values, other.values));
        }
        out += "  " + lines[i].text.substr(0, 60) + "\n";
    }
    return out;
}

}  // namespace

void run_vectors(const std::string& input, const Options& options, const model::Model& model,
                 const tokenizer::Tokenizer& tokenizer) {
    if (options.classify && model.spec.classifier.labels.empty()) {
        throw Error(ErrorCode::usage, "--classify", "this model has no classification head");
    }
    const std::vector<std::string> texts = split_lines(input);
    if (texts.empty()) {
        throw Error(ErrorCode::input, "prompt", "expected at least one line, found none");
    }
    // A larger table would not fit on a terminal.
    constexpr std::size_t kTableLines = 24;
    const bool as_table = options.embed && !options.json && texts.size() > 1 &&
                          texts.size() <= kTableLines && ::isatty(STDOUT_FILENO) == 1;
    std::vector<Line> table;
    generate::EmbedParams params = embed_params(options, model);
    for (std::size_t i = 0; i < texts.size() && !common::interrupted(); ++i) {
        Line line;
        try {
            params.where = "line " + std::to_string(i + 1);
            line = compute(texts[i], params, options, model, tokenizer);
        } catch (const model::Interrupted&) {
            break;
        }
        if (as_table) {
            table.push_back(std::move(line));
        } else {
            common::write_stdout(options.json ? to_json(line, options, model)
                                              : to_text(line, options, model));
        }
    }
    if (as_table) common::write_stdout(cosine_table(table));
}

}  // namespace quire::gen
