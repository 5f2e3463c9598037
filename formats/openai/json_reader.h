// Reads JSON for a conversation: integers of any size keep their digits (as jinja::big_integer),
// the depth is bounded, and an error says where it is and what was expected.
//
// Differences from nlohmann::json::parse, whose results are the same otherwise: an integer beyond
// 64 bits is not rounded to a double, and Dialect::python also accepts NaN, Infinity, -Infinity and
// numbers beyond the range of a double (read as infinity), like json.loads of Python.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "lib/base/json/json.h"

namespace quire::formats::openai {

using Json = nlohmann::ordered_json;

struct JsonError : std::runtime_error {
    // "expected ..., found ... at line 1, column 7"
    JsonError(const std::string& message, bool limit)
        : std::runtime_error(message), is_limit(limit) {}

    bool is_limit;  // valid JSON that exceeds a limit
};

enum class Dialect { strict, python };

// Throws JsonError for anything other than one JSON value in UTF-8, and for half of a surrogate
// pair, deeper nesting, more than 4,300 digits, and a duplicate key (with Dialect::python the last
// value of such a key is used).
Json read_json(std::string_view text, Dialect dialect = Dialect::strict);

}  // namespace quire::formats::openai
