#include "apps/gen/trace/trace_page.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "lib/base/base64.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::gen {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPage =
#include "apps/gen/trace/page.inc"
    ;
constexpr std::string_view kPlace = "@DATA@";
constexpr std::size_t kShownLens = 3;

double to_four_digits(double value) {
    return std::round(value * 1e4) / 1e4;
}

// Texts of tokens, each once.
class Texts {
  public:
    explicit Texts(const tokenizer::Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

    std::size_t index_of(std::uint32_t id) {
        const auto [found, is_new] = indices_.try_emplace(id, list.size());
        if (is_new) list.push_back(tokenizer::token_text_or_name(tokenizer_, id));
        return found->second;
    }
    Json list = Json::array();

  private:
    const tokenizer::Tokenizer& tokenizer_;
    std::map<std::uint32_t, std::size_t> indices_;
};

Json page_tokens(const Trace& trace, std::size_t n_prompt, const tokenizer::Tokenizer& tokenizer) {
    Json list = Json::array();
    for (std::size_t i = 0; i < trace.tokens.size(); ++i) {
        const std::uint32_t id = trace.tokens[i];
        Json top = Json::array();
        Json p = nullptr;
        if (i > 0) {
            p = to_four_digits(std::exp(double{trace.scores[i - 1].chosen.logprob}));
            if (p == 0) p = 1e-5;
            for (const generate::TokenLogprob& likely : trace.scores[i - 1].top) {
                top.push_back({tokenizer::token_text_or_name(tokenizer, likely.token),
                               to_four_digits(std::exp(double{likely.logprob}))});
            }
        }
        list.push_back({{"text", tokenizer::token_text_or_name(tokenizer, id)},
                        {"kind", kind_of(trace, i, n_prompt, tokenizer)},
                        {"p", p},
                        {"top", top}});
    }
    return list;
}

// For each head and token n_reads times a position (two bytes, the lower first) and a weight (0 to 255).
std::string attention_bytes(const LayerTrace& layer, std::size_t n_reads) {
    std::vector<std::byte> bytes;
    for (const auto& head : layer.reads) {
        for (const auto& reads : head) {
            for (std::size_t i = 0; i < n_reads; ++i) {
                const Read read = i < reads.size() ? reads[i] : Read{};
                bytes.push_back(static_cast<std::byte>(read.key & 0xFF));
                bytes.push_back(static_cast<std::byte>(read.key >> 8));
                bytes.push_back(static_cast<std::byte>(std::lround(read.weight * 255)));
            }
        }
    }
    return base::encode_base64(bytes);
}

Json page_numbers(const std::vector<float>& values) {
    Json list = Json::array();
    for (const float value : values) list.push_back(to_four_digits(double{value}));
    return list;
}

Json page_layer(const LayerTrace& layer, std::size_t n_reads, Texts& texts) {
    Json lens = Json::array();
    for (const auto& top : layer.lens) {
        Json said = Json::array();
        for (std::size_t i = 0; i < std::min(kShownLens, top.size()); ++i) {
            said.push_back(
                {texts.index_of(top[i].token), to_four_digits(std::exp(double{top[i].logprob}))});
        }
        lens.push_back(std::move(said));
    }
    return {{"heads", layer.n_heads},
            {"attended", page_numbers(layer.attended)},
            {"transformed", page_numbers(layer.transformed)},
            {"lens", std::move(lens)},
            {"attention", attention_bytes(layer, n_reads)}};
}

std::size_t reads_that_fit(const Trace& trace) {
    std::size_t queries = 0;
    for (const LayerTrace& layer : trace.layers) queries += layer.n_heads * trace.tokens.size();
    const std::size_t most = kAttentionBytes / std::max<std::size_t>(1, 3 * queries);
    return std::clamp(most, kLeastReads, kMostReads);
}

}  // namespace

std::string trace_page(const Trace& trace, std::size_t n_prompt, const formats::QuireFile& file,
                       const tokenizer::Tokenizer& tokenizer) {
    const std::size_t n_reads = reads_that_fit(trace);
    Texts texts(tokenizer);
    Json layers = Json::array();
    for (const LayerTrace& layer : trace.layers)
        layers.push_back(page_layer(layer, n_reads, texts));
    const Json data = {
        {"model", {{"name", file.meta().name}, {"hash", base::hex(file.model_hash())}}},
        {"n_prompt", n_prompt},
        {"n_reads", n_reads},
        {"tokens", page_tokens(trace, n_prompt, tokenizer)},
        {"texts", texts.list},
        {"layers", std::move(layers)},
        {"times", times_json(trace.times)}};
    std::string json = data.dump(-1, ' ', false, Json::error_handler_t::replace);
    // Nothing in the data may end the element that holds it.
    for (std::size_t at = json.find('<'); at != std::string::npos; at = json.find('<', at)) {
        json.replace(at, 1, "\\u003c");
    }
    std::string page(kPage);
    return page.replace(page.find(kPlace), kPlace.size(), json);
}

}  // namespace quire::gen
