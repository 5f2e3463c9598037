// The only way in which Quire reads JSON text. Nesting is limited, so a small file cannot exhaust the
// stack; duplicate keys are refused, so nothing in the text is silently dropped.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "lib/base/error.h"

namespace quire::base {

// Levels of arrays and objects. Published files stay below 20; nlohmann's dump(), copies and
// our own readers recurse, which is safe up to here.
inline constexpr std::size_t kMaxJsonDepth = 128;

// Error{code} naming `where` when the text is not one JSON value in UTF-8, is nested deeper than
// kMaxJsonDepth, or has an object with a key twice (nlohmann would keep one of them silently).
nlohmann::json parse_json(std::string_view text, const std::string& where,
                          ErrorCode code = ErrorCode::model);
// The same; objects keep their keys in the order of the text.
nlohmann::ordered_json parse_ordered_json(std::string_view text, const std::string& where,
                                          ErrorCode code = ErrorCode::model);

// The value for a message: on one line, in ASCII, cut after 120 characters. The value must not be
// nested deeper than kMaxJsonDepth.
std::string json_excerpt(const nlohmann::json& value);
std::string json_excerpt(const nlohmann::ordered_json& value);

}  // namespace quire::base
