#include "apps/common/prices.h"

#include <nlohmann/json.hpp>

#include "lib/base/error.h"
#include "lib/base/json/json_text.h"

namespace quire::common {

namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void refuse(const std::string& file, const std::string& name, const Json& found) {
    throw Error(
        ErrorCode::input, file,
        base::json_excerpt(Json(name)) +
            ": expected a price from 0 on, or an object of \"input\" and \"output\", found " +
            base::json_excerpt(found));
}

NamedPrice price_of(const std::string& file, const std::string& name, const Json& value) {
    const auto number = [&](const Json& one) {
        if (!one.is_number() || one.get<double>() < 0) refuse(file, name, value);
        return one.get<double>();
    };
    if (!value.is_object()) return {name, number(value), number(value)};
    const bool has_both = value.contains("input") && value.contains("output");
    if (!has_both || value.size() != 2) refuse(file, name, value);
    return {name, number(value.at("input")), number(value.at("output"))};
}

}  // namespace

std::vector<NamedPrice> parse_prices(std::string_view text, const std::string& file) {
    const Json table = base::parse_ordered_json(text, file, ErrorCode::input);
    if (!table.is_object() || table.empty()) {
        throw Error(ErrorCode::input, file,
                    "expected a JSON object of names and prices per million tokens");
    }
    std::vector<NamedPrice> prices;
    for (const auto& [name, value] : table.items()) prices.push_back(price_of(file, name, value));
    return prices;
}

}  // namespace quire::common
