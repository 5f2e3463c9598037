#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "formats/tokenizer/gguf_vocab/from_gguf.h"
#include "formats/tokenizer/gguf_vocab/gguf_keys.h"
#include "formats/tokenizer/gguf_vocab/gguf_splits.h"
#include "formats/tokenizer/gguf_vocab/gguf_strips.h"
#include "formats/tokenizer/gguf_vocab/gguf_vocabulary.h"
#include "lib/base/quoted.h"
#include "lib/tokenizer/spec/byte_level.h"
#include "lib/tokenizer/spec/sentencepiece_bytes.h"

namespace quire::formats {

namespace {

// The bytes of the token and, in a byte-level vocabulary, its type if its name implies one.
std::pair<TokenType, std::string> piece_of(const GgufVocabulary& vocabulary, std::size_t id,
                                           tokenizer::TokenizerKind kind) {
    const std::string name(vocabulary.tokens[id]);
    const TokenType type = vocabulary.types[id];
    if (kind == tokenizer::TokenizerKind::byte_bpe) {
        if (type != TokenType::normal) return {type, name};
        if (const auto bytes = tokenizer::bytes_of_stand_ins(name)) return {type, *bytes};
        return {TokenType::unused, name};
    }
    if (type != TokenType::byte) return {type, name};
    const std::optional<char> byte = tokenizer::byte_of_piece(name);
    if (!byte)
        vocabulary.fail("token " + std::to_string(id) + ": expected a byte, found " +
                        base::quoted(name));
    return {type, std::string(1, *byte)};
}

void add_pieces(tokenizer::TokenizerSpec& source, const GgufVocabulary& vocabulary) {
    for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
        auto [type, bytes] = piece_of(vocabulary, id, source.kind);
        add_gguf_piece(source, type, std::move(bytes));
    }
}

void add_merges(tokenizer::TokenizerSpec& source, const GgufVocabulary& vocabulary) {
    std::unordered_map<std::string_view, std::uint32_t> id_of;
    for (std::uint32_t id = 0; id < vocabulary.tokens.size(); ++id) {
        id_of.emplace(vocabulary.tokens[id], id);
    }
    const auto merges = vocabulary.file.get_strings("tokenizer.ggml.merges");
    if (!merges) vocabulary.fail("tokenizer.ggml.merges is missing");
    std::string joined;
    for (std::size_t rank = 0; rank < merges->size(); ++rank) {
        const std::string_view merge = (*merges)[rank];
        const auto id = [&](std::string_view piece) {
            const auto found = id_of.find(piece);
            if (found == id_of.end()) {
                vocabulary.fail("tokenizer.ggml.merges: merge " + std::to_string(rank) + ": \"" +
                                std::string(piece) + "\" is no token");
            }
            return found->second;
        };
        const std::size_t space = merge.find(' ', 1);
        if (space == std::string_view::npos) {
            vocabulary.fail("tokenizer.ggml.merges: merge " + std::to_string(rank) +
                            ": expected two pieces with a space between them");
        }
        joined.assign(merge.substr(0, space)).append(merge.substr(space + 1));
        source.merges.push_back({.left = id(merge.substr(0, space)),
                                 .right = id(merge.substr(space + 1)),
                                 .rank = static_cast<std::uint32_t>(rank),
                                 .merged = id(joined)});
    }
}

// A control or user-defined token that is a byte, or that merges lead to, is still made from text:
// without it text would be lost or split differently.
void keep_pieces_of_text(tokenizer::TokenizerSpec& source, const GgufVocabulary& vocabulary) {
    std::vector<bool> merged(source.pieces.size());
    for (const tokenizer::Merge& merge : source.merges) merged[merge.merged] = true;
    for (const tokenizer::AddedToken& token : source.added) {
        const auto bytes = tokenizer::bytes_of_stand_ins(vocabulary.tokens[token.id]);
        if (bytes && (bytes->size() == 1 || merged[token.id])) source.pieces[token.id] = {*bytes};
    }
}

GgufSplit split_of(const GgufVocabulary& vocabulary, std::string_view name) {
    std::optional<GgufSplit> split = gguf_split(name);
    if (!split) {
        vocabulary.fail("tokenizer.ggml.pre: " + base::quoted(name) + " is not supported");
    }
    return std::move(*split);
}

tokenizer::TokenizerSpec byte_level(const GgufVocabulary& vocabulary, const GgufSplit& split) {
    tokenizer::TokenizerSpec source;
    source.kind = tokenizer::TokenizerKind::byte_bpe;
    source.pre_tokenizer = split.steps;
    source.ignore_merges = split.ignore_merges;
    if (vocabulary.file.get_bool("tokenizer.ggml.add_space_prefix").value_or(false)) {
        vocabulary.fail("tokenizer.ggml.add_space_prefix is not supported here");
    }
    add_pieces(source, vocabulary);
    add_merges(source, vocabulary);
    keep_pieces_of_text(source, vocabulary);
    add_gguf_ends(source, vocabulary, split.add_bos, false);
    return source;
}

// Merges of characters; characters that are not pieces become bytes.
tokenizer::TokenizerSpec character_bpe(const GgufVocabulary& vocabulary, const GgufSplit& split) {
    constexpr const char* kSpace = "\u2581";
    tokenizer::TokenizerSpec source;
    source.kind = tokenizer::TokenizerKind::sentencepiece_bpe;
    source.pre_tokenizer = split.steps;
    if (split.symbols == GgufSplit::Symbols::characters) {
        source.space = kSpace;
        source.normalizer = {
            {.kind = tokenizer::NormalizerStep::Kind::replace, .text = " ", .with = kSpace}};
    } else if (vocabulary.file.get_bool("tokenizer.ggml.normalizer.lowercase").value_or(false)) {
        source.normalizer = {{.kind = tokenizer::NormalizerStep::Kind::lowercase}};
    }
    add_pieces(source, vocabulary);
    add_merges(source, vocabulary);
    source.byte_fallback = std::any_of(vocabulary.types.begin(), vocabulary.types.end(),
                                       [](TokenType type) { return type == TokenType::byte; });
    source.unk_id = vocabulary.id("tokenizer.ggml.unknown_token_id");
    add_gguf_ends(source, vocabulary, split.add_bos, false);
    // llama.cpp ignores a "false" in these files.
    if (split.add_bos && source.bos_id && source.prefix_ids.empty()) {
        source.prefix_ids = {*source.bos_id};
    }
    return source;
}

tokenizer::TokenizerSpec merged(const GgufVocabulary& vocabulary, std::string_view name) {
    const GgufSplit split = split_of(vocabulary, name);
    return split.symbols == GgufSplit::Symbols::bytes ? byte_level(vocabulary, split)
                                                      : character_bpe(vocabulary, split);
}

tokenizer::TokenizerSpec sentencepiece(const GgufVocabulary& vocabulary) {
    constexpr const char* kSpace = "\u2581";
    const gguf::File& file = vocabulary.file;
    tokenizer::TokenizerSpec source;
    source.kind = tokenizer::TokenizerKind::sentencepiece_bpe;
    source.space = kSpace;
    if (file.get_bool("tokenizer.ggml.add_space_prefix").value_or(true)) {
        source.normalizer.push_back(
            {.kind = tokenizer::NormalizerStep::Kind::prepend, .text = kSpace, .with = {}});
        source.strip_spaces = 1;
    }
    source.normalizer.push_back(
        {.kind = tokenizer::NormalizerStep::Kind::replace, .text = " ", .with = kSpace});
    add_pieces(source, vocabulary);
    source.scores = gguf_scores(vocabulary);
    source.byte_fallback = std::any_of(vocabulary.types.begin(), vocabulary.types.end(),
                                       [](TokenType type) { return type == TokenType::byte; });
    source.unk_id = vocabulary.id("tokenizer.ggml.unknown_token_id");
    add_gguf_ends(source, vocabulary, true, false);
    return source;
}

std::vector<std::uint32_t> suppressed_ids(const gguf::File& file) {
    constexpr const char* kKey = "tokenizer.ggml.suppress_tokens";
    std::vector<std::uint32_t> ids;
    for (const std::uint64_t id : file.get_u64s(kKey).value_or(std::vector<std::uint64_t>{})) {
        if (id >= UINT32_MAX) {
            throw Error(ErrorCode::model, file.file().path(),
                        std::string(kKey) + ": expected ids, found " + std::to_string(id));
        }
        ids.push_back(static_cast<std::uint32_t>(id));
    }
    return ids;
}

// By tokenizer.ggml.model.
tokenizer::TokenizerSpec source_of(const GgufVocabulary& vocabulary) {
    const auto model = vocabulary.file.get_string("tokenizer.ggml.model");
    if (!model) vocabulary.fail("tokenizer.ggml.model is missing");
    if (*model == "gpt2" || *model == "whitespace") {
        return merged(vocabulary,
                      vocabulary.file.get_string("tokenizer.ggml.pre").value_or("default"));
    }
    if (*model == "gemma4") return merged(vocabulary, "gemma4");
    if (*model == "llama") return sentencepiece(vocabulary);
    if (*model == "bert") return gguf_word_piece(vocabulary);
    if (*model == "t5") return gguf_unigram(vocabulary);
    if (*model == "rwkv") return gguf_rwkv(vocabulary);
    vocabulary.fail("tokenizer.ggml.model: " + base::quoted(*model) + " is not supported");
}

}  // namespace

tokenizer::TokenizerSpec from_gguf(const gguf::File& file) {
    check_gguf_tokenizer_keys(file);
    tokenizer::TokenizerSpec source = source_of(read_gguf_vocabulary(file));
    set_gguf_strips(source, file);
    source.suppressed_ids = suppressed_ids(file);
    return source;
}

chat::TemplateSources gguf_chat_templates(const gguf::File& file) {
    const auto text_at = [&](const char* key) {
        return std::string(file.get_string(key).value_or(""));
    };
    chat::TemplateSources sources;
    sources.standard = text_at("tokenizer.chat_template");
    sources.tool_use = text_at("tokenizer.chat_template.tool_use");
    const auto names = file.get_strings("tokenizer.chat_templates");
    for (std::size_t i = 0; names && i < names->size(); ++i) {
        if ((*names)[i] != "tool_use") sources.others.emplace_back((*names)[i]);
    }
    return sources;
}

}  // namespace quire::formats
