// A price table written by the user: names, and the price of a million tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::common {

// Per million tokens, in the currency of the table.
struct NamedPrice {
    std::string name;
    double input = 0;   // tokens that a model reads
    double output = 0;  // tokens that it writes
};

// {"gpt-4o": 2.5, "mine": {"input": 0.1, "output": 0.4}}, in its order; a plain number is the price
// of both. Error{input} naming `file` and the entry for anything else.
std::vector<NamedPrice> parse_prices(std::string_view text, const std::string& file);

}  // namespace quire::common
