#include "apps/tok/prices.h"

#include <algorithm>

#include "apps/tok/inputs.h"
#include "lib/base/error.h"

namespace quire::tok {

std::vector<Price> read_prices(const std::string& file, const std::vector<std::string>& models) {
    const WholeText text(file);
    const common::PriceTable table = common::parse_prices(text.text(), file);
    std::vector<Price> prices;
    for (std::size_t m = 0; m < models.size(); ++m) {
        const auto own = std::ranges::find(table.prices, models[m], &common::NamedPrice::name);
        if (own != table.prices.end()) {
            prices.push_back({*own, m});
        } else if (models.size() > 1 || table.is_catalog) {
            throw Error(ErrorCode::input, file,
                        "expected a price named \"" + models[m] + "\", found none; -m NAME=" +
                            models[m] + " gives a tokenizer the name of a price");
        } else {
            for (const common::NamedPrice& price : table.prices) prices.push_back({price, 0});
        }
    }
    return prices;
}

}  // namespace quire::tok
