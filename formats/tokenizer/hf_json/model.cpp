#include "formats/tokenizer/hf_json/model.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "formats/tokenizer/hf_json/limits.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/spec/byte_level.h"
#include "lib/tokenizer/spec/sentencepiece_bytes.h"

namespace quire::formats {

namespace {

// Ids by the texts of pieces, which are views into the document.
using Vocabulary = std::unordered_map<std::string_view, std::uint32_t>;

const std::string& string_of(const nlohmann::json& json) {
    return json.get_ref<const std::string&>();
}

Vocabulary read_vocabulary(const JsonNode& model) {
    const JsonNode node = model.at("vocab");
    if (!node.json().is_object()) node.fail("expected an object");
    Vocabulary vocabulary;
    vocabulary.reserve(node.json().size());
    for (const auto& [piece, id] : node.json().get_ref<const nlohmann::json::object_t&>()) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= 0xFFFFFFFF) {
            node.fail("expected an id for " + base::quoted(piece));
        }
        vocabulary.emplace(piece, id.get<std::uint32_t>());
    }
    return vocabulary;
}

tokenizer::Piece piece_of(std::string_view name, const PipelineFacts& facts, bool byte_fallback) {
    if (facts.byte_level) {
        // A piece whose characters do not spell bytes cannot be made from text.
        if (const auto bytes = tokenizer::bytes_of_stand_ins(name)) return {*bytes};
        return {std::string(name), tokenizer::PieceKind::unused};
    }
    if (byte_fallback) {
        if (const auto byte = tokenizer::byte_of_piece(name))
            return {std::string(1, *byte), tokenizer::PieceKind::byte};
    }
    return {std::string(name)};
}

// Whether a word can fall back to this piece: a single character as it is written at the front, in
// the middle or at the end of a word.
bool is_symbol(const tokenizer::TokenizerSpec& source, std::string_view name) {
    if (source.kind == tokenizer::TokenizerKind::word_level) return false;
    const std::string& prefix = source.continuing_prefix;
    const bool continues = source.kind == tokenizer::TokenizerKind::word_piece && !prefix.empty() &&
                           name.size() > prefix.size() && name.starts_with(prefix);
    if (continues) name.remove_prefix(prefix.size());
    const std::string& suffix = source.word_suffix;
    if (!suffix.empty() && name.size() > suffix.size() && name.ends_with(suffix)) {
        name.remove_suffix(suffix.size());
    }
    return base::is_one_code_point(name);
}

void read_pieces(tokenizer::TokenizerSpec& source, const Vocabulary& vocabulary,
                 const PipelineFacts& facts, const JsonNode& root) {
    std::size_t n_pieces = 0;
    for (const auto& [piece, id] : vocabulary) n_pieces = std::max(n_pieces, id + std::size_t{1});
    for (const tokenizer::AddedToken& token : source.added) {
        n_pieces = std::max(n_pieces, token.id + std::size_t{1});
    }
    if (n_pieces > vocabulary.size() + source.added.size() + kMaxHoles) {
        root.fail("expected ids without large gaps, found id " + std::to_string(n_pieces - 1));
    }
    source.pieces.assign(n_pieces, {.bytes = {}, .kind = tokenizer::PieceKind::unused});
    std::vector<bool> taken(n_pieces);
    for (const auto& [piece, id] : vocabulary) {
        if (taken[id]) root.fail("two pieces have id " + std::to_string(id));
        taken[id] = true;
        source.pieces[id] = piece_of(piece, facts, facts.byte_fallback || source.byte_fallback);
    }
    for (const tokenizer::AddedToken& token : source.added) {
        const auto known = vocabulary.find(token.content);
        const bool is_piece = known != vocabulary.end();
        if (is_piece ? known->second != token.id : static_cast<bool>(taken[token.id])) {
            root.fail("added token " + base::quoted(token.content) + ": id " +
                      std::to_string(token.id) + " contradicts the vocabulary");
        }
        taken[token.id] = true;
        source.pieces[token.id] = {token.content, token.special
                                                      ? tokenizer::PieceKind::control
                                                      : tokenizer::PieceKind::user_defined};
    }
}

// An added token that is also a piece of the vocabulary stays a piece. Of special tokens this holds
// only for those that text needs: without a symbol, or a token that merges lead to, text would be
// lost or split differently. All other special tokens are control tokens, which the model never
// makes from text.
void keep_pieces_of_text(tokenizer::TokenizerSpec& source, const Vocabulary& vocabulary,
                         const PipelineFacts& facts) {
    std::vector<bool> merged(source.pieces.size());
    for (const tokenizer::Merge& merge : source.merges) merged[merge.merged] = true;
    const bool by_fallback = facts.byte_fallback || source.byte_fallback;
    for (const tokenizer::AddedToken& token : source.added) {
        if (vocabulary.find(token.content) == vocabulary.end()) continue;
        tokenizer::Piece piece = piece_of(token.content, facts, by_fallback);
        if (piece.kind == tokenizer::PieceKind::unused) continue;
        const bool is_needed = merged[token.id] || piece.kind == tokenizer::PieceKind::byte ||
                               is_symbol(source, token.content);
        // A byte-level name that spells other bytes is found in text only by its content.
        const bool is_plain = !token.special && piece.bytes == token.content;
        if (is_needed || is_plain) source.pieces[token.id] = std::move(piece);
    }
}

