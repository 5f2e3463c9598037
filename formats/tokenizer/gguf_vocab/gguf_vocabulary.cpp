#include "formats/tokenizer/gguf_vocab/gguf_vocabulary.h"

#include <algorithm>
#include <utility>

#include "formats/tokenizer/gguf_vocab/gguf_turn_ends.h"

namespace quire::formats {

namespace {

tokenizer::PieceKind kind_of(TokenType type) {
    switch (type) {
        case TokenType::normal:
            return tokenizer::PieceKind::normal;
        case TokenType::unknown:
        case TokenType::control:
            return tokenizer::PieceKind::control;
        case TokenType::user_defined:
            return tokenizer::PieceKind::user_defined;
        case TokenType::unused:
            return tokenizer::PieceKind::unused;
        case TokenType::byte:
            return tokenizer::PieceKind::byte;
    }
    return tokenizer::PieceKind::unused;
}

}  // namespace

GgufVocabulary read_gguf_vocabulary(const gguf::File& file) {
    GgufVocabulary vocabulary{file, {}, {}, {}};
    auto tokens = file.get_strings("tokenizer.ggml.tokens");
    if (!tokens || tokens->empty()) vocabulary.fail("tokenizer.ggml.tokens is missing");
    vocabulary.tokens = std::move(*tokens);
    vocabulary.types.assign(vocabulary.tokens.size(), TokenType::normal);
    if (const auto types = file.get_u64s("tokenizer.ggml.token_type")) {
        if (types->size() != vocabulary.tokens.size()) {
            vocabulary.fail("tokenizer.ggml.token_type: expected one per token");
        }
        for (std::size_t i = 0; i < types->size(); ++i) {
            if ((*types)[i] < 1 || (*types)[i] > 6) {
                vocabulary.fail("tokenizer.ggml.token_type: token " + std::to_string(i) +
                                " has type " + std::to_string((*types)[i]) + ", expected 1 to 6");
            }
            vocabulary.types[i] = static_cast<TokenType>((*types)[i]);
        }
    }
    find_turn_ends(vocabulary);
    return vocabulary;
}

void add_gguf_piece(tokenizer::TokenizerSpec& source, TokenType type, std::string bytes) {
    const auto id = static_cast<std::uint32_t>(source.pieces.size());
    source.pieces.push_back({std::move(bytes), kind_of(type)});
    const tokenizer::Piece& piece = source.pieces.back();
    const bool special = piece.kind == tokenizer::PieceKind::control;
    if (piece.bytes.empty() || (!special && piece.kind != tokenizer::PieceKind::user_defined))
        return;
    source.added.push_back({.id = id, .content = piece.bytes, .special = special});
}

std::vector<double> gguf_scores(const GgufVocabulary& vocabulary) {
    const auto scores = vocabulary.file.get_array<float>("tokenizer.ggml.scores");
    if (!scores || scores->size() != vocabulary.tokens.size()) {
        vocabulary.fail("tokenizer.ggml.scores: expected one per token");
    }
    std::vector<double> result;
    for (std::size_t i = 0; i < scores->size(); ++i) {
        const float score = (*scores)[i];
        if (score != score) vocabulary.fail("tokenizer.ggml.scores: a score is no number");
        result.push_back(static_cast<double>(score));
    }
    return result;
}

void add_gguf_ends(tokenizer::TokenizerSpec& source, const GgufVocabulary& vocabulary, bool add_bos,
                   bool add_eos) {
    const gguf::File& file = vocabulary.file;
    if (const auto id = vocabulary.id("tokenizer.ggml.bos_token_id")) source.bos_id = id;
    source.eos_ids = vocabulary.turn_ends;
    if (file.get_bool("tokenizer.ggml.add_bos_token").value_or(add_bos)) {
        if (!source.bos_id) vocabulary.fail("tokenizer.ggml.bos_token_id is missing");
        source.prefix_ids.push_back(*source.bos_id);
    }
    if (file.get_bool("tokenizer.ggml.add_eos_token").value_or(add_eos)) {
        const auto eos = vocabulary.id("tokenizer.ggml.eos_token_id");
        if (!eos) vocabulary.fail("tokenizer.ggml.eos_token_id is missing");
        source.suffix_ids.push_back(*eos);
    }
}

}  // namespace quire::formats
