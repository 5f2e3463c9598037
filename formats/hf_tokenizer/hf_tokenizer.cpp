#include "formats/hf_tokenizer/hf_tokenizer.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>
#include <utility>
#include <vector>

#include "formats/hf_tokenizer/json_node.h"
#include "formats/hf_tokenizer/pipeline.h"
#include "lib/base/error.h"
#include "lib/base/mapped_file.h"
#include "lib/text/byte_level.h"

namespace quire::formats {

namespace {

// The largest published tokenizer.json has some 35 MB.
constexpr std::uint64_t kMaxFileBytes = 512ULL << 20;
// Ids that no token has are kept as holes, but a small file must not claim billions of them.
constexpr std::size_t kMaxHoles = 1 << 20;

using Vocabulary = std::unordered_map<std::string, std::uint32_t>;

nlohmann::json parse(std::string_view text, const std::string& where) {
    nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) throw Error(ErrorCode::model, where, "expected JSON");
    return json;
}

Vocabulary read_vocabulary(const JsonNode& model) {
    const JsonNode node = model.at("vocab");
    if (!node.json().is_object()) node.fail("expected an object");
    Vocabulary vocabulary;
    for (const auto& [piece, id] : node.json().items()) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= 0xFFFFFFFF) {
            node.fail("expected an id for \"" + piece + "\"");
        }
        vocabulary.emplace(piece, id.get<std::uint32_t>());
    }
    return vocabulary;
}

std::vector<text::AddedToken> read_added(const JsonNode& root) {
    std::vector<text::AddedToken> added;
    const std::optional<JsonNode> list = root.find("added_tokens");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        const JsonNode token = list->item(i);
        if (token.flag_or("single_word", false)) token.fail("single_word is not supported");
        const bool special = token.flag_or("special", false);
        added.push_back({.id = token.at("id").id(),
                         .content = token.at("content").text(),
                         .special = special,
                         .normalized = token.flag_or("normalized", !special),
                         .strip_left = token.flag_or("lstrip", false),
                         .strip_right = token.flag_or("rstrip", false)});
    }
    return added;
}

text::Piece piece_of(const std::string& name, const PipelineFacts& facts, bool byte_fallback) {
    if (facts.byte_level) {
        // What no bytes are written by cannot be made from text.
        if (const auto bytes = text::bytes_of_stand_ins(name)) return {*bytes};
        return {name, text::PieceKind::unused};
    }
    if (facts.byte_fallback || byte_fallback) {
        if (const auto byte = text::byte_of_piece(name))
            return {std::string(1, *byte), text::PieceKind::byte};
    }
    return {name};
}

void read_pieces(text::TokenizerSource& source, const Vocabulary& vocabulary,
                 const PipelineFacts& facts, const JsonNode& root) {
    std::size_t n_pieces = 0;
    for (const auto& [piece, id] : vocabulary) n_pieces = std::max(n_pieces, id + std::size_t{1});
    for (const text::AddedToken& token : source.added) {
        n_pieces = std::max(n_pieces, token.id + std::size_t{1});
    }
    if (n_pieces > vocabulary.size() + source.added.size() + kMaxHoles) {
        root.fail("expected ids without large gaps, found id " + std::to_string(n_pieces - 1));
    }
    source.pieces.assign(n_pieces, {.bytes = {}, .kind = text::PieceKind::unused});
    std::vector<bool> taken(n_pieces);
    for (const auto& [piece, id] : vocabulary) {
        if (taken[id]) root.fail("two pieces have id " + std::to_string(id));
        taken[id] = true;
        source.pieces[id] = piece_of(piece, facts, source.byte_fallback);
    }
    for (const text::AddedToken& token : source.added) {
        const auto known = vocabulary.find(token.content);
        const bool is_piece = known != vocabulary.end();
        if (is_piece ? known->second != token.id : static_cast<bool>(taken[token.id])) {
            root.fail("added token \"" + token.content + "\": id " + std::to_string(token.id) +
                      " contradicts the vocabulary");
        }
        taken[token.id] = true;
        source.pieces[token.id] = {token.content, token.special ? text::PieceKind::control
                                                                : text::PieceKind::user_defined};
    }
}

std::pair<std::string, std::string> merge_of(const JsonNode& node) {
    if (node.json().is_array()) {
        if (node.size() != 2) node.fail("expected two pieces");
        return {node.item(0).text(), node.item(1).text()};
    }
    const std::string text = node.text();
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos) {
        node.fail("expected two pieces with a space between them");
    }
    return {text.substr(0, space), text.substr(space + 1)};
}