struct Halves {
    std::string_view left;
    std::string_view right;
};

// The two parts of a merge, ["a", "b"] or "a b". Nothing for anything else.
std::optional<Halves> halves_of(const nlohmann::json& merge) {
    if (merge.is_array()) {
        if (merge.size() != 2 || !merge[0].is_string() || !merge[1].is_string()) return {};
        return Halves{string_of(merge[0]), string_of(merge[1])};
    }
    if (!merge.is_string()) return {};
    const std::string_view text = string_of(merge);
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos) {
        return {};
    }
    return Halves{text.substr(0, space), text.substr(space + 1)};
}

void read_merges(tokenizer::TokenizerSpec& source, const Vocabulary& vocabulary,
                 const JsonNode& model) {
    const JsonNode list = model.at("merges");
    const std::size_t n_merges = list.size();
    source.merges.reserve(n_merges);
    std::string joined;
    for (std::size_t i = 0; i < n_merges; ++i) {
        // Creating a JsonNode for each of half a million merges would take seconds.
        const std::optional<Halves> halves = halves_of(list.json()[i]);
        if (!halves) list.item(i).fail("expected two pieces with a space between them");
        const auto id = [&](std::string_view piece) {
            const auto found = vocabulary.find(piece);
            if (found == vocabulary.end()) {
                list.item(i).fail(base::quoted(piece) + " is not in the vocabulary");
            }
            return found->second;
        };
        joined.assign(halves->left).append(halves->right);
        source.merges.push_back({.left = id(halves->left),
                                 .right = id(halves->right),
                                 .rank = static_cast<std::uint32_t>(i),
                                 .merged = id(joined)});
    }
}

void read_unknown(tokenizer::TokenizerSpec& source, const Vocabulary& vocabulary,
                  const JsonNode& model) {
    const std::optional<JsonNode> unk = model.find("unk_token");
    if (!unk) return;
    const auto found = vocabulary.find(unk->text());
    if (found != vocabulary.end()) {
        source.unk_id = found->second;
    } else if (source.kind != tokenizer::TokenizerKind::word_level) {
        unk->fail("is not in the vocabulary");
    }
}

// Settings that a model of the type "BPE" must not have.
void check_bpe(const JsonNode& model) {
    const std::optional<JsonNode> prefix = model.find("continuing_subword_prefix");
    if (prefix && !prefix->text().empty()) prefix->fail("is not supported");
    const std::optional<JsonNode> dropout = model.find("dropout");
    if (dropout && dropout->json() != 0.0) dropout->fail("is not supported");
}

void read_bpe(tokenizer::TokenizerSpec& source, const PipelineFacts& facts, const JsonNode& root) {
    const JsonNode model = root.at("model");
    check_bpe(model);
    source.kind = facts.byte_level ? tokenizer::TokenizerKind::byte_bpe
                                   : tokenizer::TokenizerKind::sentencepiece_bpe;
    source.byte_fallback = model.flag_or("byte_fallback", false);
    source.fuse_unk = model.flag_or("fuse_unk", false);
    source.ignore_merges = model.flag_or("ignore_merges", false);
    if (const std::optional<JsonNode> suffix = model.find("end_of_word_suffix")) {
        source.word_suffix = suffix->text();
    }
    if (!facts.word_suffix.empty() && facts.word_suffix != source.word_suffix) {
        model.fail("an end_of_word_suffix that is not the decoder's is not supported");
    }
    if (facts.byte_level && source.byte_fallback) {
        model.fail("byte_fallback in a byte-level tokenizer is not supported");
    }
    const Vocabulary vocabulary = read_vocabulary(model);
    read_pieces(source, vocabulary, facts, root);
    read_merges(source, vocabulary, model);
    keep_pieces_of_text(source, vocabulary, facts);
    read_unknown(source, vocabulary, model);
}

void read_word_piece(tokenizer::TokenizerSpec& source, const PipelineFacts& facts,
                     const JsonNode& root) {
    const JsonNode model = root.at("model");
    source.kind = tokenizer::TokenizerKind::word_piece;
    const std::optional<JsonNode> prefix = model.find("continuing_subword_prefix");
    const std::string name = prefix ? prefix->text() : "##";
    if (source.decoding == tokenizer::TokenizerSpec::Decoding::word_pieces &&
        source.continuing_prefix != name) {
        model.fail("a prefix that is not the decoder's is not supported");
    }
    source.continuing_prefix = name;
    const std::optional<JsonNode> longest = model.find("max_input_chars_per_word");
    source.max_word_characters = longest ? longest->id() : 100;
    const Vocabulary vocabulary = read_vocabulary(model);
    read_pieces(source, vocabulary, facts, root);
    keep_pieces_of_text(source, vocabulary, facts);
    read_unknown(source, vocabulary, model);
    if (!source.unk_id) model.fail("\"unk_token\" is missing");
}

