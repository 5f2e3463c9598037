#include "lib/tokenizer/encode/word_encoder.h"

#include <algorithm>
#include <limits>
#include <string>

#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/spec/byte_level.h"
#include "lib/tokenizer/spec/layout.h"

namespace quire::tokenizer {

WordEncoder::WordEncoder(const OpenTables& parts)
    : parts_(parts),
      merger_(parts.merges),
      word_piece_(parts.trie, {.continuing_prefix = parts.settings.continuing_prefix,
                               .max_word_characters = parts.settings.max_word_characters,
                               .unk_id = parts.settings.unk_id.value_or(0),
                               .n_pieces = parts.pieces.size()}),
      unigram_(parts) {}

void WordEncoder::encode(std::string_view word, std::vector<std::uint32_t>& ids) {
    if (word.size() >= std::numeric_limits<std::uint32_t>::max()) {
        throw Error(ErrorCode::input, "text", "expected words below 4 GiB");
    }
    last_size_ = word.size();
    if (const auto id = whole_word(word, PieceIndex::hash_of(word))) {
        ids.push_back(*id);
        return;
    }
    switch (parts_.settings.kind) {
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
    if (parts_.settings.ignore_merges) {
        if (const auto id = named(word, hash)) return id;
    }
    return parts_.index.find_whole(word, hash);
}

// The piece with this name. The name of a byte's piece is not the byte, but what the vocabulary
// writes for it ("<0x41>"): `tokenizers` looks up names.
std::optional<std::uint32_t> WordEncoder::named(std::string_view word, std::uint64_t hash) const {
    if (const auto id = parts_.index.find_text(word, hash)) return id;
    if (parts_.settings.kind == TokenizerKind::byte_bpe) return std::nullopt;
    const std::optional<char> byte = byte_of_piece(word);
    if (!byte) return std::nullopt;
    const std::uint32_t id = parts_.byte_ids[static_cast<unsigned char>(*byte)];
    return id == kNoId ? std::nullopt : std::optional(id);
}

// The piece of a character, or kNoId.
std::uint32_t WordEncoder::character_id(char32_t c, std::string_view bytes) {
    Character& known = characters_[c % characters_.size()];
    if (known.value != c) known = {c, parts_.index.find_text(bytes).value_or(kNoId)};
    return known.id;
}

std::size_t WordEncoder::symbol_size(std::string_view rest) const {
    if (parts_.settings.kind == TokenizerKind::byte_bpe) return 1;
    return static_cast<std::size_t>(base::decode_utf8(rest).length);
}

// The piece of a byte or character, or kNoId. ends_word: it is the last of the word.
std::uint32_t WordEncoder::symbol_id(std::string_view symbol, bool ends_word) {
    if (ends_word && !parts_.settings.word_suffix.empty()) {
        suffixed_.assign(symbol).append(parts_.settings.word_suffix);
        return parts_.index.find_text(suffixed_).value_or(kNoId);
    }
    if (parts_.settings.kind == TokenizerKind::byte_bpe) {
        return parts_.byte_ids[static_cast<unsigned char>(symbol[0])];
    }
    return character_id(base::decode_utf8(symbol).value, symbol);
}

// True if every byte of the text is a piece.
bool WordEncoder::has_bytes(std::string_view text) const {
    return parts_.settings.byte_fallback && std::all_of(text.begin(), text.end(), [&](char byte) {
               return parts_.byte_ids[static_cast<unsigned char>(byte)] != kNoId;
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
            const bool has_suffix = word.empty() && !parts_.settings.word_suffix.empty();
            push_unknown(has_suffix ? std::string_view(suffixed_) : symbol);
            continue;
        }
        if (unknown_waits_) symbols_.push_back(*parts_.settings.unk_id);
        unknown_waits_ = false;
        symbols_.push_back(id);
    }
    if (unknown_waits_) symbols_.push_back(*parts_.settings.unk_id);
}

// As in `tokenizers`, an unknown token is written before the next symbol that is a piece, so it
// comes after the bytes of the characters in between.
void WordEncoder::push_unknown(std::string_view symbol) {
    if (has_bytes(symbol)) {
        for (const char byte : symbol) {
            symbols_.push_back(parts_.byte_ids[static_cast<unsigned char>(byte)]);
        }
        return;
    }
    if (!parts_.settings.unk_id) return;
    if (unknown_waits_ && !parts_.settings.fuse_unk) symbols_.push_back(*parts_.settings.unk_id);
    unknown_waits_ = true;
}

std::size_t WordEncoder::symbols_of(std::string_view word, std::span<std::uint32_t> symbols) {
    std::size_t n = 0;
    if (!parts_.settings.word_suffix.empty()) return 0;
    const auto put = [&](std::uint32_t id) {
        if (id == kNoId || n == symbols.size()) return false;
        symbols[n++] = id;
        return true;
    };
    const auto put_bytes = [&](std::string_view bytes) {
        return std::all_of(bytes.begin(), bytes.end(), [&](char byte) {
            return put(parts_.byte_ids[static_cast<unsigned char>(byte)]);
        });
    };
    if (parts_.settings.kind == TokenizerKind::byte_bpe) return put_bytes(word) ? n : 0;
    while (!word.empty()) {
        const base::CodePoint c = base::decode_utf8(word);
        const std::string_view character = word.substr(0, static_cast<std::size_t>(c.length));
        const std::uint32_t id = character_id(c.value, character);
        const bool as_bytes = id == kNoId && parts_.settings.byte_fallback;
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
    if (symbol.size() == rest.size()) text += parts_.settings.word_suffix;
    const bool of_bytes =
        parts_.settings.kind == TokenizerKind::byte_bpe && text.size() == symbol.size();
    const bool known = of_bytes ? parts_.byte_ids[static_cast<unsigned char>(symbol[0])] != kNoId
                                : parts_.index.find_text(text).has_value();
    return known || has_bytes(text) ? 0 : symbol.size();
}

void WordEncoder::encode_word_level(std::string_view word, std::vector<std::uint32_t>& ids) const {
    const auto id = named(word, PieceIndex::hash_of(word));
    if (id) {
        ids.push_back(*id);
    } else if (has_bytes(word)) {
        for (const char c : word) ids.push_back(parts_.byte_ids[static_cast<unsigned char>(c)]);
    } else if (parts_.settings.unk_id) {
        ids.push_back(*parts_.settings.unk_id);
    }
}

// covered() for word_piece and word_level.
std::size_t WordEncoder::covered_by_piece(std::string_view rest, std::uint32_t id) const {
    std::string_view piece = parts_.pieces.bytes(id);
    if (parts_.pieces.kind(id) == PieceKind::byte) {
        const std::string name = piece.empty() ? std::string() : piece_of_byte(piece.front());
        return std::min(rest.size(), rest.starts_with(name) ? name.size() : std::size_t{1});
    }
    const std::string& prefix = parts_.settings.continuing_prefix;
    if (!rest.starts_with(piece) && piece.starts_with(prefix)) piece.remove_prefix(prefix.size());
    return rest.starts_with(piece) ? piece.size() : rest.size();
}

std::size_t WordEncoder::covered(std::string_view rest, std::uint32_t id) const {
    switch (parts_.settings.kind) {
        case TokenizerKind::word_piece:
        case TokenizerKind::word_level:
            return covered_by_piece(rest, id);
        case TokenizerKind::unigram: {
            const bool is_byte = parts_.pieces.kind(id) == PieceKind::byte;
            if (is_byte && rest.starts_with(parts_.pieces.bytes(id)))
                return std::min<std::size_t>(1, rest.size());
            const std::size_t begin = last_size_ - rest.size();
            return std::max(begin, unigram_.end_of(begin)) - begin;
        }
        case TokenizerKind::byte_bpe:
        case TokenizerKind::sentencepiece_bpe:
            break;
    }
    const TokenizerConfig& settings = parts_.settings;
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
    return std::min(rest.size(), length + parts_.pieces.bytes(id).size());
}

}  // namespace quire::tokenizer
