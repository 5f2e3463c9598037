#include "apps/common/prices.h"

#include "lib/base/error.h"
#include "lib/base/quoted.h"

namespace quire::common {

nlohmann::ordered_json parse_price_table(std::string_view text, const std::string& file) {
    auto table = nlohmann::ordered_json::parse(text, nullptr, false);
    if (table.is_object() && !table.empty()) return table;
    throw Error(ErrorCode::input, file,
                "expected a JSON object of names and prices per million tokens");
}

double price_of(const nlohmann::ordered_json& value, const std::string& file,
                const std::string& name, const std::string& expected) {
    if (value.is_number() && value.get<double>() >= 0) return value.get<double>();
    throw Error(
        ErrorCode::input, file,
        base::quoted(name) + ": expected " + expected + ", found " + base::quoted(value.dump()));
}

}  // namespace quire::common