void read_word_level(tokenizer::TokenizerSpec& source, const PipelineFacts& facts,
                     const JsonNode& root) {
    const JsonNode model = root.at("model");
    source.kind = tokenizer::TokenizerKind::word_level;
    const Vocabulary vocabulary = read_vocabulary(model);
    read_pieces(source, vocabulary, facts, root);
    keep_pieces_of_text(source, vocabulary, facts);
    read_unknown(source, vocabulary, model);
}

// The penalty, below the lowest score, of a character that is not a piece. source:
// huggingface/tokenizers, models/unigram/model.rs, K_UNK_PENALTY
constexpr double kUnknownPenalty = 10;

// The number as `tokenizers` reads it: its digits divided by a power of ten, which rounds twice.
// Ties between segmentations depend on the last bit. source: serde-rs/json, f64_from_parts()
double rounded_twice(double number) {
    std::array<char, 32> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), std::abs(number),
                                   std::chars_format::scientific)
                         .ptr;
    std::uint64_t digits = 0;
    int exponent = 0;
    const char* at = text.data();
    for (bool behind_point = false; at != end && *at != 'e'; ++at) {
        if (*at == '.') {
            behind_point = true;
            continue;
        }
        if (*at < '0' || *at > '9') return number;
        digits = digits * 10 + static_cast<std::uint64_t>(*at - '0');
        if (behind_point) --exponent;
    }
    int written = 0;
    if (at == end || std::from_chars(at + (at[1] == '+' ? 2 : 1), end, written).ec != std::errc{}) {
        return number;
    }
    exponent += written;
    // Powers of ten that a double holds exactly.
    if (exponent < -22 || exponent > 22) return number;
    double power = 1;
    for (int i = 0; i < std::abs(exponent); ++i) power *= 10;
    const auto significand = static_cast<double>(digits);
    return std::copysign(exponent < 0 ? significand / power : significand * power, number);
}

void read_unigram(tokenizer::TokenizerSpec& source, const PipelineFacts& facts,
                  const JsonNode& root) {
    const JsonNode model = root.at("model");
    source.kind = tokenizer::TokenizerKind::unigram;
    source.byte_fallback = model.flag_or("byte_fallback", false);
    source.fuse_unk = true;
    const JsonNode list = model.at("vocab");
    Vocabulary vocabulary;
    double lowest = std::numeric_limits<double>::max();
    for (std::size_t i = 0; i < list.size(); ++i) {
        const nlohmann::json& entry = list.json()[i];
        if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() ||
            !entry[1].is_number()) {
            list.item(i).fail("expected a piece and its score");
        }
        // Of equal pieces the last one counts, as in `tokenizers`.
        vocabulary[string_of(entry[0])] = static_cast<std::uint32_t>(i);
        source.scores.push_back(rounded_twice(entry[1].get<double>()));
        lowest = std::min(lowest, source.scores.back());
    }
    read_pieces(source, vocabulary, facts, root);
    keep_pieces_of_text(source, vocabulary, facts);
    source.scores.resize(source.pieces.size());
    source.unk_score = lowest - kUnknownPenalty;
    if (const std::optional<JsonNode> unk = model.find("unk_id")) {
        if (unk->id() >= list.size()) unk->fail("expected an id of the vocabulary");
        source.unk_id = unk->id();
    }
}

// Files from before models had a type are recognized by their members.
std::string type_of(const JsonNode& model) {
    if (const std::optional<JsonNode> type = model.find("type")) return type->text();
    if (model.find("merges")) return "BPE";
    if (model.at("vocab").json().is_array()) return "Unigram";
    return model.find("continuing_subword_prefix") ? "WordPiece" : "WordLevel";
}

}  // namespace

void read_model(tokenizer::TokenizerSpec& source, const PipelineFacts& facts,
                const JsonNode& root) {
    const JsonNode model = root.at("model");
    const std::string type = type_of(model);
    // Without a decoder `tokenizers` puts a space between tokens.
    if (!root.find("decoder") && !facts.byte_level) {
        source.decoding = tokenizer::TokenizerSpec::Decoding::words;
    }
    if (type == "BPE") return read_bpe(source, facts, root);
    if (!facts.word_suffix.empty()) {
        model.fail(base::quoted(type) + " with BPEDecoder is not supported");
    }
    if (facts.byte_level) model.fail(base::quoted(type) + " with ByteLevel is not supported");
    if (type == "WordPiece") return read_word_piece(source, facts, root);
    if (type == "Unigram") return read_unigram(source, facts, root);
    if (type == "WordLevel") return read_word_level(source, facts, root);
    model.fail("tokenizer model " + base::quoted(type) + " is not supported");
}

}  // namespace quire::formats
