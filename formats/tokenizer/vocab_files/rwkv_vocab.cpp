#include "formats/tokenizer/vocab_files/rwkv_vocab.h"

#include <bitset>
#include <charconv>
#include <limits>
#include <optional>

#include "formats/tokenizer/hf_json/limits.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"

namespace quire::formats {

namespace {

using tokenizer::PieceKind;

constexpr const char* kEnd = "<|rwkv_tokenizer_end_of_text|>";

std::optional<std::uint32_t> number(std::string_view digits, int base = 10) {
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty()) {
        return std::nullopt;
    }
    return value;
}

// The rest of a literal, without quotes.
class Unescaper {
  public:
    // Escapes of text are code points, those of bytes are bytes.
    Unescaper(std::string_view rest, bool is_text) : rest_(rest), is_text_(is_text) {}

    bool run(std::string& out) {
        while (!rest_.empty()) {
            const char c = take();
            if (c != '\\') {
                out.push_back(c);
            } else if (rest_.empty() || !escape(take(), out)) {
                return false;
            }
        }
        return true;
    }

  private:
    char take() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }
    bool escape(char c, std::string& out) {
        switch (c) {
            case 't':
                out.push_back('\t');
                return true;
            case 'n':
                out.push_back('\n');
                return true;
            case 'r':
                out.push_back('\r');
                return true;
            case '\\':
            case '\'':
            case '"':
                out.push_back(c);
                return true;
            case 'x':
                return coded(2, out);
            case 'u':
                return is_text_ && coded(4, out);
            case 'U':
                return is_text_ && coded(8, out);
            default:
                return false;
        }
    }
    bool coded(std::size_t n_digits, std::string& out) {
        if (rest_.size() < n_digits) return false;
        const std::optional<std::uint32_t> value = number(rest_.substr(0, n_digits), 16);
        rest_.remove_prefix(n_digits);
        if (!value) return false;
        if (!is_text_) {
            out.push_back(static_cast<char>(*value));
            return true;
        }
        if (*value > 0x10FFFF || (*value >= 0xD800 && *value < 0xE000)) return false;
        base::append_utf8(out, *value);
        return true;
    }

    std::string_view rest_;
    bool is_text_;
};

// 'text', "text", b'bytes' or b"bytes".
std::optional<std::string> literal(std::string_view text) {
    const bool is_text = !text.starts_with('b');
    if (!is_text) text.remove_prefix(1);
    const bool quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"') &&
                        text.front() == text.back();
    std::string bytes;
    if (!quoted || !Unescaper(text.substr(1, text.size() - 2), is_text).run(bytes)) {
        return std::nullopt;
    }
    return bytes;
}

}  // namespace

bool is_rwkv_vocab(std::string_view file_name) noexcept {
    return file_name.starts_with("rwkv_vocab") && file_name.ends_with(".txt");
}

bool unescape_rwkv_token(std::string_view escaped, std::string& bytes) {
    return Unescaper(escaped, false).run(bytes);
}

void set_longest_match(tokenizer::TokenizerSpec& source, const std::string& where) {
    // WordPiece without marks takes the longest piece, too. A text is one word.
    source.kind = tokenizer::TokenizerKind::word_piece;
    source.decoding = tokenizer::TokenizerSpec::Decoding::pieces;
    source.continuing_prefix.clear();
    source.max_word_characters = std::numeric_limits<std::uint32_t>::max() - 1;
    source.unk_id = 0;
    std::bitset<256> bytes;
    for (const tokenizer::Piece& piece : source.pieces) {
        if (piece.kind == PieceKind::normal && piece.bytes.size() == 1) {
            bytes.set(static_cast<unsigned char>(piece.bytes.front()));
        }
    }
    if (bytes.all()) return;
    std::size_t missing = 0;
    while (bytes[missing]) ++missing;
    throw Error(ErrorCode::model, where,
                "expected a token for each byte, found none for " + std::to_string(missing));
}

tokenizer::TokenizerSpec parse_rwkv_vocab(std::string_view text, const std::string& where) {
    tokenizer::TokenizerSpec source;
    source.pieces.push_back({kEnd, PieceKind::control});
    source.added.push_back({.id = 0, .content = kEnd, .special = true});
    source.bos_id = 0;
    source.eos_ids = {0};
    std::size_t n_lines = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        ++n_lines;
        const auto fail = [&](const std::string& message) {
            throw Error(ErrorCode::model, where,
                        "line " + std::to_string(n_lines) + ": " + message);
        };
        const std::size_t first = line.find(' ');
        const std::size_t last = line.rfind(' ');
        const auto id = number(line.substr(0, first));
        const auto size = number(last == std::string_view::npos ? "" : line.substr(last + 1));
        const auto bytes = first == std::string_view::npos || first == last
                               ? std::nullopt
                               : literal(line.substr(first + 1, last - first - 1));
        if (!id || !size || !bytes || bytes->empty() || *id == 0) {
            fail("expected an id, a token in quotes and its length, found " + base::quoted(line));
        }
        if (bytes->size() != *size) {
            fail("expected a token of " + std::to_string(*size) + " bytes, found " +
                 std::to_string(bytes->size()));
        }
        if (*id >= source.pieces.size() + kMaxHoles) {
            fail("expected ids without large gaps, found " + std::to_string(*id));
        }
        if (*id >= source.pieces.size()) {
            source.pieces.resize(*id + std::size_t{1}, {.bytes = {}, .kind = PieceKind::unused});
        }
        if (!source.pieces[*id].bytes.empty()) fail("a second token with this id");
        source.pieces[*id] = {*bytes};
    }
    set_longest_match(source, where);
    return source;
}

}  // namespace quire::formats
