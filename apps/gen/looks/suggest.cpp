#include "apps/gen/looks/suggest.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "apps/common/command.h"
#include "apps/common/output.h"
#include "apps/gen/request.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/generate/engine.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/unicode/code_point_set.h"

namespace quire::gen {

namespace {

// Tokens that are followed for each word that is wanted: several may begin the same word.
constexpr std::size_t kTokensPerWord = 3;
// No word is longer.
constexpr std::size_t kLongestWord = 12;

bool is_of_word(char32_t c) {
    static const unicode::CodePointSet kLetters = [] {
        unicode::CodePointSet set = *unicode::category_set("L");
        set.add(*unicode::category_set("M"));
        set.add(*unicode::category_set("N"));
        set.add(unicode::CodePointSet(U'\''));
        set.add(unicode::CodePointSet(U'-'));
        return set;
    }();
    return kLetters.contains(c);
}

// The bytes of `text` up to the end of its first word, which may have spaces in front; nothing if the word may go
// on behind the text.
std::optional<std::size_t> end_of_word(std::string_view text) {
    std::size_t at = 0;
    bool in_word = false;
    while (at < text.size()) {
        const base::CodePoint c = base::decode_utf8(text.substr(at));
        if (!c.valid)
            return c.truncated ? std::nullopt : std::optional(at);  // bytes of no character
        const bool letter = is_of_word(c.value);
        if (in_word && !letter) return at;
        if (!in_word && !letter && c.value != U' ') {
            return at + static_cast<std::size_t>(c.length);  // punctuation stands alone
        }
        in_word = in_word || letter;
        at += static_cast<std::size_t>(c.length);
    }
    return std::nullopt;
}

generate::Request plain_request(std::vector<std::uint32_t> tokens, std::size_t n) {
    generate::Request request;
    request.prompt = std::move(tokens);
    request.continuation.sampler.temperature = 0;
    request.continuation.max_tokens = n;
    return request;
}

// The word that begins with a token.
Suggestion word_of(const generate::Result& result, const generate::TokenLogprob& first,
                   const tokenizer::Tokenizer& tokenizer) {
    Suggestion word{tokenizer::token_text(tokenizer, first.token), double{first.logprob}};
    for (const generate::ScoredToken& next : result.scores) {
        if (end_of_word(word.text)) break;
        const std::string longer = word.text + tokenizer::token_text(tokenizer, next.chosen.token);
        const std::optional<std::size_t> end = end_of_word(longer);
        if (end && *end <= word.text.size()) break;
        word.text = longer;
        word.probability += double{next.chosen.logprob};
    }
    word.text.resize(std::min(end_of_word(word.text).value_or(word.text.size()), word.text.size()));
    word.probability = std::exp(word.probability);
    return word;
}

}  // namespace

std::vector<Suggestion> suggestions(const Options& options, const Scored& prompt) {
    generate::EngineParams params = options.engine;
    params.n_parallel = kMostAtOnce;
    params.memory_bytes = std::numeric_limits<std::uint64_t>::max();
    generate::Engine engine(prompt.model, prompt.tokenizer, params);
    generate::Request first = plain_request(prompt.tokens, 1);
    first.continuation.n_top = static_cast<std::uint32_t>(std::min<std::size_t>(
        options.n_suggestions * kTokensPerWord, prompt.model.spec.vocab_size));
    first.continuation.ignore_end = true;
    const generate::Result begun = generate::complete(engine, std::move(first));
    if (begun.scores.empty()) return {};

    std::vector<Suggestion> words;
    for (const generate::TokenLogprob& token : begun.scores.front().top) {
        if (prompt.tokenizer.n_vocab() <= token.token || prompt.tokenizer.is_control(token.token))
            continue;
        std::vector<std::uint32_t> longer = prompt.tokens;
        longer.push_back(token.token);
        generate::Request request = plain_request(std::move(longer), kLongestWord);
        request.continuation.n_top = 0;
        request.on_done = [&words, &prompt, token](const generate::Result& result) {
            const Suggestion word = word_of(result, token, prompt.tokenizer);
            if (word.text.empty() || !base::is_utf8(word.text)) return;
            const auto same = std::ranges::find(words, word.text, &Suggestion::text);
            if (same == words.end()) {
                words.push_back(word);
            } else {
                same->probability += word.probability;
            }
        };
        engine.add(std::move(request));
    }
    if (!engine.run()) return {};
    std::ranges::stable_sort(words, std::ranges::greater(), &Suggestion::probability);
    if (words.size() > options.n_suggestions) words.resize(options.n_suggestions);
    return words;
}

void write_suggestions(const Options& options, const Scored& prompt) {
    const std::vector<Suggestion> words = suggestions(options, prompt);
    if (common::interrupted()) return;
    if (options.json) {
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (const Suggestion& word : words) {
            list.push_back({{"text", word.text}, {"probability", word.probability}});
        }
        const nlohmann::ordered_json json{{"suggestions", list},
                                          {"prompt_tokens", prompt.tokens.size()},
                                          {"model_hash", base::hex(prompt.file.model_hash())}};
        common::write_stdout(
            json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
        return;
    }
    std::string out;
    for (const Suggestion& word : words) {
        out += fmt::format("{:5.1f} %  {}\n", 100 * word.probability, base::quoted(word.text));
    }
    common::write_stdout(out);
}

}  // namespace quire::gen
