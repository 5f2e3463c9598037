// What all kinds of vocabulary in a GGUF file share: tokens, their types, and the ids at the ends
// of a text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/gguf/gguf.h"
#include "lib/base/error.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// source: enum llama_token_type of llama.h
enum class TokenType : std::int32_t {
    normal = 1,
    unknown = 2,
    control = 3,
    user_defined = 4,
    unused = 5,
    byte = 6,
};

struct GgufVocabulary {
    const gguf::File& file;
    std::vector<std::string_view> tokens;
    std::vector<TokenType> types;
    std::vector<std::uint32_t> turn_ends;  // each ends a text (gguf_turn_ends.h)

    [[noreturn]] void fail(const std::string& message) const {
        throw Error(ErrorCode::model, file.file().path(), message);
    }
    std::optional<std::uint32_t> id(const char* key) const {
        const std::optional<std::uint64_t> value = file.get_u64(key);
        if (!value) return std::nullopt;
        if (*value >= tokens.size()) {
            fail(std::string(key) + ": expected an id below " + std::to_string(tokens.size()) +
                 ", found " + std::to_string(*value));
        }
        return static_cast<std::uint32_t>(*value);
    }
};

// Error{model} naming the key when the vocabulary is missing or inconsistent.
GgufVocabulary read_gguf_vocabulary(const gguf::File& file);

// Appends a piece, and an added token if it is a control or user-defined token. `bytes` is what the
// token stands for.
void add_gguf_piece(tokenizer::TokenizerSpec& source, TokenType type, std::string bytes);

// Error{model} unless each is a number.
std::vector<double> gguf_scores(const GgufVocabulary& vocabulary);

// Sets the ids at the ends of a text. add_bos, add_eos: the defaults.
void add_gguf_ends(tokenizer::TokenizerSpec& source, const GgufVocabulary& vocabulary, bool add_bos,
                   bool add_eos);

// By tokenizer.ggml.model.
tokenizer::TokenizerSpec gguf_word_piece(const GgufVocabulary& vocabulary);
tokenizer::TokenizerSpec gguf_unigram(const GgufVocabulary& vocabulary);
tokenizer::TokenizerSpec gguf_rwkv(const GgufVocabulary& vocabulary);

}  // namespace quire::formats
