#include "formats/tokenizer/vocab_files/numbered_pieces.h"

#include <algorithm>
#include <unordered_map>

#include "lib/base/error.h"
#include "lib/base/json/json.h"
#include "lib/base/quoted.h"

namespace quire::formats {

namespace {

using tokenizer::PieceKind;

constexpr std::uint64_t kMaxPieces = 1U << 24;

// Puts each name of the vocabulary at its id. Holes stay unused.
std::vector<tokenizer::Piece> named_pieces(const nlohmann::json& ids, const std::string& where) {
    std::vector<tokenizer::Piece> pieces;
    for (const auto& [name, value] : ids.items()) {
        const auto id = value.get<std::uint64_t>();
        if (id >= kMaxPieces) {
            throw Error(ErrorCode::model, where,
                        "expected ids below 16777216, found " + std::to_string(id));
        }
        if (id >= pieces.size()) pieces.resize(id + 1, {"", PieceKind::unused});
        if (!pieces[id].bytes.empty()) {
            throw Error(ErrorCode::model, where,
                        "id " + std::to_string(id) + " expected once, found for " +
                            base::quoted(pieces[id].bytes) + " and " + base::quoted(name));
        }
        pieces[id].bytes = name;
    }
    return pieces;
}

}  // namespace

tokenizer::TokenizerSpec number_pieces(const tokenizer::TokenizerSpec& model,
                                       const nlohmann::json& ids, const std::string& where) {
    tokenizer::TokenizerSpec source = model;
    source.pieces = named_pieces(ids, where);
    source.scores.assign(source.pieces.size(), 0);
    source.added.clear();
    std::unordered_map<std::string_view, std::uint32_t> id_of;
    for (std::uint32_t id = 0; id < source.pieces.size(); ++id) {
        if (!source.pieces[id].bytes.empty()) id_of.emplace(source.pieces[id].bytes, id);
    }
    const auto control = [&](const char* name) -> std::optional<std::uint32_t> {
        const auto found = id_of.find(name);
        if (found == id_of.end()) return std::nullopt;
        source.pieces[found->second].kind = PieceKind::control;
        source.added.push_back({.id = found->second, .content = name, .special = true});
        return found->second;
    };
    // Tokens of Marian that name the target's language.
    for (std::uint32_t id = 0; id < source.pieces.size(); ++id) {
        tokenizer::Piece& piece = source.pieces[id];
        if (!piece.bytes.starts_with(">>") || !piece.bytes.ends_with("<<")) continue;
        if (piece.bytes.size() < 5) continue;
        piece.kind = PieceKind::control;
        source.added.push_back({.id = id, .content = piece.bytes, .special = true});
    }
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < model.pieces.size(); ++i) {
        const tokenizer::Piece& piece = model.pieces[i];
        if (piece.kind != PieceKind::normal) continue;
        const auto found = id_of.find(piece.bytes);
        if (found == id_of.end()) {
            missing.push_back(i);
            continue;
        }
        source.pieces[found->second].kind = PieceKind::normal;
        source.scores[found->second] = model.scores[i];
    }
    source.unk_id = control("<unk>");
    const std::optional<std::uint32_t> eos = control("</s>");
    source.bos_id = control("<s>");
    control("<pad>");
    source.prefix_ids.clear();
    source.eos_ids.clear();
    if (eos) source.eos_ids = {*eos};
    source.suffix_ids = source.eos_ids;
    if (!source.unk_id) throw Error(ErrorCode::model, where, "expected a token <unk>, found none");
    if (missing.empty()) return source;
    if (source.kind != tokenizer::TokenizerKind::unigram) {
        throw Error(ErrorCode::model, where,
                    "expected every piece of the SentencePiece model, found none of " +
                        std::to_string(missing.size()) + " such as " +
                        base::quoted(model.pieces[missing.front()].bytes));
    }
    source.n_tokens = static_cast<std::uint32_t>(source.pieces.size());
    source.pieces.reserve(source.pieces.size() + missing.size());
    source.scores.reserve(source.pieces.size() + missing.size());
    for (const std::size_t i : missing) {
        source.pieces.push_back(model.pieces[i]);
        source.scores.push_back(model.scores[i]);
    }
    return source;
}

}  // namespace quire::formats
