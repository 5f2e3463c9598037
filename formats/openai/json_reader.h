// Reads JSON as a conversation needs it: integers of any size keep their digits (as
// jinja::big_integer), the depth is bounded, and an error says where and what was expected.
//
// Differences from nlohmann::json::parse, whose results are the same otherwise: an integer beyond 64
// bits is not rounded to a double, and with Dialect::python the values NaN, Infinity, -Infinity and
// numbers beyond the range of a double (read as infinity) are taken too, as Python's json.loads does.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace quire::formats::openai {

using Json = nlohmann::ordered_json;

struct JsonError : std::runtime_error {
    // "expected ..., found ... at line 1, column 7"
    JsonError(const std::string& message, bool limit)
        : std::runtime_error(message), is_limit(limit) {}

    bool is_limit;  // it is JSON, but more than is taken here
};

enum class Dialect { strict, python };

// Throws JsonError for anything but one JSON value in UTF-8, and for half of a surrogate pair, deeper
// nesting, more than 4,300 digits and a key that is there twice; with Dialect::python the last value
// of such a key counts.
Json read_json(std::string_view text, Dialect dialect = Dialect::strict);

}  // namespace quire::formats::openai
