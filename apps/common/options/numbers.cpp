#include "apps/common/options/numbers.h"

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "lib/base/error.h"
#include "lib/base/quoted.h"

namespace quire::common {

namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& expected,
                         const std::string& found) {
    throw Error(ErrorCode::usage, option,
                "expected " + expected + ", found " + base::quoted(found));
}

// Must match completely: no sign except a minus, no spaces, nothing after it.
template <typename T>
std::errc read(const std::string& text, T& value) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return rest == end && !text.empty() ? error : std::errc::invalid_argument;
}

template <typename T>
CLI::Option* add_any_real(CLI::App& app, const std::string& names, T& value, RealRange range,
                          const std::string& about) {
    return detail::add_parsed(
               app, names, about,
               [&value, range](const std::string& text, const std::string& option) {
                   value = static_cast<T>(parse_real(text, option, range));
               },
               "X")
        ->default_str(fmt::format("{}", value));
}

}  // namespace

std::int64_t parse_integer(const std::string& text, const std::string& option, IntegerRange range) {
    std::int64_t value = 0;
    if (read(text, value) == std::errc() && value >= range.low && value <= range.high) return value;
    refuse(option, fmt::format("a whole number from {} to {}", range.low, range.high), text);
}

double parse_real(const std::string& text, const std::string& option, RealRange range) {
    double value = 0;
    std::errc error = read(text, value);
    if (error == std::errc::result_out_of_range) {
        value = std::strtod(text.c_str(), nullptr);  // 0 on underflow, inf on overflow
        error = std::errc();
    }
    // Comparisons with NaN are false.
    if (error == std::errc() && value >= range.low && value <= range.high) return value;
    refuse(option, fmt::format("a number from {:g} to {:g}", range.low, range.high), text);
}

std::uint64_t parse_seed(const std::string& text, const std::string& option) {
    std::uint64_t value = 0;
    if (read(text, value) == std::errc()) return value;
    refuse(option, "a whole number from 0 to 2^64 - 1", text);
}

CLI::Option* detail::add_parsed(
    CLI::App& app, const std::string& names, const std::string& about,
    std::function<void(const std::string& text, const std::string& option)> set,
    const char* type_name) {
    // The name used in messages: the longest one, without the dashes of a value.
    const std::string name = names.substr(names.rfind(',') + 1);
    return app
        .add_option_function<std::string>(
            names, [set = std::move(set), name](const std::string& text) { set(text, name); },
            about)
        ->type_name(type_name);
}

CLI::Option* add_predict(CLI::App& app, std::optional<std::size_t>& n, const std::string& about) {
    return detail::add_parsed(
               app, "-n,--predict", about,
               [&n](const std::string& text, const std::string& option) {
                   const std::int64_t value = parse_integer(text, option, {-1, kMaxTokens});
                   if (value >= 0) n = static_cast<std::size_t>(value);
               },
               "N")
        ->default_str("-1");
}

CLI::Option* add_real(CLI::App& app, const std::string& names, float& value, RealRange range,
                      const std::string& about) {
    return add_any_real(app, names, value, range, about);
}

CLI::Option* add_real(CLI::App& app, const std::string& names, double& value, RealRange range,
                      const std::string& about) {
    return add_any_real(app, names, value, range, about);
}

}  // namespace quire::common
