// The tokens of a text one by one: their ids, their pieces with places, and the way back.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/encode/encoder.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::tok {

// "1 2 3\n"
std::string ids_line(const std::vector<tokenizer::TokenSpan>& spans);

// A line per token: "FIRST_BYTE\tID\tTEXT", the text as a JSON string (of what is no UTF-8 the bytes as
// \xNN), or in colors as it is but for control characters.
std::string pieces_lines(std::string_view text, const std::vector<tokenizer::TokenSpan>& spans,
                         const tokenizer::Tokenizer& tokenizer, bool coloured);

// [{"id", "begin", "end", "text"}]; a piece that is not UTF-8 has U+FFFD in its text, and "bytes" in
// hexadecimal digits.
nlohmann::ordered_json pieces_json(std::string_view text,
                                   const std::vector<tokenizer::TokenSpan>& spans,
                                   const tokenizer::Tokenizer& tokenizer);

// Ids in decimal, separated by anything that is not a letter or a sign: "1 2", "[1, 2]".
// Error{input} naming `where` for what is no id of the tokenizer.
std::vector<std::uint32_t> parse_ids(std::string_view text, const tokenizer::Tokenizer& tokenizer,
                                     const std::string& where);

// The bytes that ids stand for. special: control tokens as their names, instead of nothing.
std::string decode(const std::vector<std::uint32_t>& ids, const tokenizer::Tokenizer& tokenizer,
                   bool special);

}  // namespace quire::tok
