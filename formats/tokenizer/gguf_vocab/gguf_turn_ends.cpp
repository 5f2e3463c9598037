#include "formats/tokenizer/gguf_vocab/gguf_turn_ends.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace quire::formats {

namespace {

constexpr std::array<const char*, 6> kTurnEndKeys{
    "tokenizer.ggml.eos_token_id",     "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.eom_token_id",     "tokenizer.ggml.fim_pad_token_id",
    "tokenizer.ggml.fim_rep_token_id", "tokenizer.ggml.fim_sep_token_id"};

// "</s>" ends a turn too unless it is a piece of text: in the vocabularies of Gemma 1 to 3 it is an
// HTML tag like others, which `transformers` neither stops at nor removes from the text.
constexpr std::string_view kClosingTag = "</s>";

constexpr auto kNames = std::to_array<std::string_view>({
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|flush|>",
    "<|calls|>",
    "<end_of_turn>",
    "<|endoftext|>",
    kClosingTag,
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "<eos>",
    "<turn|>",
    "<|tool_response>",
    "<｜end▁of▁sentence｜>",
    "[e~[",
});

// Tokens that end fill-in-the-middle, unless the key names another token.
struct FillEnd {
    std::string_view name;
    const char* key;
};
constexpr auto kFillEnds = std::to_array<FillEnd>({
    {"<|fim_pad|>", kTurnEndKeys[3]},
    {"<fim-pad>", kTurnEndKeys[3]},
    {"<fim_pad>", kTurnEndKeys[3]},
    {"<PAD>", kTurnEndKeys[3]},
    {"[PAD]", kTurnEndKeys[3]},
    {"<|fim_repo|>", kTurnEndKeys[4]},
    {"<|repo_name|>", kTurnEndKeys[4]},
    {"<fim-repo>", kTurnEndKeys[4]},
    {"<REPO>", kTurnEndKeys[4]},
    {"<reponame>", kTurnEndKeys[4]},
    {"<|file_sep|>", kTurnEndKeys[5]},
});

class TurnEnds {
  public:
    explicit TurnEnds(GgufVocabulary& vocabulary) : vocabulary_(vocabulary) {}

    std::vector<std::uint32_t> find() {
        for (const char* key : kTurnEndKeys) {
            if (const auto id = vocabulary_.id(key)) add(*id);
        }
        for (std::uint32_t id = 0; id < vocabulary_.tokens.size(); ++id) {
            if (!is_named(id)) continue;
            vocabulary_.types[id] = TokenType::control;
            add(id);
        }
        drop_exceptions();
        return std::move(ids_);
    }

  private:
    bool is_named(std::uint32_t id) const {
        const std::string_view token = vocabulary_.tokens[id];
        if (token == kClosingTag) return vocabulary_.types[id] != TokenType::normal;
        if (std::find(kNames.begin(), kNames.end(), token) != kNames.end()) return true;
        return std::any_of(kFillEnds.begin(), kFillEnds.end(), [&](const FillEnd& end) {
            return token == end.name && vocabulary_.file.find(end.key) == nullptr;
        });
    }

    void add(std::uint32_t id) {
        if (std::find(ids_.begin(), ids_.end(), id) == ids_.end()) ids_.push_back(id);
    }

    bool has(std::string_view name) const {
        return std::any_of(ids_.begin(), ids_.end(),
                           [&](std::uint32_t id) { return vocabulary_.tokens[id] == name; });
    }

    void drop(std::string_view name) {
        std::erase_if(ids_, [&](std::uint32_t id) { return vocabulary_.tokens[id] == name; });
    }

    void drop_exceptions() {
        // In gpt-oss and Solar Open "<|end|>" ends a message, not the turn.
        const bool harmony = has("<|return|>") && (has("<|call|>") || has("<|calls|>"));
        const bool solar = has("<|flush|>") && (has("<|call|>") || has("<|calls|>"));
        if (harmony || solar) drop("<|end|>");
        if (has("<|tool_response>") || has("<|plamo:eos|>")) drop(kClosingTag);
    }

    GgufVocabulary& vocabulary_;
    std::vector<std::uint32_t> ids_;
};

}  // namespace

void find_turn_ends(GgufVocabulary& vocabulary) {
    vocabulary.turn_ends = TurnEnds(vocabulary).find();
}

}  // namespace quire::formats
