#include "formats/tokenizer/sentencepiece/sentencepiece.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "formats/tokenizer/sentencepiece/wire.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/spec/sentencepiece_bytes.h"

namespace quire::formats {

namespace {

using tokenizer::NormalizerStep;
using tokenizer::PieceKind;
using tokenizer::TokenizerKind;

constexpr const char* kSpace = "\u2581";
constexpr std::uint32_t kAllSpaces = 0xFFFF;
constexpr float kUnknownPenalty = 10;  // kUnkPenalty of unigram_model.cc

struct Piece {
    std::string text;
    float score = 0;
    std::uint64_t type = 1;
};

struct TrainerSpec {
    std::uint64_t model_type = 1;
    bool byte_fallback = false;
    bool space_as_suffix = false;
};

struct NormalizerSpec {
    SentencePieceSpaces spaces;
    bool escape_whitespaces = true;
};

[[noreturn]] void fail(const std::string& where, const std::string& message) {
    throw Error(ErrorCode::model, where, message);
}

// source: sentencepiece_model.proto, the numbers of the fields
Piece read_piece(base::Bytes bytes, const std::string& where) {
    WireReader reader(bytes, where);
    Piece piece;
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                piece.text = reader.text();
                break;
            case 2:
                piece.score = reader.real();
                break;
            case 3:
                piece.type = reader.number();
                break;
            default:
                reader.skip();
        }
    }
    return piece;
}

TrainerSpec read_trainer(base::Bytes bytes, const std::string& where) {
    WireReader reader(bytes, where);
    TrainerSpec spec;
    while (reader.next()) {
        switch (reader.field()) {
            case 3:
                spec.model_type = reader.number();
                break;
            case 24:
                spec.space_as_suffix = reader.flag();
                break;
            case 35:
                spec.byte_fallback = reader.flag();
                break;
            default:
                reader.skip();
        }
    }
    return spec;
}

NormalizerSpec read_normalizer(base::Bytes bytes, const std::string& where) {
    WireReader reader(bytes, where);
    NormalizerSpec spec;
    while (reader.next()) {
        switch (reader.field()) {
            case 2:
                spec.spaces.charsmap = reader.text();
                break;
            case 3:
                spec.spaces.add_dummy_prefix = reader.flag();
                break;
            case 4:
                spec.spaces.remove_extra_whitespaces = reader.flag();
                break;
            case 5:
                spec.escape_whitespaces = reader.flag();
                break;
            default:
                reader.skip();
        }
    }
    return spec;
}

void add_piece(tokenizer::TokenizerSpec& source, const Piece& piece, const std::string& where) {
    const auto id = static_cast<std::uint32_t>(source.pieces.size());
    const std::string name = "piece " + std::to_string(id);
    if (piece.text.empty() || !base::is_utf8(piece.text)) {
        fail(where, name + ": expected text in UTF-8 that is not empty");
    }
    if (piece.score != piece.score) fail(where, name + ": the score is no number");
    tokenizer::Piece made{piece.text, PieceKind::normal};
    switch (piece.type) {
        case 1:
            break;
        case 2:
            made.kind = PieceKind::control;
            if (source.unk_id) fail(where, name + ": a second unknown piece");
            source.unk_id = id;
            break;
        case 3:
            made.kind = PieceKind::control;
            break;
        case 4:
            made.kind = PieceKind::user_defined;
            break;
        case 5:
            made.kind = PieceKind::unused;
            break;
        case 6: {
            const std::optional<char> byte = tokenizer::byte_of_piece(piece.text);
            if (!byte) fail(where, name + ": expected a byte, found " + base::quoted(piece.text));
            made = {std::string(1, *byte), PieceKind::byte};
            break;
        }
        default:
            fail(where, name + ": type " + std::to_string(piece.type) + " is not known");
    }
    if (made.kind == PieceKind::control) {
        source.added.push_back({.id = id, .content = made.bytes, .special = true});
    }
    source.pieces.push_back(std::move(made));
    source.scores.push_back(piece.score);
}

std::optional<std::uint32_t> control_named(const tokenizer::TokenizerSpec& source,
                                           const char* name) {
    for (const tokenizer::AddedToken& token : source.added) {
        if (token.special && token.content == name) return token.id;
    }
    return std::nullopt;
}

void add_ends(tokenizer::TokenizerSpec& source) {
    source.bos_id = control_named(source, "<s>");
    if (!source.bos_id) source.bos_id = control_named(source, "<bos>");
    std::optional<std::uint32_t> eos = control_named(source, "</s>");
    if (!eos) eos = control_named(source, "<eos>");
    if (eos) source.eos_ids = {*eos};
    if (source.kind == TokenizerKind::unigram) {
        source.suffix_ids = source.eos_ids;
    } else if (source.bos_id) {
        source.prefix_ids = {*source.bos_id};
    }
}

void set_kind(tokenizer::TokenizerSpec& source, const TrainerSpec& trainer,
              const std::string& where) {
    source.byte_fallback = trainer.byte_fallback;
    source.fuse_unk = true;
    switch (trainer.model_type) {
        case 1:
            source.kind = TokenizerKind::unigram;
            source.single_precision = true;
            break;
        case 2:
        case 4:  // characters, which never merge
            source.kind = TokenizerKind::sentencepiece_bpe;
            break;
        case 3:
            source.kind = TokenizerKind::word_level;
            source.pre_tokenizer = {std::string(kSpace) + "[^" + kSpace + "]*|[^" + kSpace + "]+"};
            break;
        default:
            fail(where, "model type " + std::to_string(trainer.model_type) + " is not known");
    }
}

