// Numeric options: decimal, within a range, and rejected in one line that gives the range and the
// value found.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

namespace quire::common {

struct IntegerRange {
    std::int64_t low;
    std::int64_t high;
};
struct RealRange {
    double low;
    double high;
};

// "12", "-1", "010" (ten). Error{usage} naming `option` for anything else or out of range.
std::int64_t parse_integer(const std::string& text, const std::string& option, IntegerRange range);

// "0.7", "1e-3". Error{usage} naming `option` for anything else, also for nan and inf.
double parse_real(const std::string& text, const std::string& option, RealRange range);

// 0 to 2^64 - 1. Error{usage} naming `option`.
std::uint64_t parse_seed(const std::string& text, const std::string& option);

inline constexpr std::int64_t kMaxTokens = std::int64_t{1} << 32;  // for a context or a limit
inline constexpr std::int64_t kMaxCount = std::int64_t{1}
                                          << 40;  // for things that are only counted

template <typename T>
struct ValueOf {
    using type = T;
};
template <typename T>
struct ValueOf<std::optional<T>> {
    using type = T;
};

namespace detail {

CLI::Option* add_parsed(CLI::App& app, const std::string& names, const std::string& about,
                        std::function<void(const std::string& text, const std::string& option)> set,
                        const char* type_name);

}  // namespace detail

// `value` is any integer type that can hold the range, or an optional of one. A value that is
// already set is shown as the default.
template <typename T>
CLI::Option* add_integer(CLI::App& app, const std::string& names, T& value, IntegerRange range,
                         const std::string& about) {
    CLI::Option* option = detail::add_parsed(
        app, names, about,
        [&value, range](const std::string& text, const std::string& name) {
            value = static_cast<typename ValueOf<T>::type>(parse_integer(text, name, range));
        },
        "N");
    if constexpr (std::is_integral_v<T>) option->default_str(std::to_string(value));
    return option;
}

// -n, --predict: -1 leaves `n` without a value, which means no limit.
CLI::Option* add_predict(CLI::App& app, std::optional<std::size_t>& n, const std::string& about);

CLI::Option* add_real(CLI::App& app, const std::string& names, float& value, RealRange range,
                      const std::string& about);
CLI::Option* add_real(CLI::App& app, const std::string& names, double& value, RealRange range,
                      const std::string& about);

}  // namespace quire::common
