#include "apps/tok/prices.h"

#include <algorithm>

#include "apps/common/prices.h"
#include "apps/tok/inputs.h"
#include "lib/base/error.h"

namespace quire::tok {

std::vector<Price> read_prices(const std::string& file, const std::vector<std::string>& models) {
    const WholeText text(file);
    const auto table = common::parse_prices(text.text(), file);
    std::vector<Price> prices;
    for (std::size_t m = 0; m < models.size(); ++m) {
        const auto own = std::ranges::find(table, models[m], &common::NamedPrice::name);
        if (own != table.end()) {
            prices.push_back({models[m], m, own->input});
        } else if (models.size() > 1) {
            throw Error(ErrorCode::input, file,
                        "expected a price named \"" + models[m] +
                            "\": of several tokenizers each needs one under its own name");
        } else {
            for (const auto& price : table) prices.push_back({price.name, 0, price.input});
        }
    }
    return prices;
}

}  // namespace quire::tok
