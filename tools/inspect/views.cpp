#include "tools/inspect/views.h"

#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "apps/common/command.h"
#include "apps/common/files/own_file.h"
#include "apps/common/open_model.h"
#include "apps/common/plot/chart.h"
#include "lib/base/error.h"
#include "lib/base/files/atomic_file.h"
#include "lib/base/json/json.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "tools/inspect/embeddings/words.h"
#include "tools/inspect/positions.h"
#include "tools/inspect/vocabulary.h"

namespace quire::inspect {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShownNumbers = 32;
constexpr std::size_t kMostWords = 1000;

// One object on a line. Parts of characters in a token's text become U+FFFD.
std::string json_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// What a view prints, and its picture if one was asked for.
struct View {
    std::string text;
    std::string picture = {};
};

// The model and what reads it, for one view.
struct Opened {
    const formats::QuireFile& file;
    model::Model model;
    tokenizer::Tokenizer tokenizer;

    std::string text(std::uint32_t id) const {
        return tokenizer::token_text_or_name(tokenizer, id);
    }
};

// "king" = " ki" + "ng", for words of several tokens.
std::string parts_of(const Opened& opened, const Word& word) {
    std::string out;
    for (const std::uint32_t id : word.ids) {
        out += (out.empty() ? "" : " + ") + base::quoted(opened.text(id));
    }
    return out;
}

// A line about each word that is not one token.
std::string notes_of(const Opened& opened, const std::vector<Word>& words) {
    std::string out;
    for (const Word& word : words) {
        if (word.ids.size() == 1) continue;
        out += fmt::format("{} is several tokens, {}: the mean of their vectors\n",
                           base::quoted(word.text), parts_of(opened, word));
    }
    return out;
}

Json neighbors_json(const Opened& opened, const std::vector<EmbeddingMatrix::Neighbor>& found) {
    Json list = Json::array();
    for (const auto& neighbor : found) {
        list.push_back(
            {{"id", neighbor.id}, {"text", opened.text(neighbor.id)}, {"cosine", neighbor.cosine}});
    }
    return list;
}

std::string neighbors_text(const Opened& opened,
                           const std::vector<EmbeddingMatrix::Neighbor>& found) {
    std::string out;
    for (const auto& neighbor : found) {
        out += fmt::format("{:7.4f}  {:>7}  {}\n", neighbor.cosine, neighbor.id,
                           base::quoted(opened.text(neighbor.id)));
    }
    return out;
}

std::string near_view(const Opened& opened, const ViewOptions& options, bool as_json) {
    const EmbeddingMatrix matrix(opened.model.weights.embed, opened.tokenizer, options.n_threads);
    const Word word = find_word(matrix, opened.tokenizer, options.near, "--near");
    const auto found = matrix.nearest(word.vector, word.ids, options.count);
    if (as_json) {
        const Json json = {
            {"text", word.text}, {"ids", word.ids}, {"near", neighbors_json(opened, found)}};
        return json_line(json);
    }
    return notes_of(opened, {word}) + neighbors_text(opened, found);
}

std::string analogy_view(const Opened& opened, const ViewOptions& options, bool as_json) {
    const EmbeddingMatrix matrix(opened.model.weights.embed, opened.tokenizer, options.n_threads);
    std::vector<Word> words;
    std::vector<std::uint32_t> excluded;
    for (const std::string& text : options.analogy) {
        words.push_back(find_word(matrix, opened.tokenizer, text, "--analogy"));
        excluded.insert(excluded.end(), words.back().ids.begin(), words.back().ids.end());
    }
    std::vector<float> target(matrix.dim());
    for (std::size_t i = 0; i < target.size(); ++i) {
        target[i] = words[1].vector[i] - words[0].vector[i] + words[2].vector[i];
    }
    const auto found = matrix.nearest(target, excluded, options.count);
    if (as_json) {
        const Json json = {{"words", options.analogy}, {"near", neighbors_json(opened, found)}};
        return json_line(json);
    }
    return notes_of(opened, words) +
           fmt::format("{} is to {} as {} is to:\n", base::quoted(words[0].text),
                       base::quoted(words[1].text), base::quoted(words[2].text)) +
           neighbors_text(opened, found);
}

// The row of one token beside its one-hot form.
std::string row_text(const Opened& opened, std::uint32_t id, const std::vector<float>& row) {
    double sum = 0;
    for (const float x : row) sum += double{x} * double{x};
    const auto [low, high] = std::ranges::minmax(row);
    std::string out = fmt::format(
        "{} is token {}\n"
        "one-hot:  {} numbers, all 0 but number {}, which is 1\n"
        "dense:    {} numbers from {:.4f} to {:.4f}, length {:.4f}: row {} of the embedding "
        "matrix\n",
        base::quoted(opened.text(id)), id, opened.model.weights.embed.rows, id, row.size(), low,
        high, std::sqrt(sum), id);
    const std::size_t shown = std::min(row.size(), kShownNumbers);
    for (std::size_t i = 0; i < shown; ++i) {
        out += fmt::format("{}{:9.5f}", i % 8 == 0 ? "  " : " ", row[i]);
        if (i % 8 == 7 || i + 1 == shown) out += "\n";
    }
    if (shown < row.size()) {
        out += fmt::format("  and {} more, which --json lists\n", row.size() - shown);
    }
    return out;
}

std::string embedding_view(const Opened& opened, const ViewOptions& options, bool as_json) {
    const EmbeddingMatrix matrix(opened.model.weights.embed, opened.tokenizer, options.n_threads);
    const Word word = find_word(matrix, opened.tokenizer, options.embedding, "--embedding");
    Json json = {{"text", word.text},
                 {"vocabulary", opened.model.weights.embed.rows},
                 {"dim", matrix.dim()},
                 {"type", tensor::info(opened.model.weights.embed.dtype).name},
                 {"tokens", Json::array()}};
    std::string text;
    for (const std::uint32_t id : word.ids) {
        const std::vector<float> row = matrix.row(id);
        json["tokens"].push_back({{"id", id}, {"text", opened.text(id)}, {"embedding", row}});
        text += (text.empty() ? "" : "\n") + row_text(opened, id, row);
    }
    return as_json ? json_line(json) : text;
}

View map_view(const Opened& opened, const ViewOptions& options, bool as_json) {
    if (options.map.size() < 2 || options.map.size() > kMostWords) {
        throw Error(
            ErrorCode::usage, "--map",
            fmt::format("expected 2 to {} words, found {}", kMostWords, options.map.size()));
    }
    const EmbeddingMatrix matrix(opened.model.weights.embed, opened.tokenizer, options.n_threads);
    std::vector<Word> words;
    for (const std::string& text : options.map) {
        words.push_back(find_word(matrix, opened.tokenizer, text, "--map"));
    }
    const Plane plane = plane_of(words);
    View view;
    if (!options.svg.empty()) {
        common::PlaneChart chart;
        chart.title = "Words by their embeddings in " + opened.file.meta().name;
        chart.x_label =
            fmt::format("first component ({:.0f} % of the differences)", 100 * plane.x_share);
        chart.y_label = fmt::format("second component ({:.0f} %)", 100 * plane.y_share);
        for (std::size_t i = 0; i < words.size(); ++i) {
            chart.points.push_back({words[i].text, {plane.points[i].x, plane.points[i].y}});
        }
        view.picture = common::to_svg(chart);
    }
    if (as_json) {
        Json json = {
            {"x_share", plane.x_share}, {"y_share", plane.y_share}, {"words", Json::array()}};
        for (std::size_t i = 0; i < words.size(); ++i) {
            json["words"].push_back({{"text", words[i].text},
                                     {"ids", words[i].ids},
                                     {"x", plane.points[i].x},
                                     {"y", plane.points[i].y}});
        }
        view.text = json_line(json);
        return view;
    }
    view.text = notes_of(opened, words) +
                fmt::format("the plane shows {:.0f} % of the differences between these words\n",
                            100 * (plane.x_share + plane.y_share));
    for (std::size_t i = 0; i < words.size(); ++i) {
        view.text += fmt::format("{:9.4f} {:9.4f}  {}\n", plane.points[i].x, plane.points[i].y,
                                 base::quoted(words[i].text));
    }
    return view;
}

View positions_view(const Opened& opened, const ViewOptions& options, bool as_json) {
    const Positions positions = positions_of(opened.model.spec, opened.model.weights);
    View view;
    if (!options.svg.empty()) {
        if (positions.curves.empty()) {
            throw Error(ErrorCode::usage, "--svg",
                        "expected a model with positions, found none to draw");
        }
        common::LineChart chart;
        chart.title = "Positions of " + opened.file.meta().name;
        chart.x_label = "distance in tokens";
        chart.y_label = "likeness, or what is added to a score";
        chart.log_x = true;
        for (const PositionCurve& curve : positions.curves) {
            common::Series series{curve.name, {}};
            for (std::size_t i = 1; i < curve.values.size();
                 ++i) {  // a logarithm has no place for 0
                series.points.push_back(
                    {static_cast<double>(positions.distances[i]), curve.values[i]});
            }
            chart.series.push_back(std::move(series));
        }
        view.picture = common::to_svg(chart);
    }
    if (as_json) {
        Json json = {{"facts", positions.facts},
                     {"distances", positions.distances},
                     {"curves", Json::array()}};
        for (const PositionCurve& curve : positions.curves) {
            json["curves"].push_back({{"name", curve.name}, {"values", curve.values}});
        }
        view.text = json_line(json);
        return view;
    }
    for (const std::string& fact : positions.facts) view.text += fact + "\n";
    for (const PositionCurve& curve : positions.curves) {
        view.text += fmt::format("\n{}\n distance    value\n", curve.name);
        // Powers of two and the last one say enough on a terminal.
        for (std::size_t i = 0; i < curve.values.size(); ++i) {
            const std::size_t d = positions.distances[i];
            const bool first_of_power =
                i == 0 || std::bit_width(d) != std::bit_width(positions.distances[i - 1]);
            if (!first_of_power && i + 1 != curve.values.size()) continue;
            view.text += fmt::format("{:9}  {:7.3f}\n", d, curve.values[i]);
        }
    }
    return view;
}

View tokens_view(const Opened& opened, const ViewOptions& options, bool as_json) {
    const VocabularyStatistics found = statistics_of(opened.tokenizer);
    const auto length_name = [](std::size_t i) {
        return i + 1 == kLengths ? fmt::format("{} or more", i + 1) : fmt::format("{}", i + 1);
    };
    View view;
    if (!options.svg.empty()) {
        common::BarChart chart{"Tokens of " + opened.file.meta().name + " by script", {}};
        for (const VocabularyPart& part : found.parts) {
            chart.bars.push_back(
                {part.name, static_cast<double>(part.tokens), fmt::format("{}", part.tokens)});
        }
        view.picture = common::to_svg(chart);
    }
    if (as_json) {
        Json json = {{"tokens", found.tokens},         {"control", found.control},
                     {"with_space", found.with_space}, {"mean_bytes", found.mean_bytes},
                     {"longest", found.longest},       {"of_length", found.of_length},
                     {"parts", Json::object()}};
        for (const VocabularyPart& part : found.parts) json["parts"][part.name] = part.tokens;
        view.text = json_line(json);
        return view;
    }
    view.text = fmt::format(
        "{} tokens, {} of them without text (control tokens); {} begin with a space\n"
        "{:.2f} bytes a token on average; the longest, of {} bytes, is {}\n\n",
        found.tokens, found.control, found.with_space, found.mean_bytes, found.longest.size(),
        base::quoted(found.longest));
    for (const VocabularyPart& part : found.parts)
        view.text += fmt::format("{:>8}  {}\n", part.tokens, part.name);
    view.text += "\nbytes       tokens\n";
    for (std::size_t i = 0; i < kLengths; ++i) {
        view.text += fmt::format("{:<10}  {:>6}\n", length_name(i), found.of_length[i]);
    }
    return view;
}

View view_of_file(const formats::QuireFile& file, const ViewOptions& options, bool as_json) {
    file.expect_all_weights();
    const Opened opened{file,
                        common::load_model(file, common::choose_isa(""), kernels::KvType::f16),
                        common::load_tokenizer(file)};
    if (!options.near.empty()) return {near_view(opened, options, as_json)};
    if (!options.analogy.empty()) return {analogy_view(opened, options, as_json)};
    if (!options.embedding.empty()) return {embedding_view(opened, options, as_json)};
    if (!options.map.empty()) return map_view(opened, options, as_json);
    if (options.positions) return positions_view(opened, options, as_json);
    return tokens_view(opened, options, as_json);
}

}  // namespace

std::string view_of(const formats::QuireFile& file, const std::string& path,
                    const ViewOptions& options, bool as_json) {
    std::optional<base::OutputPath> picture;
    if (!options.svg.empty()) {
        picture = common::own_output(options.svg,
                                     {"--svg", "a picture that Quire made", common::kPictureMark},
                                     options.overwrite, {path});
    }
    View view = view_of_file(file, options, as_json);
    if (picture) base::write_output(*picture, base::as_bytes(view.picture));
    return std::move(view.text);
}

}  // namespace quire::inspect
