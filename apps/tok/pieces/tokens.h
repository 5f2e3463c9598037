// The tokens of a text one by one: ids, pieces with positions, and decoding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/json/json.h"
#include "lib/tokenizer/encode/encoder.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::tok {

// "1 2 3\n"
std::string ids_line(const std::vector<tokenizer::TokenSpan>& spans);

// The part of the text that a token covers; for a token without text, such as a prefix id, its name.
std::string shown_token(std::string_view text, const tokenizer::TokenSpan& span,
                        const tokenizer::Tokenizer& tokenizer);

struct PieceFormat {
    std::string front;    // of every line
    bool has_ids = true;  // otherwise an id is "-"
};

// A line per token: "FIRST_BYTE\tID\tTEXT". TEXT is a JSON string (bytes that are not UTF-8 as
// \xNN).
std::string pieces_lines(std::string_view text, const std::vector<tokenizer::TokenSpan>& spans,
                         const tokenizer::Tokenizer& tokenizer, const PieceFormat& format);

// [{"id", "begin", "end", "text"}], "id" only if tokens have ids; a piece that is not UTF-8 has U+FFFD
// in its text, and "bytes" in hexadecimal digits.
nlohmann::ordered_json pieces_json(std::string_view text,
                                   const std::vector<tokenizer::TokenSpan>& spans,
                                   const tokenizer::Tokenizer& tokenizer, bool has_ids);

// Decimal ids, separated by anything except letters and signs: "1 2", "[1, 2]". Error{input} naming
// `where` for anything that is not an id of the tokenizer.
std::vector<std::uint32_t> parse_ids(std::string_view text, const tokenizer::Tokenizer& tokenizer,
                                     const std::string& where);

// The bytes of ids. special: control tokens give their names instead of nothing.
std::string decode(const std::vector<std::uint32_t>& ids, const tokenizer::Tokenizer& tokenizer,
                   bool special);

}  // namespace quire::tok
