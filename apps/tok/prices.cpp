#include "apps/tok/prices.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/tok/inputs.h"
#include "lib/base/error.h"

namespace quire::tok {

std::vector<Price> read_prices(const std::string& file, const std::vector<std::string>& models) {
    const WholeText text(file);
    const auto table = nlohmann::ordered_json::parse(text.text(), nullptr, false);
    if (!table.is_object() || table.empty()) {
        throw Error(ErrorCode::input, file,
                    "expected a JSON object of names and prices per million tokens");
    }
    for (const auto& [name, value] : table.items()) {
        if (value.is_number() && value.get<double>() >= 0) continue;
        throw Error(ErrorCode::input, file,
                    "\"" + name + "\": expected a price, found " + value.dump());
    }
    std::vector<Price> prices;
    for (std::size_t m = 0; m < models.size(); ++m) {
        const auto own = table.find(models[m]);
        if (own != table.end()) {
            prices.push_back({models[m], m, own->get<double>()});
        } else if (models.size() > 1) {
            throw Error(ErrorCode::input, file, "expected a price named \"" + models[m] + "\"");
        } else {
            for (const auto& [name, value] : table.items()) {
                prices.push_back({name, 0, value.get<double>()});
            }
        }
    }
    return prices;
}

}  // namespace quire::tok
