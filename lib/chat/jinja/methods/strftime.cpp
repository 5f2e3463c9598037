#include "lib/chat/jinja/methods/strftime.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "lib/chat/jinja/values/limits.h"

namespace quire::jinja {
namespace {

constexpr std::string_view kDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                      "Thursday", "Friday", "Saturday"};
constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

struct Moment {
    int year, month, day;  // month and day count from 1
    int weekday;           // Sunday is 0
    int day_of_year;       // counts from 0
    int hour, minute, second;
    std::int64_t seconds;

    int hour12() const { return hour % 12 == 0 ? 12 : hour % 12; }
};

Moment moment_at(std::int64_t seconds) {
    using namespace std::chrono;
    constexpr std::int64_t kFirst = -62135596800;  // 0001-01-01 00:00:00
    constexpr std::int64_t kLast = 253402300799;   // 9999-12-31 23:59:59
    if (seconds < kFirst || seconds > kLast) {
        throw type_failure("a time outside the years 1 to 9999");
    }
    const sys_seconds time{std::chrono::seconds{seconds}};
    const sys_days day = floor<days>(time);
    const year_month_day date{day};
    const auto of_day = static_cast<int>((time - day).count());
    const sys_days new_year{date.year() / January / 1};
    return {static_cast<int>(date.year()),
            static_cast<int>(static_cast<unsigned>(date.month())),
            static_cast<int>(static_cast<unsigned>(date.day())),
            static_cast<int>(weekday{day}.c_encoding()),
            static_cast<int>((day - new_year).count()),
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60,
            seconds};
}

// `pad`: '0', ' ', or '-' for no padding.
std::string padded(int value, std::size_t width, char pad = '0') {
    std::string digits = std::to_string(value);
    if (pad != '-' && digits.size() < width) digits.insert(0, width - digits.size(), pad);
    return digits;
}

std::string expand(const Moment& at, std::string_view format);

// A directive that gives a number, which "%-" writes without padding. Nothing for other directives.
std::optional<std::string> number_directive(const Moment& at, char what, bool unpadded) {
    const auto number = [&](int value, std::size_t width, char pad = '0') {
        return padded(value, width, unpadded ? '-' : pad);
    };
    switch (what) {
        case 'd':
            return number(at.day, 2);
        case 'e':
            return number(at.day, 2, ' ');
        case 'H':
            return number(at.hour, 2);
        case 'I':
            return number(at.hour12(), 2);
        case 'j':
            return number(at.day_of_year + 1, 3);
        case 'k':
            return number(at.hour, 2, ' ');
        case 'l':
            return number(at.hour12(), 2, ' ');
        case 'm':
            return number(at.month, 2);
        case 'M':
            return number(at.minute, 2);
        case 'S':
            return number(at.second, 2);
        case 'y':
            return number(at.year % 100, 2);
        // Weeks counted from the first Sunday, and from the first Monday, of the year.
        case 'U':
            return number((at.day_of_year + 7 - at.weekday) / 7, 2);
        case 'W':
            return number((at.day_of_year + 7 - (at.weekday + 6) % 7) / 7, 2);
        default:
            return std::nullopt;
    }
}

std::string text_directive(const Moment& at, char what) {
    switch (what) {
        case 'a':
            return std::string(kDays[at.weekday].substr(0, 3));
        case 'A':
            return std::string(kDays[at.weekday]);
        case 'b':
        case 'h':
            return std::string(kMonths[at.month - 1].substr(0, 3));
        case 'B':
            return std::string(kMonths[at.month - 1]);
        case 'c':
            return expand(at, "%a %b %e %H:%M:%S %Y");
        case 'D':
        case 'x':
            return expand(at, "%m/%d/%y");
        case 'f':
            return "000000";
        case 'F':
            return expand(at, "%Y-%m-%d");
        case 'n':
            return "\n";
        case 'p':
            return at.hour < 12 ? "AM" : "PM";
        case 'r':
            return expand(at, "%I:%M:%S %p");
        case 'R':
            return expand(at, "%H:%M");
        case 's':
            return std::to_string(at.seconds);
        case 't':
            return "\t";
        case 'T':
        case 'X':
            return expand(at, "%H:%M:%S");
        case 'u':
            return std::to_string(at.weekday == 0 ? 7 : at.weekday);
        case 'w':
            return std::to_string(at.weekday);
        case 'Y':
            return std::to_string(at.year);
        case 'z':
        case 'Z':
            return "";
        case '%':
            return "%";
        default:
            throw unsupported("strftime_now with %" + std::string(1, what));
    }
}

std::string directive(const Moment& at, char what, bool unpadded) {
    if (const std::optional<std::string> number = number_directive(at, what, unpadded)) {
        return *number;
    }
    if (unpadded) throw unsupported("strftime_now with %-" + std::string(1, what));
    return text_directive(at, what);
}

std::string expand(const Moment& at, std::string_view format) {
    std::string out;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%' || i + 1 == format.size()) {
            out += format[i];
            continue;
        }
        const bool unpadded = format[++i] == '-' && i + 1 < format.size();
        if (unpadded) ++i;
        out += directive(at, format[i], unpadded);
    }
    return out;
}

}  // namespace

std::string format_time(std::int64_t seconds, std::string_view format) {
    constexpr std::size_t kMaxFormat = 4096;
    if (format.size() > kMaxFormat) throw unsupported("such a long format of strftime_now");
    return expand(moment_at(seconds), format);
}

}  // namespace quire::jinja