void read_merges(text::TokenizerSource& source, const Vocabulary& vocabulary,
                 const JsonNode& model) {
    const JsonNode list = model.at("merges");
    for (std::size_t i = 0; i < list.size(); ++i) {
        const JsonNode node = list.item(i);
        const auto [left, right] = merge_of(node);
        const auto id = [&](const std::string& piece) {
            const auto found = vocabulary.find(piece);
            if (found == vocabulary.end()) node.fail("\"" + piece + "\" is not in the vocabulary");
            return found->second;
        };
        source.merges.push_back({.left = id(left),
                                 .right = id(right),
                                 .rank = static_cast<std::uint32_t>(i),
                                 .merged = id(left + right)});
    }
}

void check_model(const JsonNode& model) {
    const std::optional<JsonNode> type = model.find("type");
    if (type && type->text() != "BPE") {
        type->fail("tokenizer model \"" + type->text() + "\" is not supported");
    }
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        const std::optional<JsonNode> affix = model.find(key);
        if (affix && !affix->text().empty()) affix->fail("is not supported");
    }
    const std::optional<JsonNode> dropout = model.find("dropout");
    if (dropout && dropout->json() != 0.0) dropout->fail("is not supported");
}

// The token called `key`: a string, or an object with its content.
std::optional<std::uint32_t> named_token(const JsonNode& config, const char* key,
                                         const text::TokenizerSource& source) {
    const std::optional<JsonNode> node = config.find(key);
    if (!node) return std::nullopt;
    const std::string content =
        node->json().is_object() ? node->at("content").text() : node->text();
    for (const text::AddedToken& token : source.added) {
        if (token.content == content) return token.id;
    }
    for (std::uint32_t id = 0; id < source.pieces.size(); ++id) {
        if (source.pieces[id].bytes == content) return id;
    }
    node->fail("\"" + content + "\" is no token");
}

std::optional<std::string> template_of(const JsonNode& config) {
    const std::optional<JsonNode> node = config.find("chat_template");
    if (!node) return std::nullopt;
    if (!node->json().is_array()) return node->text();
    for (std::size_t i = 0; i < node->size(); ++i) {
        if (node->item(i).at("name").text() == "default")
            return node->item(i).at("template").text();
    }
    node->fail("has no template named \"default\"");
}

}  // namespace

text::TokenizerSource parse_tokenizer_json(std::string_view json, const std::string& where) {
    const nlohmann::json document = parse(json, where);
    const JsonNode root(document, where);
    const JsonNode model = root.at("model");
    check_model(model);

    text::TokenizerSource source;
    const PipelineFacts facts = read_pipeline(source, root);
    source.kind =
        facts.byte_level ? text::TokenizerKind::byte_bpe : text::TokenizerKind::sentencepiece_bpe;
    source.byte_fallback = model.flag_or("byte_fallback", false);
    source.fuse_unk = model.flag_or("fuse_unk", false);
    source.ignore_merges = model.flag_or("ignore_merges", false);
    if (facts.byte_level && source.byte_fallback) {
        model.fail("byte_fallback in a byte-level tokenizer is not supported");
    }
    const Vocabulary vocabulary = read_vocabulary(model);
    source.added = read_added(root);
    read_pieces(source, vocabulary, facts, root);
    read_merges(source, vocabulary, model);
    if (const std::optional<JsonNode> unk = model.find("unk_token")) {
        const auto found = vocabulary.find(unk->text());
        if (found == vocabulary.end()) unk->fail("is not in the vocabulary");
        source.unk_id = found->second;
    }
    return source;
}

HfTokenizer read_hf_tokenizer(const std::string& folder) {
    const std::filesystem::path base(folder);
    const auto path = [&](const char* name) { return (base / name).string(); };
    const auto read = [&](const char* name) -> std::optional<std::string> {
        std::error_code error;
        if (!std::filesystem::exists(path(name), error)) return std::nullopt;
        return base::read_text_file(path(name), kMaxFileBytes);
    };

    const std::string file = path("tokenizer.json");
    HfTokenizer result;
    result.source = parse_tokenizer_json(base::read_text_file(file, kMaxFileBytes), file);
    for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
        const std::optional<std::string> text = read(name);
        if (!text) continue;
        const nlohmann::json document = parse(*text, path(name));
        const JsonNode config(document, path(name));
        if (!result.source.bos_id) {
            result.source.bos_id = named_token(config, "bos_token", result.source);
        }
        if (result.source.eos_ids.empty()) {
            if (const auto id = named_token(config, "eos_token", result.source)) {
                result.source.eos_ids.push_back(*id);
            }
        }
        if (!result.chat_template) result.chat_template = template_of(config);
    }
    if (std::optional<std::string> text = read("chat_template.jinja")) {
        result.chat_template = std::move(*text);
    }
    return result;
}

}  // namespace quire::formats
