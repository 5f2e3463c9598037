// The price of tokens as input of a model, by a table of apps/common/prices.h.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/common/prices.h"

namespace quire::tok {

struct Price {
    common::NamedPrice price;
    std::size_t model = 0;  // whose tokens have this price
};

// The prices in `file` for the models, by name. A single model uses the whole table that a user wrote,
// whatever its names; several models, or LiteLLM's table, need an entry for each. Error{input} for
// anything else.
std::vector<Price> read_prices(const std::string& file, const std::vector<std::string>& models);

}  // namespace quire::tok