// The cost of a character that is not a piece, and the bonus of a user-defined piece.
// source: unigram_model.cc of 0.2.3, EncodeOptimized() and GetUserDefinedScore()
void set_scores(tokenizer::TokenizerSpec& source) {
    float lowest = std::numeric_limits<float>::max();
    for (std::size_t id = 0; id < source.pieces.size(); ++id) {
        if (source.pieces[id].kind != PieceKind::normal) continue;
        lowest = std::min(lowest, static_cast<float>(source.scores[id]));
    }
    source.unk_score = static_cast<double>(lowest - kUnknownPenalty);
    for (std::size_t id = 0; id < source.pieces.size(); ++id) {
        if (source.pieces[id].kind != PieceKind::user_defined) continue;
        const double length = static_cast<double>(source.pieces[id].bytes.size());
        source.scores[id] = static_cast<double>(static_cast<float>(0.1 * (length - 1)));
    }
}

// Whether there are user-defined symbols, which the normalizer keeps. In normalized text, BPE and
// character models search for them first and never merge them; unigram and word models find them
// like any other piece.
bool add_symbols(tokenizer::TokenizerSpec& source) {
    bool any = false;
    for (std::uint32_t id = 0; id < source.pieces.size(); ++id) {
        tokenizer::Piece& piece = source.pieces[id];
        if (piece.kind != PieceKind::user_defined) continue;
        any = true;
        const bool searched = source.kind == TokenizerKind::sentencepiece_bpe;
        if (!searched) piece.kind = PieceKind::normal;
        source.added.push_back({.id = id,
                                .content = piece.bytes,
                                .normalized = true,
                                .as_normalized = true,
                                .keeps = true,
                                .searched = searched});
    }
    return any;
}

}  // namespace

void add_sentencepiece_steps(tokenizer::TokenizerSpec& source, SentencePieceSpaces spaces) {
    const auto add = [&](NormalizerStep step) { source.normalizer.push_back(std::move(step)); };
    source.charsmap = std::move(spaces.charsmap);
    const bool squeezes = spaces.remove_extra_whitespaces;
    const bool at_end = spaces.add_dummy_prefix && spaces.space_as_suffix;
    // Text that the charsmap deletes is not empty text where a space comes after it.
    if (spaces.keep_symbols || (squeezes && at_end && !source.charsmap.empty())) {
        add({.kind = squeezes ? NormalizerStep::Kind::symbols_squeezed
                              : NormalizerStep::Kind::symbols});
    } else {
        if (!source.charsmap.empty()) add({.kind = NormalizerStep::Kind::charsmap_longest});
        if (squeezes) add({.kind = NormalizerStep::Kind::squeeze_spaces});
    }
    add({.kind = NormalizerStep::Kind::replace, .text = " ", .with = kSpace});
    // When no spaces are removed, even a text of which the charsmap leaves nothing gets the dummy
    // prefix.
    const bool always = spaces.dummy_of_nothing && !squeezes;
    if (squeezes) {
        add({.kind = at_end ? NormalizerStep::Kind::end_once : NormalizerStep::Kind::strip_end,
             .text = kSpace});
    } else if (at_end) {
        add({.kind = NormalizerStep::Kind::append_always, .text = kSpace});
    }
    if (spaces.add_dummy_prefix && !at_end) {
        add({.kind = always ? NormalizerStep::Kind::prepend_always : NormalizerStep::Kind::prepend,
             .text = kSpace});
    }
    source.space = kSpace;
    source.strip_spaces = spaces.add_dummy_prefix ? 1 : 0;
    if (spaces.remove_extra_whitespaces) source.strip_spaces = kAllSpaces;
}

tokenizer::TokenizerSpec parse_sentencepiece(base::Bytes bytes, const std::string& where) {
    tokenizer::TokenizerSpec source;
    TrainerSpec trainer;
    NormalizerSpec normalizer;
    WireReader reader(bytes, where);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                add_piece(source, read_piece(reader.bytes(), where), where);
                break;
            case 2:
                trainer = read_trainer(reader.bytes(), where);
                break;
            case 3:
                normalizer = read_normalizer(reader.bytes(), where);
                break;
            default:
                reader.skip();
        }
    }
    if (source.pieces.empty()) fail(where, "expected a SentencePiece model, found no pieces");
    set_kind(source, trainer, where);
    if (!source.unk_id) fail(where, "has no unknown piece");
    if (source.kind == TokenizerKind::unigram) set_scores(source);
    if (!normalizer.escape_whitespaces) {
        fail(where, "spaces that are not escaped are not supported");
    }
    normalizer.spaces.keep_symbols = add_symbols(source);
    normalizer.spaces.space_as_suffix = trainer.space_as_suffix;
    normalizer.spaces.dummy_of_nothing = !normalizer.spaces.charsmap.empty();
    add_sentencepiece_steps(source, std::move(normalizer.spaces));
    add_ends(source);
    // Merging and words need no scores.
    if (trainer.model_type >= 3) source.scores.clear();
    return source;
}

}  // namespace quire::formats
