#include "apps/tok/texts.h"

#include <unistd.h>

#include <algorithm>

#include "apps/common/output.h"
#include "apps/common/terminal/table.h"
#include "apps/common/terminal/terminal.h"
#include "apps/tok/chat.h"
#include "apps/tok/cut.h"
#include "apps/tok/inputs.h"
#include "apps/tok/pieces/running_text.h"
#include "apps/tok/pieces/tokens.h"
#include "lib/base/error.h"
#include "lib/tokenizer/encode/encoder.h"
#include "lib/unicode/widths.h"

namespace quire::tok {

namespace {

using Json = nlohmann::ordered_json;
using Spans = std::vector<tokenizer::TokenSpan>;

struct NamedText {
    std::string_view text;
    std::string name;
    tokenizer::EncodeOptions encode;
};

Spans spans_of(const NamedText& input, const TokenizerFile& model) {
    if (!model.counts_bytes()) {
        return tokenizer::Encoder(model.tokenizer()).encode_spans(input.text, input.encode);
    }
    Spans spans;
    for (std::size_t i = 0; i < input.text.size(); ++i) {
        spans.push_back({static_cast<unsigned char>(input.text[i]), i, i + 1});
    }
    return spans;
}

// How tokens are printed when nothing else was asked for.
enum class View : std::uint8_t { lines, bars, colors };

View view_of(const Options& options) {
    if (options.output == Output::borders) return View::bars;
    if (!common::is_terminal(STDOUT_FILENO)) return View::lines;
    return common::may_colour(STDOUT_FILENO) ? View::colors : View::bars;
}

class TextWriter {
  public:
    TextWriter(Models& models, const Options& options)
        : models_(models), options_(options), n_tokens_(models.size()), view_(view_of(options)) {
        for (const auto& model : models) {
            name_width_ = std::max(name_width_, unicode::display_width(model->name()));
        }
    }

    void write(const NamedText& input, bool is_one_of_several) {
        n_bytes_ += input.text.size();
        switch (options_.output) {
            case Output::decoded:
                common::write_stdout(decode(parse_ids(input.text, tokenizer(), input.name),
                                            tokenizer(), options_.special));
                break;
            case Output::truncated:
            case Output::chunks:
                write_parts(input);
                break;
            case Output::counts:
            case Output::ids:
                write_ids(input);
                break;
            case Output::pieces:
            case Output::borders:
                if (is_one_of_several && !options_.json && view_ != View::lines) {
                    common::write_stdout((std::exchange(is_first_, false) ? "" : "\n") +
                                         common::shown_on_terminal(input.name) + "\n");
                }
                for (std::size_t m = 0; m < models_.size(); ++m) write_pieces(input, m);
                break;
        }
    }

    int finish() {
        if (options_.json && options_.output != Output::chunks) {
            Json totals = Json::array();
            for (std::size_t m = 0; m < models_.size(); ++m) {
                totals.push_back(
                    {{"model", models_[m]->name()}, {"tokens", n_tokens_[m]}, {"bytes", n_bytes_}});
            }
            common::write_stdout(
                line_of({{"files", std::move(files_)}, {"totals", std::move(totals)}}));
        }
        for (const std::uint64_t n : n_tokens_) limit_exit(n, options_);
        return 0;
    }

  private:
    const tokenizer::Tokenizer& tokenizer() const { return models_.front()->tokenizer(); }

    Json& new_entry(const NamedText& input, const TokenizerFile& model, std::size_t n_tokens) {
        files_.push_back({{"name", input.name},
                          {"model", model.name()},
                          {"tokens", n_tokens},
                          {"bytes", input.text.size()}});
        return files_.back();
    }

    void write_ids(const NamedText& input) {
        const TokenizerFile& model = *models_.front();
        const Spans spans = spans_of(input, model);
        n_tokens_.front() += spans.size();
        if (!options_.json) return common::write_stdout(ids_line(spans));
        Json ids = Json::array();
        for (const tokenizer::TokenSpan& span : spans) ids.push_back(span.id);
        new_entry(input, model, spans.size())["ids"] = std::move(ids);
    }

