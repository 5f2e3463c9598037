// Which spellings of numbers a schema allows. With any condition a number is written without exponent.
#pragma once

#include <string>
#include <string_view>

#include "lib/generate/constraints/text/char_dfa.h"

namespace quire::constraints {

// A decimal number: digits without leading or trailing zeros around the point.
struct Decimal {
    bool negative = false;
    std::string whole = "0";
    std::string fraction = {};

    bool is_zero() const noexcept { return whole == "0" && fraction.empty(); }
};

// Of a number as JSON writes it. Unusable beyond 400 digits.
Decimal decimal_of(std::string_view number);

// Every number of JSON whose value is finite.
CharDfa any_number();
// Every number without an exponent.
CharDfa any_decimal();
// Whole numbers; strict: with a fraction of at most one zero, otherwise of any number of them.
CharDfa integers(bool strict);

enum class Relation : std::uint8_t { less, less_or_equal, equal, greater_or_equal, greater };
// Decimals that stand in this relation to `limit`, as in "less than limit".
CharDfa compared(const Decimal& limit, Relation relation);
// Decimals that are multiples of a number above 0. TooLarge where that needs too many states.
CharDfa multiples(const Decimal& of);

}  // namespace quire::constraints
