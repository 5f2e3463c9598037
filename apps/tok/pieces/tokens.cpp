#include "apps/tok/pieces/tokens.h"

#include <spdlog/fmt/fmt.h>

#include <charconv>

#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::tok {

namespace {

using Json = nlohmann::ordered_json;

// Quoted and escaped as in JSON. A piece that is part of a character is not text: its bytes are
// written as \xNN, which JSON does not have.
std::string quoted_piece(const std::string& text) {
    if (base::is_utf8(text)) return Json(text).dump();
    std::string out = "\"";
    for (const char c : text) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    return out + "\"";
}

std::string hex_of(const std::string& bytes) {
    std::string out;
    for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return out;
}

}  // namespace

std::string shown_token(std::string_view text, const tokenizer::TokenSpan& span,
                        const tokenizer::Tokenizer& tokenizer) {
    if (span.begin == span.end) return std::string(tokenizer.piece(span.id));
    return std::string(text.substr(span.begin, span.end - span.begin));
}

std::string ids_line(const std::vector<tokenizer::TokenSpan>& spans) {
    std::string line;
    for (const tokenizer::TokenSpan& span : spans) {
        if (!line.empty()) line.push_back(' ');
        line += std::to_string(span.id);
    }
    line.push_back('\n');
    return line;
}

std::string pieces_lines(std::string_view text, const std::vector<tokenizer::TokenSpan>& spans,
                         const tokenizer::Tokenizer& tokenizer, const PieceFormat& format) {
    std::string lines;
    for (const tokenizer::TokenSpan& span : spans) {
        lines += fmt::format("{}{}\t{}\t{}\n", format.front, span.begin,
                             format.has_ids ? std::to_string(span.id) : "-",
                             quoted_piece(shown_token(text, span, tokenizer)));
    }
    return lines;
}

Json pieces_json(std::string_view text, const std::vector<tokenizer::TokenSpan>& spans,
                 const tokenizer::Tokenizer& tokenizer, bool has_ids) {
    Json pieces = Json::array();
    for (const tokenizer::TokenSpan& span : spans) {
        const std::string piece = shown_token(text, span, tokenizer);
        Json& entry = pieces.emplace_back(Json::object());
        if (has_ids) entry["id"] = span.id;
        entry.update({{"begin", span.begin}, {"end", span.end}, {"text", piece}});
        if (!base::is_utf8(piece)) entry["bytes"] = hex_of(piece);
    }
    return pieces;
}

std::vector<std::uint32_t> parse_ids(std::string_view text, const tokenizer::Tokenizer& tokenizer,
                                     const std::string& where) {
    constexpr std::string_view kBetween = " \t\r\n,;[]";
    std::vector<std::uint32_t> ids;
    while (true) {
        const std::size_t begin = text.find_first_not_of(kBetween);
        if (begin == std::string_view::npos) return ids;
        text.remove_prefix(begin);
        const std::string_view number = text.substr(0, text.find_first_of(kBetween));
        std::uint32_t id = 0;
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
        if (error != std::errc{} || end != number.data() + number.size() ||
            id >= tokenizer.n_vocab()) {
            throw Error(ErrorCode::input, where,
                        "expected ids below " + std::to_string(tokenizer.n_vocab()) + ", found \"" +
                            std::string(number.substr(0, 40)) + "\" as number " +
                            std::to_string(ids.size() + 1));
        }
        ids.push_back(id);
        text.remove_prefix(number.size());
    }
}

std::string decode(const std::vector<std::uint32_t>& ids, const tokenizer::Tokenizer& tokenizer,
                   bool special) {
    tokenizer::DecodeStream stream(tokenizer, true);
    std::string out;
    for (const std::uint32_t id : ids) {
        if (special && tokenizer.is_control(id)) {
            out += stream.finish();
            out += tokenizer.piece(id);
        } else {
            out += stream.push(id);
        }
    }
    return out + stream.finish();
}

}  // namespace quire::tok
