#include "lib/chat/jinja/methods/format_spec.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "lib/base/utf8.h"
#include "lib/chat/jinja/values/repr.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

constexpr int kMaxPrecision = 400;  // more digits than any double has

bool is_align(char c) {
    return c == '<' || c == '>' || c == '^' || c == '=';
}

class SpecReader {
  public:
    explicit SpecReader(std::string_view spec) : rest_(spec) {}

    FormatSpec run() {
        read_align();
        if (const char sign = take("+- ")) spec_.sign = sign;
        if (take("z")) throw unsupported("the format option z");
        spec_.alternate = take("#") != 0;
        if (!rest_.empty() && rest_[0] == '0') {
            spec_.zero = true;
            rest_.remove_prefix(1);
        }
        if (const auto width = number(kMaxTextBytes)) spec_.width = *width;
        spec_.grouping = take(",_");
        if (take(".")) {
            const auto precision = number(kMaxTextBytes);
            if (!precision) fail("a format with a dot and no precision");
            spec_.precision = static_cast<int>(*precision);
        }
        if (rest_.size() > 1) fail("an unknown format");
        if (!rest_.empty()) spec_.type = rest_[0];
        return spec_;
    }

  private:
    [[noreturn]] static void fail(const std::string& what) { throw type_failure(what); }

    void read_align() {
        if (rest_.empty()) return;
        const auto size = static_cast<std::size_t>(base::decode_utf8(rest_).length);
        if (rest_.size() > size && is_align(rest_[size])) {
            spec_.fill = rest_.substr(0, size);
            spec_.align = rest_[size];
            rest_.remove_prefix(size + 1);
        } else {
            spec_.align = take("<>^=");
        }
    }

    char take(std::string_view choices) {
        if (rest_.empty() || choices.find(rest_[0]) == std::string_view::npos) return 0;
        const char taken = rest_[0];
        rest_.remove_prefix(1);
        return taken;
    }

    std::optional<std::size_t> number(std::size_t most) {
        std::size_t value = 0;
        const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (read.ptr == rest_.data()) return std::nullopt;
        if (read.ec != std::errc() || value > most) {
            throw Failure(ErrorCode::model, "a format wider than the longest text");
        }
        rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
        return value;
    }

    std::string_view rest_;
    FormatSpec spec_;
};

std::string repeated(const std::string& fill, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += fill;
    return out;
}

// Pads the text to the width.
Text padded(const FormatSpec& spec, const Text& text, char align, Origin origin) {
    const std::size_t n_chars = count_chars(text.bytes());
    if (n_chars >= spec.width) return text;
    const std::size_t missing = spec.width - n_chars;
    const std::size_t left = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
    const std::string fill = spec.zero && spec.align == 0 ? "0" : spec.fill;
    Text out(repeated(fill, left), origin);
    out.append(text);
    out.append(repeated(fill, missing - left), origin);
    return out;
}

Text format_string(Context& context, const Text& text, const FormatSpec& spec) {
    if (spec.type != 0 && spec.type != 's') {
        throw type_failure(std::string("the format '") + spec.type + "' is not for a string");
    }
    if (spec.sign != '-' || spec.alternate || spec.align == '=' || spec.grouping != 0) {
        throw type_failure("a format of numbers for a string");
    }
    context.budget.bytes(text.weight() + spec.width);
    Text cut = text;
    if (spec.precision) {
        cut = text.slice(0, byte_of_char(text.bytes(), static_cast<std::size_t>(*spec.precision)));
    }
    return padded(spec, cut, spec.align == 0 ? '<' : spec.align, Origin::from_data);
}

