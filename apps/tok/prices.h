// What tokens cost as input of a model, by a table that the user wrote (apps/common/prices.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace quire::tok {

struct Price {
    std::string name;
    std::size_t model = 0;     // whose tokens it is the price of
    double per_million = 0.0;  // in whatever money the table is in
};

// The prices in `file` that go with the models, by their names. A single model takes the whole
// table, whatever the names; of several each needs its own. Error{input} for anything else.
std::vector<Price> read_prices(const std::string& file, const std::vector<std::string>& models);

inline double cost(const Price& price, std::uint64_t n_tokens) {
    return price.per_million * static_cast<double>(n_tokens) / 1e6;
}

}  // namespace quire::tok
