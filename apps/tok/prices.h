// The price of tokens as input of a model, by a table that the user wrote (apps/common/prices.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace quire::tok {

struct Price {
    std::string name;
    std::size_t model = 0;     // whose tokens have this price
    double per_million = 0.0;  // in the currency of the table
};

// The prices in `file` for the models, by name. A single model uses the whole table, whatever its
// names; with several models each needs an entry. Error{input} for anything else.
std::vector<Price> read_prices(const std::string& file, const std::vector<std::string>& models);

inline double cost(const Price& price, std::uint64_t n_tokens) {
    return price.per_million * static_cast<double>(n_tokens) / 1e6;
}

}  // namespace quire::tok
