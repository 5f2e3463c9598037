#include "lib/text/decode_stream.h"

#include <string_view>
#include <utility>

#include "lib/base/utf8.h"

namespace quire::text {

namespace {

// The bytes at the front of `text` that need not wait for more.
std::size_t printable(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const base::CodePoint c = base::decode_utf8(text.substr(at));
        if (c.truncated) break;
        at += static_cast<std::size_t>(c.length);
    }
    return at;
}

}  // namespace

DecodeStream::DecodeStream(const Tokenizer& tokenizer, bool at_start)
    : tokenizer_(tokenizer), strip_left_(at_start ? tokenizer.strip_spaces() : 0) {}

std::string DecodeStream::push(std::uint32_t id) {
    if (id >= tokenizer_.n_vocab() || tokenizer_.is_control(id)) return {};
    append_piece(id);
    const std::size_t ready = printable(pending_);
    std::string out = pending_.substr(0, ready);
    pending_.erase(0, ready);
    return out;
}

std::string DecodeStream::finish() {
    return std::exchange(pending_, {});
}

void DecodeStream::append_piece(std::uint32_t id) {
    std::string_view piece = tokenizer_.piece(id);
    std::string text;
    const std::string& space = tokenizer_.space();
    if (space == " " || tokenizer_.piece_kind(id) == PieceKind::byte) {
        text = piece;
    } else {
        for (std::size_t found = piece.find(space); found != std::string_view::npos;
             found = piece.find(space)) {
            text.append(piece.substr(0, found)).push_back(' ');
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

}  // namespace quire::text
