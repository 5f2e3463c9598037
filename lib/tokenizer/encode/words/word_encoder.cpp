#include "lib/tokenizer/encode/words/word_encoder.h"

#include <algorithm>
#include <limits>
#include <string>

#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/spec/layout.h"
#include "lib/tokenizer/spec/sentencepiece_bytes.h"

namespace quire::tokenizer {

WordEncoder::WordEncoder(const OpenTables& tables)
    : tables_(tables),
      merger_(tables.merges),
      word_piece_(tables.trie, {.continuing_prefix = tables.settings.continuing_prefix,
                                .max_word_characters = tables.settings.max_word_characters,
                                .unk_id = tables.settings.unk_id.value_or(0),
                                .n_pieces = tables.pieces.size()}),
      unigram_(tables) {}

void WordEncoder::encode(std::string_view word, std::vector<std::uint32_t>& ids) {
    if (word.size() >= std::numeric_limits<std::uint32_t>::max()) {
        throw Error(ErrorCode::input, "text", "expected words below 4 GiB");
    }
    last_size_ = word.size();
    if (const auto id = whole_word(word, PieceIndex::hash_of(word))) {
        ids.push_back(*id);
        return;
    }
    switch (tables_.settings.kind) {
        case TokenizerKind::byte_bpe:
        case TokenizerKind::sentencepiece_bpe:
            break;
        case TokenizerKind::word_piece:
            return word_piece_.encode(word, ids);
        case TokenizerKind::unigram:
            return unigram_.encode(word, ids);
        case TokenizerKind::word_level:
            return encode_word_level(word, ids);
    }
    push_symbols(word);
    merger_.merge(symbols_);
    ids.insert(ids.end(), symbols_.begin(), symbols_.end());
}

std::optional<std::uint32_t> WordEncoder::whole_word(std::string_view word,
                                                     std::uint64_t hash) const {
    if (tables_.settings.ignore_merges) {
        if (const auto id = named(word, hash)) return id;
    }
    return tables_.index.find_whole(word, hash);
}

// The piece with this name. As in `tokenizers`, the name of a byte's piece is its spelling in the
// vocabulary ("<0x41>"), not the byte.
std::optional<std::uint32_t> WordEncoder::named(std::string_view word, std::uint64_t hash) const {
    if (const auto id = tables_.index.find_text(word, hash)) return id;
    if (tables_.settings.kind == TokenizerKind::byte_bpe) return std::nullopt;
    const std::optional<char> byte = byte_of_piece(word);
    if (!byte) return std::nullopt;
    const std::uint32_t id = tables_.byte_ids[static_cast<unsigned char>(*byte)];
    return id == kNoId ? std::nullopt : std::optional(id);
}

// The piece of a character, or kNoId.
std::uint32_t WordEncoder::character_id(char32_t c, std::string_view bytes) {
    Character& known = characters_[c % characters_.size()];
    if (known.value != c) known = {c, tables_.index.find_text(bytes).value_or(kNoId)};
    return known.id;
}

std::size_t WordEncoder::symbol_size(std::string_view rest) const {
    if (tables_.settings.kind == TokenizerKind::byte_bpe) return 1;
    return static_cast<std::size_t>(base::decode_utf8(rest).length);
}

// The piece of a byte or character, or kNoId. ends_word: it is the last of the word.
std::uint32_t WordEncoder::symbol_id(std::string_view symbol, bool ends_word) {
    if (ends_word && !tables_.settings.word_suffix.empty()) {
        suffixed_.assign(symbol).append(tables_.settings.word_suffix);
        return tables_.index.find_text(suffixed_).value_or(kNoId);
    }
    if (tables_.settings.kind == TokenizerKind::byte_bpe) {
        return tables_.byte_ids[static_cast<unsigned char>(symbol[0])];
    }
    return character_id(base::decode_utf8(symbol).value, symbol);
}

// True if every byte of the text is a piece.
bool WordEncoder::has_bytes(std::string_view text) const {
    return tables_.settings.byte_fallback && std::all_of(text.begin(), text.end(), [&](char byte) {
               return tables_.byte_ids[static_cast<unsigned char>(byte)] != kNoId;
           });
}

void WordEncoder::push_symbols(std::string_view word) {
    symbols_.clear();
    unknown_waits_ = false;
    while (!word.empty()) {
        const std::string_view symbol = word.substr(0, symbol_size(word));
        word.remove_prefix(symbol.size());
        const std::uint32_t id = symbol_id(symbol, word.empty());
        if (id == kNoId) {
            const bool has_suffix = word.empty() && !tables_.settings.word_suffix.empty();
            push_unknown(has_suffix ? std::string_view(suffixed_) : symbol);
            continue;
        }
        if (unknown_waits_) symbols_.push_back(*tables_.settings.unk_id);
        unknown_waits_ = false;
        symbols_.push_back(id);
    }
    if (unknown_waits_) symbols_.push_back(*tables_.settings.unk_id);
}

// As in `tokenizers`, an unknown token is written before the next symbol that is a piece, so it
// comes after the bytes of the characters in between.
void WordEncoder::push_unknown(std::string_view symbol) {
    if (has_bytes(symbol)) {
        for (const char byte : symbol) {
            symbols_.push_back(tables_.byte_ids[static_cast<unsigned char>(byte)]);
        }
        return;
    }
    if (!tables_.settings.unk_id) return;
    if (unknown_waits_ && !tables_.settings.fuse_unk) symbols_.push_back(*tables_.settings.unk_id);
    unknown_waits_ = true;
}

std::size_t WordEncoder::symbols_of(std::string_view word, std::span<std::uint32_t> symbols) {
    std::size_t n = 0;
    if (!tables_.settings.word_suffix.empty()) return 0;
    const auto put = [&](std::uint32_t id) {
        if (id == kNoId || n == symbols.size()) return false;
        symbols[n++] = id;
        return true;
    };
    const auto put_bytes = [&](std::string_view bytes) {
        return std::all_of(bytes.begin(), bytes.end(), [&](char byte) {
            return put(tables_.byte_ids[static_cast<unsigned char>(byte)]);
        });
    };
    if (tables_.settings.kind == TokenizerKind::byte_bpe) return put_bytes(word) ? n : 0;
    while (!word.empty()) {
        const base::CodePoint c = base::decode_utf8(word);
        const std::string_view character = word.substr(0, static_cast<std::size_t>(c.length));
        const std::uint32_t id = character_id(c.value, character);
        const bool as_bytes = id == kNoId && tables_.settings.byte_fallback;
        if (!(as_bytes ? put_bytes(character) : put(id))) return 0;
        word.remove_prefix(character.size());
    }
    return n;
}

// If the symbol at the front of `rest` is unknown: its size in bytes. Otherwise 0.
std::size_t WordEncoder::unknown_bytes(std::string_view rest) const {
    if (rest.empty()) return 0;
    const std::string_view symbol = rest.substr(0, symbol_size(rest));
    std::string text(symbol);
    if (symbol.size() == rest.size()) text += tables_.settings.word_suffix;
    const bool of_bytes =
        tables_.settings.kind == TokenizerKind::byte_bpe && text.size() == symbol.size();
    const bool known = of_bytes ? tables_.byte_ids[static_cast<unsigned char>(symbol[0])] != kNoId
                                : tables_.index.find_text(text).has_value();
    return known || has_bytes(text) ? 0 : symbol.size();
}

void WordEncoder::encode_word_level(std::string_view word, std::vector<std::uint32_t>& ids) const {
    const auto id = named(word, PieceIndex::hash_of(word));
    if (id) {
        ids.push_back(*id);
    } else if (has_bytes(word)) {
        for (const char c : word) ids.push_back(tables_.byte_ids[static_cast<unsigned char>(c)]);
    } else if (tables_.settings.unk_id) {
        ids.push_back(*tables_.settings.unk_id);
    }
}

// covered() for word_piece and word_level.
std::size_t WordEncoder::covered_by_piece(std::string_view rest, std::uint32_t id) const {
    std::string_view piece = tables_.pieces.bytes(id);
    if (tables_.pieces.kind(id) == PieceKind::byte) {
        const std::string name = piece.empty() ? std::string() : piece_of_byte(piece.front());
        return std::min(rest.size(), rest.starts_with(name) ? name.size() : std::size_t{1});
    }
    const std::string& prefix = tables_.settings.continuing_prefix;
    if (!rest.starts_with(piece) && piece.starts_with(prefix)) piece.remove_prefix(prefix.size());
    return rest.starts_with(piece) ? piece.size() : rest.size();
}

std::size_t WordEncoder::covered(std::string_view rest, std::uint32_t id) const {
    switch (tables_.settings.kind) {
        case TokenizerKind::word_piece:
        case TokenizerKind::word_level:
            return covered_by_piece(rest, id);
        case TokenizerKind::unigram: {
            const bool is_byte = tables_.pieces.kind(id) == PieceKind::byte;
            if (is_byte && rest.starts_with(tables_.pieces.bytes(id)))
                return std::min<std::size_t>(1, rest.size());
            const std::size_t begin = last_size_ - rest.size();
            return std::max(begin, unigram_.end_of(begin)) - begin;
        }
        case TokenizerKind::byte_bpe:
        case TokenizerKind::sentencepiece_bpe:
            break;
    }
    const TokenizerConfig& settings = tables_.settings;
    std::size_t length = 0;
    if (settings.unk_id == id && unknown_bytes(rest) > 0) {
        do length += unknown_bytes(rest.substr(length));
        while (settings.fuse_unk && unknown_bytes(rest.substr(length)) > 0);
        return length;
    }
    // Dropped symbols count toward the token after them.
    while (const std::size_t dropped = settings.unk_id ? 0 : unknown_bytes(rest.substr(length))) {
        length += dropped;
    }
    return std::min(rest.size(), length + tables_.pieces.bytes(id).size());
}

}  // namespace quire::tokenizer
