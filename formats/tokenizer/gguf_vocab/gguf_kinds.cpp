#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "formats/tokenizer/gguf_vocab/gguf_vocabulary.h"
#include "formats/tokenizer/sentencepiece/sentencepiece.h"
#include "formats/tokenizer/vocab_files/line_vocab.h"
#include "formats/tokenizer/vocab_files/rwkv_vocab.h"
#include "lib/base/quoted.h"
#include "lib/tokenizer/spec/sentencepiece_bytes.h"

namespace quire::formats {

namespace {

constexpr std::string_view kSpace = "\u2581";
constexpr float kUnknownPenalty = 10;

// "▁un" at the front of a word is "un"; "happy" inside a word is "##happy".
std::string word_piece_of(std::string_view token) {
    if (token.starts_with(kSpace) && token != kSpace)
        return std::string(token.substr(kSpace.size()));
    if (token.starts_with('[') && token.ends_with(']')) return std::string(token);
    return "##" + std::string(token);
}

}  // namespace

tokenizer::TokenizerSpec gguf_word_piece(const GgufVocabulary& vocabulary) {
    const gguf::File& file = vocabulary.file;
    tokenizer::TokenizerSpec source;
    source.kind = tokenizer::TokenizerKind::word_piece;
    source.decoding = tokenizer::TokenizerSpec::Decoding::word_pieces;
    source.clean_up = true;
    // llama.cpp has no limit for the length of a word.
    source.max_word_characters = std::numeric_limits<std::uint32_t>::max() - 1;
    const bool lowercase = file.get_bool("tokenizer.ggml.normalizer.lowercase").value_or(true);
    add_bert_steps(source, lowercase,
                   file.get_bool("tokenizer.ggml.normalizer.strip_accents").value_or(lowercase));
    for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
        const bool is_text = vocabulary.types[id] == TokenType::normal;
        const std::string_view token = vocabulary.tokens[id];
        add_gguf_piece(source, vocabulary.types[id],
                       is_text ? word_piece_of(token) : std::string(token));
    }
    const auto id_of = [&](const char* key, std::uint32_t otherwise) {
        const auto id = vocabulary.id(key);
        if (!id && otherwise >= vocabulary.tokens.size()) {
            vocabulary.fail(std::string(key) + " is missing");
        }
        return id.value_or(otherwise);
    };
    // source: src/llama-vocab.cpp of llama.cpp, the ids of bert-base where the file has none
    source.unk_id = id_of("tokenizer.ggml.unknown_token_id", 100);
    const auto cls = vocabulary.id("tokenizer.ggml.cls_token_id");
    source.prefix_ids = {cls ? *cls : id_of("tokenizer.ggml.bos_token_id", 101)};
    source.suffix_ids = {id_of("tokenizer.ggml.seperator_token_id", 102)};
    return source;
}

tokenizer::TokenizerSpec gguf_unigram(const GgufVocabulary& vocabulary) {
    const gguf::File& file = vocabulary.file;
    tokenizer::TokenizerSpec source;
    source.kind = tokenizer::TokenizerKind::unigram;
    source.fuse_unk = true;
    for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
        const TokenType type = vocabulary.types[id];
        std::string bytes(vocabulary.tokens[id]);
        if (type == TokenType::byte) {
            const auto byte = tokenizer::byte_of_piece(bytes);
            if (!byte) vocabulary.fail("token " + std::to_string(id) + ": expected a byte");
            bytes.assign(1, *byte);
        }
        add_gguf_piece(source, type, std::move(bytes));
    }
    source.scores = gguf_scores(vocabulary);
    float lowest = std::numeric_limits<float>::max();
    for (std::size_t id = 0; id < source.scores.size(); ++id) {
        const TokenType type = vocabulary.types[id];
        if (type == TokenType::normal) {
            lowest = std::min(lowest, static_cast<float>(source.scores[id]));
        }
        if (type == TokenType::user_defined) {
            source.scores[id] = 0;
            source.pieces[id].kind = tokenizer::PieceKind::normal;  // the model finds it as well
        }
    }
    source.unk_score = static_cast<double>(lowest - kUnknownPenalty);
    SentencePieceSpaces spaces;
    spaces.add_dummy_prefix = file.get_bool("tokenizer.ggml.add_space_prefix").value_or(true);
    spaces.remove_extra_whitespaces =
        file.get_bool("tokenizer.ggml.remove_extra_whitespaces").value_or(true);
    if (const auto map = file.get_array<std::uint8_t>("tokenizer.ggml.precompiled_charsmap")) {
        for (std::size_t i = 0; i < map->size(); ++i) {
            spaces.charsmap.push_back(static_cast<char>((*map)[i]));
        }
    }
    add_sentencepiece_steps(source, std::move(spaces));
    source.unk_id = vocabulary.id("tokenizer.ggml.unknown_token_id").value_or(2);
    if (*source.unk_id >= source.pieces.size()) {
        vocabulary.fail("tokenizer.ggml.unknown_token_id is missing");
    }
    add_gguf_ends(source, vocabulary, false, true);
    return source;
}

tokenizer::TokenizerSpec gguf_rwkv(const GgufVocabulary& vocabulary) {
    tokenizer::TokenizerSpec source;
    for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
        const std::string_view token = vocabulary.tokens[id];
        std::string bytes(token);
        if (vocabulary.types[id] == TokenType::normal) {
            bytes.clear();
            if (!unescape_rwkv_token(token, bytes)) {
                vocabulary.fail("token " + std::to_string(id) + ": expected escaped bytes, found " +
                                base::quoted(token));
            }
        }
        add_gguf_piece(source, vocabulary.types[id], std::move(bytes));
    }
    set_longest_match(source, vocabulary.file.file().path());
    add_gguf_ends(source, vocabulary, false, false);
    return source;
}

}  // namespace quire::formats
