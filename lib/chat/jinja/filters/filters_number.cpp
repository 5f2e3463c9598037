// Filters that return numbers.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "lib/chat/jinja/filters/filters.h"
#include "lib/chat/jinja/values/arithmetic.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The text without surrounding white space, and without the underscores that Python allows between
// digits. Nothing if there is an underscore elsewhere.
std::optional<std::string> number_text(const Text& text) {
    const std::string stripped(strip(text, std::nullopt, {}).bytes());
    std::string out;
    for (std::size_t i = 0; i < stripped.size(); ++i) {
        if (stripped[i] != '_') {
            out += stripped[i];
        } else if (i == 0 || i + 1 == stripped.size() || !is_digit(stripped[i - 1]) ||
                   !is_digit(stripped[i + 1])) {
            return std::nullopt;
        }
    }
    return out;
}

// Removes a leading plus, which from_chars does not accept; nothing for "+-5".
std::optional<std::string_view> without_plus(std::string_view text) {
    if (!text.starts_with('+')) return text;
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
    return text;
}

int digit_of(char c) {
    if (is_digit(c)) return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 99;
}

// The base given by a prefix "0x", "0o" or "0b", or 0.
int prefix_base(std::string_view digits) {
    if (digits.size() < 2 || digits[0] != '0') return 0;
    const char letter = static_cast<char>(digits[1] | 0x20);
    return letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
}

// int(text, base) in Python. source: CPython Objects/longobject.c, PyLong_FromString.
std::optional<Value> parse_integer(const Text& text, std::int64_t base) {
    if (base != 0 && (base < 2 || base > 36)) return std::nullopt;
    const Text stripped = strip(text, std::nullopt, {});
    std::string_view digits = stripped.bytes();
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    const int prefix = prefix_base(digits);
    if (prefix != 0 && (base == 0 || base == prefix)) {
        digits.remove_prefix(2);
        base = prefix;
    } else if (base == 0) {
        const bool zeros = digits.find_first_not_of('0') == std::string_view::npos;
        if (digits.starts_with('0') && !zeros) return std::nullopt;
        base = 10;
    }
    std::string number = negative ? "-" : "";
    // An underscore may stand between two digits or after the prefix.
    bool after_digit = prefix != 0 && base == prefix;
    for (const char c : digits) {
        if (c == '_' ? !after_digit : digit_of(c) >= base) return std::nullopt;
        after_digit = c != '_';
        if (after_digit) number += c;
    }
    if (digits.empty() || digits.back() == '_') return std::nullopt;
    if (base == 10) return make_integer(number);
    std::int64_t value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value,
                                      static_cast<int>(base));
    if (read.ec != std::errc()) throw unsupported("an integer of more than 64 bits in this base");
    return Value(value);
}

std::optional<double> parse_float(const Text& text) {
    const std::optional<std::string> digits = number_text(text);
    const std::optional<std::string_view> number = digits ? without_plus(*digits) : std::nullopt;
    // from_chars accepts "nan(...)", but Python does not.
    if (!number || number->empty() || number->find('(') != std::string_view::npos) {
        return std::nullopt;
    }
    double value = 0;
    const char* const end = number->data() + number->size();
    const auto read = std::from_chars(number->data(), end, value);
    if (read.ptr != end || read.ec == std::errc::invalid_argument) return std::nullopt;
    // Out of range: infinity or zero, as in Python.
    if (read.ec != std::errc()) value = std::strtod(std::string(*number).c_str(), nullptr);
    return value;
}

// int(value) of a float, rounding toward zero. Nothing for nan and infinities.
std::optional<Value> truncate(double value) {
    if (!std::isfinite(value)) return std::nullopt;
    return make_integer((value < 0 ? "-" : "") + whole_digits(std::abs(value)));
}

Value to_integer(const FilterCall& call) {
    const Bound bound("int", call.arguments, {"default", "base"});
    const Value otherwise = bound.value_or(0, Value(std::int64_t{0}));
    const std::int64_t base = bound.integer_or(1, 10);
    refuse_undefined(call.input);
    if (const std::optional<std::int64_t> value = call.input.integer()) return Value(*value);
    if (call.input.big()) return call.input;
    std::optional<double> number = call.input.number();
    if (const String* string = call.input.string()) {
        if (const auto value = parse_integer(string->text, base)) return *value;
        number = parse_float(string->text);
    }
    const std::optional<Value> value = number ? truncate(*number) : std::nullopt;
    return value ? *value : otherwise;
}

Value to_float(const FilterCall& call) {
    const Bound bound("float", call.arguments, {"default"});
    const Value otherwise = bound.value_or(0, Value(0.0));
    refuse_undefined(call.input);
    std::optional<double> number = call.input.number();
    if (const String* string = call.input.string()) number = parse_float(string->text);
    if (const BigInteger* big = call.input.big()) {
        number = parse_float(Text(big->digits, Origin::from_data));
    }
    return number ? Value(*number) : otherwise;
}

// round(value, precision) in Python: the decimal nearest to the exact value, ties to even.
double round_to(double value, std::int64_t precision) {
    constexpr std::int64_t kEnough = 323;  // source: CPython Objects/floatobject.c, NDIGITS_MAX
    if (!std::isfinite(value) || precision > kEnough) return value;
    char buffer[700];
    const auto written = std::to_chars(std::begin(buffer), std::end(buffer), value,
                                       std::chars_format::fixed, static_cast<int>(precision));
    double rounded = 0;
    std::from_chars(std::begin(buffer), written.ptr, rounded);
    return rounded;
}

Value round_filter(const FilterCall& call) {
    const Bound bound("round", call.arguments, {"precision", "method"});
    const std::int64_t precision = bound.integer_or(0, 0);
    const std::string method(bound.given(1) ? bound.required_string(1).text.bytes() : "common");
    refuse_undefined(call.input);
    if (call.input.big() && method == "common" && precision >= 0) return call.input;
    const std::optional<double> number = call.input.number();
    if (!number) throw type_failure("round of a " + std::string(call.input.type_name()));
    if (precision < 0) throw unsupported("round with a negative precision");
    if (method == "common") {
        if (const auto integer = call.input.integer()) return Value(*integer);
        return Value(round_to(*number, precision));
    }
    if (method != "ceil" && method != "floor") {
        throw type_failure("round(): expected common, ceil or floor as method");
    }
    const double scale = std::pow(10.0, static_cast<double>(precision));
    const double scaled = *number * scale;
    if (!std::isfinite(scaled)) throw type_failure("round of a number that is not finite");
    return Value((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
}

Value absolute_filter(const FilterCall& call) {
    const Bound none("abs", call.arguments, {});
    return absolute(call.input);
}

Value length(const FilterCall& call) {
    const Bound none(call.name, call.arguments, {});
    const std::optional<std::int64_t> length = length_of(call.input);
    if (!length) throw type_failure("length of a " + std::string(call.input.type_name()));
    return Value(*length);
}

constexpr FilterEntry kNumberFilters[] = {
    {"abs", absolute_filter}, {"count", length},  {"float", to_float},
    {"int", to_integer},      {"length", length}, {"round", round_filter},
};

}  // namespace

std::span<const FilterEntry> number_filters() {
    return kNumberFilters;
}

}  // namespace quire::jinja
