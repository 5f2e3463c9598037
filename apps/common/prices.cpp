#include "apps/common/prices.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "lib/base/error.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"

namespace quire::common {

namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void refuse(const std::string& file, const std::string& name, const Json& found) {
    throw Error(
        ErrorCode::input, file,
        base::json_excerpt(Json(name)) +
            ": expected a price from 0 on, or an object of \"input\" and \"output\", found " +
            base::json_excerpt(found));
}

NamedPrice price_of(const std::string& file, const std::string& name, const Json& value) {
    const auto number = [&](const Json& one) {
        if (!one.is_number() || one.get<double>() < 0) refuse(file, name, value);
        return one.get<double>();
    };
    if (!value.is_object()) return {name, number(value), number(value)};
    const bool has_both = value.contains("input") && value.contains("output");
    if (!has_both || value.size() != 2) refuse(file, name, value);
    return {name, number(value.at("input")), number(value.at("output"))};
}

constexpr std::string_view kInput = "input_cost_per_token";
constexpr std::string_view kOutput = "output_cost_per_token";
constexpr double kMillion = 1e6;

// 272000 for "input_cost_per_token_above_272k_tokens"; 0 for other keys.
std::uint64_t tier_of(std::string_view key) {
    constexpr std::string_view kFront = "input_cost_per_token_above_";
    constexpr std::string_view kEnd = "k_tokens";
    if (!key.starts_with(kFront) || !key.ends_with(kEnd)) return 0;
    key.remove_prefix(kFront.size());
    key.remove_suffix(kEnd.size());
    std::uint64_t thousands = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), thousands);
    constexpr std::uint64_t kMost = 1'000'000'000;
    if (error != std::errc{} || end != key.data() + key.size() || thousands > kMost) return 0;
    return thousands * 1000;
}

bool is_of_catalog(const Json& value) {
    return value.is_object() && (value.contains(kInput) || value.contains("litellm_provider"));
}

// Nothing for an entry without a price of text tokens, such as one for images. source: LiteLLM,
// model_prices_and_context_window.json, whose entry sample_spec explains the others.
std::optional<NamedPrice> catalog_price(const std::string& file, const std::string& name,
                                        const Json& value) {
    const auto number = [&](const Json& one) {
        if (!one.is_number() || one.get<double>() < 0) {
            throw Error(ErrorCode::input, file,
                        base::json_excerpt(Json(name)) +
                            ": expected a price of a token from 0 on, found " +
                            base::json_excerpt(one));
        }
        return one.get<double>() * kMillion;
    };
    if (name == "sample_spec" || !value.is_object() || !value.contains(kInput)) return std::nullopt;
    NamedPrice price{name, number(value.at(kInput)), 0};
    if (value.contains(kOutput)) price.output = number(value.at(kOutput));
    for (const auto& [key, one] : value.items()) {
        if (const std::uint64_t above = tier_of(key)) price.tiers.push_back({above, number(one)});
    }
    std::ranges::sort(price.tiers, {}, &NamedPrice::Tier::above);
    return price;
}

}  // namespace

double NamedPrice::input_cost(std::uint64_t n_tokens) const noexcept {
    double per_million = input;
    for (const Tier& tier : tiers) {
        if (n_tokens > tier.above) per_million = tier.input;
    }
    return per_million * static_cast<double>(n_tokens) / kMillion;
}

PriceTable parse_prices(std::string_view text, const std::string& file) {
    const Json table = base::parse_ordered_json(text, file, ErrorCode::input);
    if (!table.is_object() || table.empty()) {
        throw Error(ErrorCode::input, file,
                    "expected a JSON object of names and prices per million tokens");
    }
    PriceTable found;
    found.is_catalog = std::ranges::any_of(table, is_of_catalog);
    for (const auto& [name, value] : table.items()) {
        if (!found.is_catalog) {
            found.prices.push_back(price_of(file, name, value));
        } else if (auto price = catalog_price(file, name, value)) {
            found.prices.push_back(std::move(*price));
        }
    }
    return found;
}

}  // namespace quire::common
