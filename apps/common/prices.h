// Price tables: a small one that the user wrote, or the file that LiteLLM publishes for thousands of
// models.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quire::common {

// Per million tokens, in the currency of the table.
struct NamedPrice {
    // The price of all tokens that a model reads, when there are more than `above` of them.
    struct Tier {
        std::uint64_t above = 0;
        double input = 0;
    };
    std::string name;
    double input = 0;              // tokens that a model reads
    double output = 0;             // tokens that it writes
    std::vector<Tier> tiers = {};  // ascending

    // Of that many tokens that a model reads.
    double input_cost(std::uint64_t n_tokens) const noexcept;
};

struct PriceTable {
    std::vector<NamedPrice> prices;  // in the order of the file
    bool is_catalog = false;         // LiteLLM's: each price is for the model of this name alone
};

// Larger than LiteLLM's file.
inline constexpr std::uint64_t kMaxPriceBytes = std::uint64_t{64} << 20;

// {"gpt-4o": 2.5, "mine": {"input": 0.1, "output": 0.4}}: a plain number is the price of both.
// Or LiteLLM's model_prices_and_context_window.json: objects with input_cost_per_token and
// output_cost_per_token, from which entries without a price of text tokens are left out.
// Error{input} naming `file` and the entry for anything else.
PriceTable parse_prices(std::string_view text, const std::string& file);

}  // namespace quire::common