    void write_pieces(const NamedText& input, std::size_t m) {
        const TokenizerFile& model = *models_[m];
        const Spans spans = spans_of(input, model);
        n_tokens_[m] += spans.size();
        if (options_.json) {
            new_entry(input, model, spans.size())["pieces"] =
                pieces_json(input.text, spans, model.tokenizer(), model.has_ids());
            return;
        }
        if (view_ == View::lines) {
            const std::string front = models_.size() > 1 ? model.name() + "\t" : "";
            common::write_stdout(
                pieces_lines(input.text, spans, model.tokenizer(), {front, model.has_ids()}));
            return;
        }
        const std::string front = front_of(model, spans.size());
        common::write_stdout(front + running_text(input.text, spans, model.tokenizer(),
                                                  {.coloured = view_ == View::colors,
                                                   .columns = common::table_width(),
                                                   .indent = unicode::display_width(front)}));
    }

    // Before the text as one of several models cuts it: "smollm2        5  ".
    std::string front_of(const TokenizerFile& model, std::size_t n_tokens) const {
        if (models_.size() == 1) return "";
        constexpr std::size_t kNumberWidth = 8;
        const std::string name = common::shown_on_terminal(model.name());
        const std::string number = std::to_string(n_tokens);
        const std::size_t taken = unicode::display_width(name);
        return name + std::string(name_width_ - std::min(name_width_, taken), ' ') +
               std::string(kNumberWidth - std::min(kNumberWidth, number.size()), ' ') + number +
               "  ";
    }

    void write_parts(const NamedText& input) {
        const std::string_view text = input.text;
        Cutter cutter(text, tokenizer(), input.encode);
        if (options_.output == Output::truncated) {
            return common::write_stdout(text.substr(0, cutter.front(options_.n_tokens).end));
        }
        for (const TextPart& part : cutter.parts(options_.n_tokens, options_.overlap)) {
            common::write_stdout(
                line_of({{"name", input.name},
                         {"begin", part.begin},
                         {"end", part.end},
                         {"tokens", part.n_tokens},
                         {"text", text.substr(part.begin, part.end - part.begin)}}));
        }
    }

    Models& models_;
    const Options& options_;
    Json files_ = Json::array();           // with --json, one entry per text and model
    std::vector<std::uint64_t> n_tokens_;  // (models)
    std::uint64_t n_bytes_ = 0;
    std::size_t name_width_ = 0;
    View view_;
    bool is_first_ = true;
};

void check_ids(const TokenizerFile& model, const Options& options) {
    if (model.has_ids() || (options.output != Output::ids && options.output != Output::decoded)) {
        return;
    }
    throw Error(ErrorCode::usage, options.output == Output::ids ? "--ids" : "--decode",
                "expected a tokenizer with a vocabulary, found " + model.name() +
                    ", whose tokens have no ids");
}

}  // namespace

std::string line_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

int limit_exit(std::uint64_t n_tokens, const Options& options) {
    if (!options.limit || n_tokens <= *options.limit) return 0;
    throw Error(ErrorCode::limit, "--limit",
                "expected at most " + std::to_string(*options.limit) + " tokens, found " +
                    std::to_string(n_tokens));
}

int run_texts(Models& models, const Options& options) {
    check_ids(*models.front(), options);
    TextWriter writer(models, options);
    if (!options.chat.empty()) {
        const std::string json(WholeText(options.chat).text());
        const chat::Rendered chat = render_chat(json, *models.front(), options.chat);
        const auto trusted = chat::ChatEncoder::trusted(chat);
        writer.write({chat.text, options.chat, {.trusted = trusted}}, false);
        return writer.finish();
    }
    const std::vector<Input> inputs = expand(options.texts, options.inputs, options.recursive);
    if (options.output == Output::truncated && inputs.size() > 1) {
        throw Error(ErrorCode::usage, "--truncate",
                    "expected one text, found " + std::to_string(inputs.size()) +
                        ", whose fronts would run together");
    }
    for (const Input& input : inputs) {
        const WholeText text(input);
        writer.write({text.text(),
                      input.name,
                      {.add_special = options.add_special, .trust_all = options.special}},
                     inputs.size() > 1);
        text.check_whole();
    }
    return writer.finish();
}

}  // namespace quire::tok
