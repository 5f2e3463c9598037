// A table of prices that the user wrote: names, and what a million tokens cost.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::common {

// Of a million tokens, in whatever money the table is in.
struct NamedPrice {
    std::string name;
    double input = 0;   // tokens that a model reads
    double output = 0;  // tokens that it writes
};

// {"gpt-4o": 2.5, "mine": {"input": 0.1, "output": 0.4}}, in its order; a number is the price of
// both. Error{input} naming `file` and the entry for anything else.
std::vector<NamedPrice> parse_prices(std::string_view text, const std::string& file);

}  // namespace quire::common
