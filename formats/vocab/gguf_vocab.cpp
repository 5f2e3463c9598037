#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "formats/vocab/vocab.h"
#include "lib/base/error.h"
#include "lib/text/byte_level.h"

namespace quire::formats {

namespace {

// source: enum llama_token_type of llama.h
enum class TokenType : std::int32_t {
    normal = 1,
    unknown = 2,
    control = 3,
    user_defined = 4,
    unused = 5,
    byte = 6,
};

enum class Split : std::uint8_t {
    gpt2,
    digits_gpt2,
    llama3,
    cl100k,
    qwen2,
    o200k,
    tekken,
    falcon,
    old_default
};

// By their names in tokenizer.ggml.pre.
constexpr auto kSplits = std::to_array<std::pair<std::string_view, Split>>({
    {"default", Split::old_default},
    {"gpt-2", Split::gpt2},
    {"phi-2", Split::gpt2},
    {"mpt", Split::gpt2},
    {"olmo", Split::gpt2},
    {"jais", Split::gpt2},
    {"smollm", Split::digits_gpt2},
    {"starcoder", Split::digits_gpt2},
    {"refact", Split::digits_gpt2},
    {"command-r", Split::digits_gpt2},
    {"codeshell", Split::digits_gpt2},
    {"exaone", Split::digits_gpt2},
    {"llama-bpe", Split::llama3},
    {"llama3", Split::llama3},
    {"llama-v3", Split::llama3},
    {"falcon3", Split::llama3},
    {"dbrx", Split::cl100k},
    {"smaug-bpe", Split::cl100k},
    {"qwen2", Split::qwen2},
    {"deepseek-r1-qwen", Split::qwen2},
    {"stablelm2", Split::qwen2},
    {"gpt-4o", Split::o200k},
    {"llama4", Split::o200k},
    {"tekken", Split::tekken},
    {"falcon", Split::falcon},
});

struct Vocabulary {
    const GgufFile& file;
    std::vector<std::string_view> tokens;
    std::vector<TokenType> types;

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

Vocabulary read_vocabulary(const GgufFile& file) {
    Vocabulary vocabulary{file, {}, {}};
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
    return vocabulary;
}

text::PieceKind kind_of(TokenType type) {
    switch (type) {
        case TokenType::normal:
            return text::PieceKind::normal;
        case TokenType::unknown:
        case TokenType::control:
            return text::PieceKind::control;
        case TokenType::user_defined:
            return text::PieceKind::user_defined;
        case TokenType::unused:
            return text::PieceKind::unused;
        case TokenType::byte:
            return text::PieceKind::byte;
    }
    return text::PieceKind::unused;
}

text::Piece piece_of(const Vocabulary& vocabulary, std::size_t id, text::TokenizerKind kind) {
    const std::string name(vocabulary.tokens[id]);
    const TokenType type = vocabulary.types[id];
    if (kind == text::TokenizerKind::byte_bpe) {
        if (type != TokenType::normal) return {name, kind_of(type)};
        if (const auto bytes = text::bytes_of_stand_ins(name)) return {*bytes};
        return {name, text::PieceKind::unused};
    }
    if (type != TokenType::byte) return {name, kind_of(type)};
    const std::optional<char> byte = text::byte_of_piece(name);
    if (!byte) vocabulary.fail("token " + std::to_string(id) + ": expected a byte, found " + name);
    return {std::string(1, *byte), text::PieceKind::byte};
}

void add_pieces(text::TokenizerSource& source, const Vocabulary& vocabulary) {
    for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
        source.pieces.push_back(piece_of(vocabulary, id, source.kind));
        const text::Piece& piece = source.pieces.back();
        const bool special = piece.kind == text::PieceKind::control;
        if (piece.bytes.empty() || (!special && piece.kind != text::PieceKind::user_defined)) {
            continue;
        }
        source.added.push_back(
            {.id = static_cast<std::uint32_t>(id), .content = piece.bytes, .special = special});
    }
}

void add_ends(text::TokenizerSource& source, const Vocabulary& vocabulary, bool add_bos) {
    const GgufFile& file = vocabulary.file;
    if (const auto id = vocabulary.id("tokenizer.ggml.bos_token_id")) source.bos_id = id;
    for (const char* key : {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id",
                            "tokenizer.ggml.eom_token_id"}) {
        const auto id = vocabulary.id(key);
        if (id && std::count(source.eos_ids.begin(), source.eos_ids.end(), *id) == 0) {
            source.eos_ids.push_back(*id);
        }
    }
    if (file.get_bool("tokenizer.ggml.add_bos_token").value_or(add_bos)) {
        if (!source.bos_id) vocabulary.fail("tokenizer.ggml.bos_token_id is missing");
        source.prefix_ids.push_back(*source.bos_id);
    }
    if (file.get_bool("tokenizer.ggml.add_eos_token").value_or(false)) {
        if (source.eos_ids.empty()) vocabulary.fail("tokenizer.ggml.eos_token_id is missing");
        source.suffix_ids.push_back(source.eos_ids.front());
    }
}

void add_merges(text::TokenizerSource& source, const Vocabulary& vocabulary) {
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

Split split_named(const Vocabulary& vocabulary, std::string_view name) {
    for (const auto& [known, split] : kSplits) {
        if (known == name) return split;
    }
    vocabulary.fail("tokenizer.ggml.pre: \"" + std::string(name) + "\" is not supported");
}

void add_split(text::TokenizerSource& source, Split split) {
    switch (split) {
        case Split::gpt2:
            source.split = {text::kGpt2Pattern};
            break;
        case Split::digits_gpt2:
            source.split = {text::kOneDigitPattern, text::kGpt2Pattern};
            break;
        case Split::llama3:
            source.split = {text::kLlama3Pattern};
            source.ignore_merges = true;
            break;
        case Split::cl100k:
            source.split = {text::kLlama3Pattern};
            break;
        case Split::qwen2:
            source.split = {text::kQwen2Pattern};
            break;
        case Split::o200k:
            source.split = {text::kO200kPattern};
            break;
        case Split::tekken:
            source.split = {text::kTekkenPattern};
            source.ignore_merges = true;
            break;
        case Split::falcon:
            source.split = {R"([\p{P}\$\+<=>\^\~\|`]+)", text::kGpt2Pattern, R"([0-9][0-9][0-9])"};
            break;
        case Split::old_default:
            source.split = {
                R"([\p{P}\$\+<=>\^\~\|]+)",
                R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))",
                R"(\p{N}+)",
                R"([0-9][0-9][0-9])",
            };
            break;
    }
}

text::TokenizerSource byte_level(const Vocabulary& vocabulary) {
    text::TokenizerSource source;
    source.kind = text::TokenizerKind::byte_bpe;
    const auto name = vocabulary.file.get_string("tokenizer.ggml.pre").value_or("default");
    const Split split = split_named(vocabulary, name);
    add_split(source, split);
    if (vocabulary.file.get_bool("tokenizer.ggml.add_space_prefix").value_or(false)) {
        vocabulary.fail("tokenizer.ggml.add_space_prefix is not supported here");
    }
    add_pieces(source, vocabulary);
    add_merges(source, vocabulary);
    add_ends(source, vocabulary, split == Split::llama3);
    return source;
}

text::TokenizerSource sentencepiece(const Vocabulary& vocabulary) {
    constexpr const char* kSpace = "\u2581";
    const GgufFile& file = vocabulary.file;
    text::TokenizerSource source;
    source.kind = text::TokenizerKind::sentencepiece_bpe;
    source.space = kSpace;
    if (file.get_bool("tokenizer.ggml.add_space_prefix").value_or(true)) {
        source.normalizer.push_back(
            {.kind = text::TextStep::Kind::prepend, .text = kSpace, .with = {}});
        source.strip_spaces = 1;
    }
    source.normalizer.push_back(
        {.kind = text::TextStep::Kind::replace, .text = " ", .with = kSpace});
    add_pieces(source, vocabulary);
    const auto scores = file.get_array<float>("tokenizer.ggml.scores");
    if (!scores || scores->size() != vocabulary.tokens.size()) {
        vocabulary.fail("tokenizer.ggml.scores: expected one per token");
    }
    for (std::size_t i = 0; i < scores->size(); ++i) {
        const float score = (*scores)[i];
        if (score != score) vocabulary.fail("tokenizer.ggml.scores: a score is no number");
        source.scores.push_back(score);
    }
    source.byte_fallback = std::any_of(vocabulary.types.begin(), vocabulary.types.end(),
                                       [](TokenType type) { return type == TokenType::byte; });
    source.unk_id = vocabulary.id("tokenizer.ggml.unknown_token_id");
    add_ends(source, vocabulary, true);
    return source;
}

}  // namespace

text::TokenizerSource from_gguf(const GgufFile& file) {
    const Vocabulary vocabulary = read_vocabulary(file);
    const auto model = file.get_string("tokenizer.ggml.model");
    if (!model) vocabulary.fail("tokenizer.ggml.model is missing");
    if (*model == "gpt2") return byte_level(vocabulary);
    if (*model == "llama") return sentencepiece(vocabulary);
    vocabulary.fail("tokenizer.ggml.model: \"" + std::string(*model) + "\" is not supported");
}

std::optional<std::string> gguf_chat_template(const GgufFile& file) {
    const auto text = file.get_string("tokenizer.chat_template");
    if (!text) return std::nullopt;
    return std::string(*text);
}

}  // namespace quire::formats
