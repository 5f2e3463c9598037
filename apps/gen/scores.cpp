#include "apps/gen/scores.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "apps/common/command.h"
#include "apps/common/output.h"
#include "apps/common/terminal/progress_line.h"
#include "apps/common/terminal/table.h"
#include "apps/gen/request.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/base/quoted.h"
#include "lib/generate/choices.h"
#include "lib/generate/engine.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::gen {

namespace {

using Json = nlohmann::ordered_json;

Json token_json(const tokenizer::Tokenizer& tokenizer, const generate::TokenLogprob& token) {
    const std::string text = tokenizer::token_text_or_name(tokenizer, token.token);
    Json bytes = Json::array();
    for (const char byte : text) bytes.push_back(static_cast<unsigned char>(byte));
    return {{"token", text}, {"id", token.token}, {"bytes", bytes}, {"logprob", token.logprob}};
}

std::string line_of(const Json& json) {
    // A token may end inside a character, which JSON cannot hold; it is written as U+FFFD.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<generate::ScoredToken> scores_of(const Options& options, const Scored& prompt) {
    generate::Engine engine(prompt.model, prompt.tokenizer,
                            generate::for_one_request(options.engine, prompt.tokens.size()));
    generate::Request request;
    request.prompt = prompt.tokens;
    request.continuation.max_tokens = 0;
    request.continuation.n_top = options.n_top;
    request.score_prompt = true;
    common::ProgressLine progress({.what = "prompt",
                                   .total = prompt.tokens.size(),
                                   .unit = common::ProgressLine::Unit::tokens});
    request.on_prompt = [&progress](std::size_t n) { progress.show(n); };
    return generate::complete(engine, std::move(request)).prompt_scores;
}

std::uint32_t end_token(const tokenizer::Tokenizer& tokenizer) {
    if (!tokenizer.eos_ids().empty()) return tokenizer.eos_ids().front();
    throw Error(ErrorCode::usage, "--choice", "expected a model with an end of text, found none");
}

}  // namespace

Json to_json(const std::vector<generate::ScoredToken>& scores,
             const tokenizer::Tokenizer& tokenizer) {
    Json list = Json::array();
    for (const generate::ScoredToken& scored : scores) {
        Json token = token_json(tokenizer, scored.chosen);
        token["top_logprobs"] = Json::array();
        for (const generate::TokenLogprob& top : scored.top) {
            token["top_logprobs"].push_back(token_json(tokenizer, top));
        }
        list.push_back(std::move(token));
    }
    return list;
}

void write_score(const Options& options, const Scored& prompt) {
    const std::vector<generate::ScoredToken> scores = scores_of(options, prompt);
    if (common::interrupted()) return;
    double sum = 0;
    for (const generate::ScoredToken& scored : scores) sum += double{scored.chosen.logprob};
    const double mean = scores.empty() ? 0 : sum / static_cast<double>(scores.size());
    if (options.json) {
        Json logprobs = Json::array({nullptr});
        for (const generate::ScoredToken& scored : scores) {
            logprobs.push_back(scored.chosen.logprob);
        }
        Json json{{"tokens", prompt.tokens},
                  {"logprobs", logprobs},
                  {"logprob", sum},
                  {"perplexity", std::exp(-mean)},
                  {"model_hash", base::hex(prompt.file.model_hash())}};
        if (options.n_top) json["content"] = to_json(scores, prompt.tokenizer);
        common::write_stdout(line_of(json));
        return;
    }
    constexpr auto number = common::Table::Kind::number;
    common::Table table({{"", number}, {"", number}, {""}});
    for (std::size_t i = 0; i < prompt.tokens.size(); ++i) {
        const std::uint32_t token = prompt.tokens[i];
        const std::string logprob =
            i == 0 ? "-" : fmt::format("{:.4f}", scores[i - 1].chosen.logprob);
        table.add({logprob, std::to_string(token),
                   base::quoted(tokenizer::token_text_or_name(prompt.tokenizer, token))});
    }
    common::write_stdout(table.lines(common::table_width()) +
                         fmt::format("{:.4f} in all, {:.4f} a token, perplexity {:.4g}\n", sum,
                                     mean, std::exp(-mean)));
}

std::vector<double> choice_probabilities(const Options& options, const Scored& prompt) {
    std::vector<generate::Tokens> choices;
    for (const std::string& text : options.choices) {
        choices.push_back(tokenizer::encode(prompt.tokenizer, text));
        if (choices.back().empty()) {
            throw Error(ErrorCode::usage, "--choice", "expected text, found none");
        }
        if (std::ranges::count(choices, choices.back()) > 1) {
            throw Error(ErrorCode::usage, "--choice",
                        "expected texts that differ, found " + base::quoted(text) + " twice");
        }
    }
    generate::EngineParams params = options.engine;
    params.n_parallel = std::min(choices.size(), kMostAtOnce);
    params.memory_bytes = std::numeric_limits<std::uint64_t>::max();
    generate::Engine engine(prompt.model, prompt.tokenizer, params);
    return generate::choice_probabilities(engine, prompt.tokens, choices,
                                          end_token(prompt.tokenizer));
}

void write_choice(const Options& options, const Scored& prompt) {
    const std::vector<double> probabilities = choice_probabilities(options, prompt);
    if (probabilities.empty()) return;
    const auto best =
        static_cast<std::size_t>(std::ranges::max_element(probabilities) - probabilities.begin());
    if (!options.json) {
        common::write_stdout(options.choices[best] + "\n");
        return;
    }
    Json list = Json::array();
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        list.push_back({{"text", options.choices[i]}, {"probability", probabilities[i]}});
    }
    common::write_stdout(line_of({{"text", options.choices[best]},
                                  {"choices", list},
                                  {"prompt_tokens", prompt.tokens.size()},
                                  {"model_hash", base::hex(prompt.file.model_hash())}}));
}

}  // namespace quire::gen
