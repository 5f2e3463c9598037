// Format specifications of Python's format(value, spec):
// [[fill]align][sign][#][0][width][grouping][.precision][type].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

struct FormatSpec {
    std::string fill = " ";  // one character
    char align = 0;          // < > ^ or =; 0: the default of the type
    char sign = '-';         // -, + or space
    bool alternate = false;  // #
    bool zero = false;       // 0 before the width
    std::size_t width = 0;
    char grouping = 0;  // , or _; 0: none
    std::optional<int> precision;
    char type = 0;  // 0: none given
};

// Throws Failure for a specification that Python refuses, and for a width beyond the longest text.
FormatSpec parse_format_spec(std::string_view spec);

// Strings keep their origin, and padding counts as data. Numbers count as written by the template,
// as when they are printed.
Text format_value(Context& context, const Value& value, const FormatSpec& spec);

// The last step of formatting a number: puts sign and prefix before `digits`, and pads to the
// width.
Text lay_out_number(const FormatSpec& spec, bool negative, const std::string& prefix,
                    const std::string& digits);

// A float formatted as e, f, g, E, F, G or %, without sign.
std::string float_digits(double magnitude, char type, int precision, bool alternate);

}  // namespace quire::jinja
