#include "formats/tokenizer/vocab_files/ranked_tokens.h"

#include <array>
#include <utility>

#include "formats/tokenizer/hf_json/limits.h"
#include "formats/tokenizer/vocab_files/fancy_pattern.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/tokenizer/spec/patterns.h"

namespace quire::formats {

namespace {

using tokenizer::PieceKind;

class Builder {
  public:
    Builder(std::size_t n_tokens, const std::string& where)
        : max_pieces_(n_tokens + kMaxHoles), where_(where) {}

    void place(std::size_t id, tokenizer::Piece piece, const std::string& what) {
        if (id >= max_pieces_) {
            fail(what + ": expected ranks without large gaps, found " + std::to_string(id));
        }
        if (id >= pieces_.size()) {
            pieces_.resize(id + 1, {.bytes = {}, .kind = PieceKind::unused});
            taken_.resize(id + 1);
        }
        if (taken_[id]) fail(what + ": a second token with id " + std::to_string(id));
        taken_[id] = true;
        if (!piece.bytes.empty()) pieces_[id] = std::move(piece);
    }

    std::vector<tokenizer::Piece> take() { return std::move(pieces_); }

  private:
    [[noreturn]] void fail(const std::string& message) const {
        throw Error(ErrorCode::model, where_, message);
    }

    std::size_t max_pieces_;
    const std::string& where_;
    std::vector<tokenizer::Piece> pieces_;
    std::vector<bool> taken_;
};

TiktokenSettings harmony() {
    TiktokenSettings settings{tokenizer::kO200kPattern,
                              {{"<|startoftext|>", 199998},
                               {"<|endoftext|>", 199999},
                               {"<|return|>", 200002},
                               {"<|constrain|>", 200003},
                               {"<|channel|>", 200005},
                               {"<|start|>", 200006},
                               {"<|end|>", 200007},
                               {"<|message|>", 200008},
                               {"<|call|>", 200012},
                               {"<|endofprompt|>", 200018}}};
    std::vector<bool> taken(201088);
    for (const auto& [content, id] : settings.specials) taken[id] = true;
    for (std::uint32_t id = 200000; id < taken.size(); ++id) {
        if (!taken[id]) settings.specials["<|reserved_" + std::to_string(id) + "|>"] = id;
    }
    return settings;
}

}  // namespace

TiktokenSettings known_tiktoken(std::string_view name) {
    // source: openai/tiktoken, tiktoken_ext/openai_public.py
    if (name == "gpt2" || name == "r50k_base" || name == "p50k_base") {
        return {tokenizer::kGpt2Pattern, {{"<|endoftext|>", 50256}}};
    }
    if (name == "p50k_edit") {
        return {tokenizer::kGpt2Pattern,
                {{"<|endoftext|>", 50256},
                 {"<|fim_prefix|>", 50281},
                 {"<|fim_middle|>", 50282},
                 {"<|fim_suffix|>", 50283}}};
    }
    if (name == "cl100k_base") {
        return {tokenizer::kLlama3Pattern,
                {{"<|endoftext|>", 100257},
                 {"<|fim_prefix|>", 100258},
                 {"<|fim_middle|>", 100259},
                 {"<|fim_suffix|>", 100260},
                 {"<|endofprompt|>", 100276}}};
    }
    if (name == "o200k_base") {
        return {tokenizer::kO200kPattern, {{"<|endoftext|>", 199999}, {"<|endofprompt|>", 200018}}};
    }
    if (name == "o200k_harmony") return harmony();
    // source: openai/whisper, whisper/tokenizer.py; its other tokens depend on the languages
    if (name == "multilingual") return {tokenizer::kGpt2Pattern, {{"<|endoftext|>", 50257}}};
    return {};
}

TiktokenSettings llama3_tiktoken() {
    // source: meta-llama/llama-models, models/llama3/tokenizer.py
    constexpr std::array<const char*, 12> kNames{"<|begin_of_text|>",
                                                 "<|end_of_text|>",
                                                 "<|reserved_special_token_0|>",
                                                 "<|reserved_special_token_1|>",
                                                 "<|finetune_right_pad_id|>",
                                                 "<|step_id|>",
                                                 "<|start_header_id|>",
                                                 "<|end_header_id|>",
                                                 "<|eom_id|>",
                                                 "<|eot_id|>",
                                                 "<|python_tag|>",
                                                 "<|image|>"};
    constexpr std::uint32_t kSpecials = 256;
    TiktokenSettings settings{tokenizer::kLlama3Pattern, {}};
    const auto first = static_cast<std::uint32_t>(kLlama3Ranks);
    for (std::uint32_t i = 0; i < kSpecials; ++i) {
        const std::string name =
            i < kNames.size()
                ? kNames[i]
                : "<|reserved_special_token_" + std::to_string(i - kNames.size() + 2) + "|>";
        settings.specials[name] = first + i;
    }
    return settings;
}

tokenizer::TokenizerSpec from_ranked_tokens(const std::vector<RankedToken>& tokens,
                                            const TiktokenSettings& settings,
                                            std::uint32_t first_id, const std::string& where) {
    if (tokens.empty()) throw Error(ErrorCode::model, where, "expected tokens, found none");
    tokenizer::TokenizerSpec source;
    source.kind = tokenizer::TokenizerKind::byte_bpe;
    source.ignore_merges = true;
    source.pre_tokenizer = {from_fancy_pattern(settings.pattern)};
    Builder builder(tokens.size() + settings.specials.size(), where);
    for (const RankedToken& token : tokens) {
        builder.place(std::size_t{token.rank} + first_id, {token.bytes},
                      "line " + std::to_string(token.line + 1));
    }
    for (const auto& [content, id] : settings.specials) {
        builder.place(id, {content, PieceKind::control}, "token " + base::quoted(content));
        source.added.push_back({.id = id, .content = content, .special = true});
        if (content == "<|endoftext|>" || content == "<|end_of_text|>") source.eos_ids = {id};
    }
    source.pieces = builder.take();
    source.scores.resize(source.pieces.size());
    for (std::size_t id = 0; id < source.scores.size(); ++id) {
        source.scores[id] = -static_cast<double>(id);
    }
    return source;
}

}  // namespace quire::formats
