// The table of counts and the JSON object.
#pragma once

#include <string>
#include <vector>

#include "apps/tok/count.h"
#include "apps/tok/models/key_value_memory.h"
#include "apps/tok/prices.h"
#include "lib/base/json/json.h"

namespace quire::tok {

// What stands beside the texts.
struct Columns {
    std::vector<std::string> models;                    // their names
    std::vector<std::optional<KeyValueMemory>> memory;  // of each model; or empty
    std::vector<Price> prices;
};

// Like wc: a line per text, and a total for several; a header line when there is more than one
// column. A single text that is no file has no name.
std::string table_of(const std::vector<Count>& counts, const Columns& columns);

// {"files": [{"name", "model", "tokens", "bytes", "memory_bytes", "cost"}], "totals": [{"model",
// "tokens", "bytes", "memory_bytes", "cost"}]}: one entry per text and model. "memory_bytes" and "cost",
// by the names of prices, only if they were asked for.
nlohmann::ordered_json json_of(const std::vector<Count>& counts, const Columns& columns);

// A bar for each text and model, or where there are more than kMostBars for each model.
std::string svg_of(const std::vector<Count>& counts, const Columns& columns);
inline constexpr std::size_t kMostBars = 64;

}  // namespace quire::tok
