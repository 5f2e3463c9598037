#include "apps/tok/prices.h"

#include "apps/common/prices.h"
#include "apps/tok/inputs.h"
#include "lib/base/error.h"

namespace quire::tok {

std::vector<Price> read_prices(const std::string& file, const std::vector<std::string>& models) {
    const WholeText text(file);
    const auto table = common::parse_price_table(text.text(), file);
    for (const auto& [name, value] : table.items()) {
        common::price_of(value, file, name, "a price");
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
