#include "apps/gen/trace/trace_json.h"

#include <cmath>

#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::gen {

namespace {

using Json = nlohmann::ordered_json;

// Enough digits for a picture and for a comparison, and short.
double rounded(double value) {
    return std::round(value * 1e5) / 1e5;
}

Json likeliest(const std::vector<generate::TokenLogprob>& top,
               const tokenizer::Tokenizer& tokenizer) {
    Json list = Json::array();
    for (const generate::TokenLogprob& token : top) {
        list.push_back({{"id", token.token},
                        {"text", tokenizer::token_text_or_name(tokenizer, token.token)},
                        {"probability", rounded(std::exp(double{token.logprob}))}});
    }
    return list;
}

Json tokens_json(const Trace& trace, std::size_t n_prompt, const tokenizer::Tokenizer& tokenizer) {
    Json list = Json::array();
    for (std::size_t i = 0; i < trace.tokens.size(); ++i) {
        const std::uint32_t id = trace.tokens[i];
        Json token = {{"id", id},
                      {"text", tokenizer::token_text_or_name(tokenizer, id)},
                      {"kind", kind_of(trace, i, n_prompt, tokenizer)},
                      {"logprob", nullptr}};
        if (i > 0) {
            token["logprob"] = rounded(double{trace.scores[i - 1].chosen.logprob});
            token["top"] = likeliest(trace.scores[i - 1].top, tokenizer);
        }
        list.push_back(std::move(token));
    }
    return list;
}

Json numbers(const std::vector<float>& values) {
    Json list = Json::array();
    for (const float value : values) list.push_back(rounded(double{value}));
    return list;
}

Json layer_json(const LayerTrace& layer, const tokenizer::Tokenizer& tokenizer) {
    Json lens = Json::array();
    for (const auto& top : layer.lens) lens.push_back(likeliest(top, tokenizer));
    Json attention = Json::array();
    for (const auto& head : layer.reads) {
        Json of_head = Json::array();
        for (const auto& reads : head) {
            Json of_token = Json::array();
            for (const Read& read : reads) {
                of_token.push_back({read.key, rounded(double{read.weight})});
            }
            of_head.push_back(std::move(of_token));
        }
        attention.push_back(std::move(of_head));
    }
    return {{"heads", layer.n_heads},
            {"norm", numbers(layer.norm)},
            {"attention_norm", numbers(layer.attended)},
            {"feed_forward_norm", numbers(layer.transformed)},
            {"lens", std::move(lens)},
            {"attention", std::move(attention)}};
}

}  // namespace

std::string trace_json(const Trace& trace, std::size_t n_prompt, const formats::QuireFile& file,
                       const tokenizer::Tokenizer& tokenizer) {
    Json layers = Json::array();
    for (const LayerTrace& layer : trace.layers) layers.push_back(layer_json(layer, tokenizer));
    const Json json = {
        {"quire_trace", 1},
        {"model", {{"name", file.meta().name}, {"hash", base::hex(file.model_hash())}}},
        {"n_prompt", n_prompt},
        {"tokens", tokens_json(trace, n_prompt, tokenizer)},
        {"layers", std::move(layers)},
        {"times", times_json(trace.times)}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace quire::gen
