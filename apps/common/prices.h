// A table of prices that the user wrote: names, and what a million tokens cost.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace quire::common {

// The table in its order; a value is looked at by price_of(). Error{input} naming `file` unless the
// text is a JSON object with at least one name.
nlohmann::ordered_json parse_price_table(std::string_view text, const std::string& file);

// A number from 0 on. Error{input} naming the file, the entry and what was `expected` there.
double price_of(const nlohmann::ordered_json& value, const std::string& file,
                const std::string& name, const std::string& expected);

}  // namespace quire::common
