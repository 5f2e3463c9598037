#include "lib/tokenizer/encode/decode_stream.h"

#include <array>
#include <string_view>
#include <utility>

#include "lib/base/utf8.h"

namespace quire::tokenizer {

namespace {

// The number of bytes at the front of `text` that need not wait for more.
std::size_t printable(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const base::CodePoint c = base::decode_utf8(text.substr(at));
        if (c.truncated) break;
        at += static_cast<std::size_t>(c.length);
    }
    return at;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), with);
        at += with.size();
    }
}

// source: huggingface/tokenizers, decoders/wordpiece.rs, cleanup()
void clean_up(std::string& text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kChanges{{
        {" .", "."},
        {" ?", "?"},
        {" !", "!"},
        {" ,", ","},
        {" ' ", "'"},
        {" n't", "n't"},
        {" 'm", "'m"},
        {" do not", " don't"},
        {" 's", "'s"},
        {" 've", "'ve"},
        {" 're", "'re"},
    }};
    for (const auto& [what, with] : kChanges) replace_all(text, what, with);
}

}  // namespace

DecodeStream::DecodeStream(const Tokenizer& tokenizer, bool at_start)
    : tokenizer_(tokenizer),
      first_(at_start),
      strip_left_(at_start ? tokenizer.strip_spaces() : 0) {}

std::string DecodeStream::push(std::uint32_t id) {
    if (id >= tokenizer_.n_vocab() || tokenizer_.is_control(id)) return {};
    append_piece(id);
    const std::size_t ready = printable(pending_);
    std::string out = pending_.substr(0, ready);
    pending_.erase(0, ready);
    return out;
}

std::string DecodeStream::finish() {
    space_waits_ = false;
    return std::exchange(pending_, {});
}

void DecodeStream::append_piece(std::uint32_t id) {
    const bool first = std::exchange(first_, false);
    switch (tokenizer_.tables().settings.decoding) {
        case TokenizerSpec::Decoding::pieces:
            append_spaced(id, first);
            break;
        case TokenizerSpec::Decoding::words:
        case TokenizerSpec::Decoding::word_pieces:
            append_word(id, first);
            break;
        case TokenizerSpec::Decoding::suffixed:
            append_suffixed(id);
            break;
    }
}

// Replaces each suffix by a space. A space at the end waits until another piece follows.
void DecodeStream::append_suffixed(std::uint32_t id) {
    const std::string& suffix = tokenizer_.tables().settings.word_suffix;
    if (std::exchange(space_waits_, false)) pending_.push_back(' ');
    std::string text(tokenizer_.piece(id));
    if (!suffix.empty() && text.ends_with(suffix)) {
        text.resize(text.size() - suffix.size());
        space_waits_ = true;
    }
    if (!suffix.empty()) replace_all(text, suffix, " ");
    pending_ += text;
}

// Replaces the character for a space by a space.
void DecodeStream::append_spaced(std::uint32_t id, bool first) {
    std::string_view piece = tokenizer_.piece(id);
    std::string text;
    const std::string& space = tokenizer_.space();
    if (space == " " || tokenizer_.piece_kind(id) == PieceKind::byte) {
        text = piece;
    } else {
        const bool spaceless = first && tokenizer_.tables().settings.first_spaceless;
        for (std::size_t found = piece.find(space); found != std::string_view::npos;
             found = piece.find(space)) {
            text.append(piece.substr(0, found));
            if (!spaceless) text.push_back(' ');
            piece.remove_prefix(found + space.size());
        }
        text.append(piece);
    }
    std::size_t begin = 0;
    while (begin < text.size() && strip_left_ > 0) {
        if (text[begin] == ' ') {
            ++begin;
            --strip_left_;
        } else {
            strip_left_ = 0;
        }
    }
    pending_.append(text, begin);
}

// Puts a space before the piece, unless the piece continues a word.
void DecodeStream::append_word(std::uint32_t id, bool first) {
    const std::string_view piece = tokenizer_.piece(id);
    const std::string_view prefix = tokenizer_.tables().settings.continuing_prefix;
    std::string text(piece);
    const bool word_pieces =
        tokenizer_.tables().settings.decoding == TokenizerSpec::Decoding::word_pieces;
    if (!first && word_pieces && piece.starts_with(prefix)) {
        text = piece.substr(prefix.size());
    } else if (!first) {
        text.insert(0, 1, ' ');
    }
    if (tokenizer_.tables().settings.clean_up) clean_up(text);
    pending_ += text;
}

std::string token_text(const Tokenizer& tokenizer, std::uint32_t id) {
    if (id >= tokenizer.n_vocab()) return {};
    DecodeStream stream(tokenizer);
    std::string text = stream.push(id);
    return text + stream.finish();
}

std::string token_text_or_name(const Tokenizer& tokenizer, std::uint32_t id) {
    const bool is_control = id < tokenizer.n_vocab() && tokenizer.is_control(id);
    return is_control ? std::string(tokenizer.piece(id)) : token_text(tokenizer, id);
}

}  // namespace quire::tokenizer
