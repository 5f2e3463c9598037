// The table of counts and the JSON object.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/tok/count.h"
#include "apps/tok/prices.h"

namespace quire::tok {

// Like wc: a line per text, and a total for several; a header line when there is more than one
// column. Standard input has no name.
std::string table_of(const std::vector<Count>& counts, const std::vector<std::string>& models,
                     const std::vector<Price>& prices);

// {"files": [{"name", "model", "tokens", "bytes", "cost"}], "totals": [{"model", "tokens", "bytes",
// "cost"}]}: one entry per text and model. "cost" by the names of prices, only if there are prices.
nlohmann::ordered_json json_of(const std::vector<Count>& counts,
                               const std::vector<std::string>& models,
                               const std::vector<Price>& prices);

}  // namespace quire::tok