// The digits with a separator between groups, counted from the right. The part from a dot or
// exponent on is unchanged.
std::string grouped(const std::string& digits, char separator, std::size_t size) {
    const std::size_t end =
        std::min(digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
    std::string out;
    for (std::size_t i = 0; i < end; ++i) {
        if (i > 0 && (end - i) % size == 0) out += separator;
        out += digits[i];
    }
    return out + digits.substr(end);
}

std::string in_base(std::uint64_t magnitude, int base) {
    char buffer[70];
    return {std::begin(buffer),
            std::to_chars(std::begin(buffer), std::end(buffer), magnitude, base).ptr};
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

Text format_character(std::int64_t value) {
    const bool is_character = value >= 0 && value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
    if (!is_character) throw type_failure("%c of a number that is not a character");
    std::string text;
    base::append_utf8(text, static_cast<char32_t>(value));
    return Text(text, Origin::from_data);
}

Text format_integer(const Value& value, const FormatSpec& spec) {
    if (spec.precision) throw type_failure("a precision in the format of an integer");
    const std::optional<std::int64_t> small = value.integer();
    std::string decimal = small ? std::to_string(*small) : value.big()->digits;
    const bool negative = decimal.starts_with('-');
    if (negative) decimal.erase(0, 1);
    const char type = spec.type == 0 ? 'd' : spec.type;
    if (type == 'd' || type == 'n') {
        const std::string digits =
            spec.grouping != 0 ? grouped(decimal, spec.grouping, 3) : decimal;
        return lay_out_number(spec, negative, "", digits);
    }
    if (!small) throw unsupported("this format of an integer beyond 64 bits");
    if (type == 'c') {
        return padded(spec, format_character(*small), spec.align == 0 ? '<' : spec.align,
                      Origin::from_data);
    }
    const int base = type == 'b' ? 2 : type == 'o' ? 8 : 16;
    if (base == 16 && type != 'x' && type != 'X') {
        throw type_failure(std::string("the format '") + type + "' is not for an integer");
    }
    if (spec.grouping == ',') throw type_failure("',' in a format that is not decimal");
    const auto bits = static_cast<std::uint64_t>(*small);
    std::string digits = in_base(negative ? std::uint64_t{0} - bits : bits, base);
    if (spec.grouping != 0) digits = grouped(digits, spec.grouping, 4);
    const std::string prefix = spec.alternate ? std::string("0") + type : "";
    return lay_out_number(spec, negative, prefix, type == 'X' ? upper(digits) : digits);
}

// Without a type, a float is written as it prints; or, with a precision, as by g but with at least
// one digit after the dot.
std::string plain_float(double magnitude, const std::optional<int>& precision) {
    if (!precision) return float_repr(magnitude);
    const int digits = std::max(*precision, 1);
    std::string text = float_digits(magnitude, 'g', digits, false);
    // source: CPython Python/pystrtod.c, format 'r' of float.__format__: the exponent form begins
    // one digit earlier than with g.
    if (text.find_first_of(".en") != std::string::npos) return text;
    if (static_cast<int>(text.size()) < digits) return text + ".0";
    char buffer[700];
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), magnitude,
                                   std::chars_format::scientific, digits - 1)
                         .ptr;
    return {std::begin(buffer), end};
}

Text format_float(double value, const FormatSpec& spec) {
    const bool negative = std::signbit(value) && !std::isnan(value);
    const double magnitude = std::abs(value);
    const char type = spec.type;
    std::string digits;
    if (type == 0) {
        digits = plain_float(magnitude, spec.precision);
    } else {
        if (std::string_view("eEfFgGn%").find(type) == std::string_view::npos) {
            throw type_failure(std::string("the format '") + type + "' is not for a float");
        }
        const char kind = type == 'n' ? 'g' : type;
        digits = float_digits(magnitude, kind, spec.precision.value_or(6), spec.alternate);
    }
    if (spec.grouping != 0 && std::isfinite(value)) digits = grouped(digits, spec.grouping, 3);
    return lay_out_number(spec, negative, "", digits);
}

}  // namespace

FormatSpec parse_format_spec(std::string_view spec) {
    return SpecReader(spec).run();
}

std::string float_digits(double magnitude, char type, int precision, bool alternate) {
    if (alternate) throw unsupported("# in the format of a float");
    const char lower = static_cast<char>(type | 0x20);
    std::string digits;
    if (!std::isfinite(magnitude)) {
        digits = std::isnan(magnitude) ? "nan" : "inf";
    } else {
        if (precision > kMaxPrecision) throw unsupported("such a high precision");
        const auto format = lower == 'e'   ? std::chars_format::scientific
                            : lower == 'g' ? std::chars_format::general
                                           : std::chars_format::fixed;
        const double shown = type == '%' ? magnitude * 100 : magnitude;
        char buffer[800];
        const auto written = std::to_chars(std::begin(buffer), std::end(buffer), shown, format,
                                           lower == 'g' ? std::max(precision, 1) : precision);
        digits = {std::begin(buffer), written.ptr};
    }
    if (type == '%') return digits + "%";
    return type == lower ? digits : upper(digits);
}

Text lay_out_number(const FormatSpec& spec, bool negative, const std::string& prefix,
                    const std::string& digits) {
    const std::string sign = negative ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign);
    const char align = spec.align != 0 ? spec.align : spec.zero ? '=' : '>';
    if (align != '=') {
        const Text number(sign + prefix + digits, Origin::from_template);
        return padded(spec, number, align, Origin::from_template);
    }
    if (spec.grouping != 0 && spec.zero &&
        spec.width > sign.size() + prefix.size() + digits.size()) {
        throw unsupported("a format with zeros and groups");
    }
    const std::string fill = spec.align == 0 ? "0" : spec.fill;
    const std::size_t size = sign.size() + prefix.size() + digits.size();
    const std::string filler = size < spec.width ? repeated(fill, spec.width - size) : "";
    return Text(sign + prefix + filler + digits, Origin::from_template);
}

Text format_value(Context& context, const Value& value, const FormatSpec& spec) {
    context.budget.bytes(spec.width * spec.fill.size());
    if (const String* string = value.string()) return format_string(context, string->text, spec);
    const bool is_float_type =
        spec.type != 0 && std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos;
    if (value.integer() || value.big()) {
        if (!is_float_type) return format_integer(value, spec);
        const double number =
            value.big() ? std::strtod(value.big()->digits.c_str(), nullptr) : *value.number();
        if (std::isinf(number)) throw type_failure("an integer too large for a float");
        return format_float(number, spec);
    }
    if (const double* number = value.get<double>()) return format_float(*number, spec);
    refuse_undefined(value);
    throw type_failure("a format for a value of type " + std::string(value.type_name()));
}

}  // namespace quire::jinja
