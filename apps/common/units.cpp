#include "apps/common/units.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <charconv>
#include <string_view>

#include "lib/base/error.h"

namespace quire::common {

std::string human_bytes(std::uint64_t bytes) {
    constexpr std::array<const char*, 5> kUnits{"B", "kB", "MB", "GB", "TB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < kUnits.size()) {
        value /= 1000.0;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.3g} {}", value, kUnits[unit]);
}

std::uint64_t parse_bytes(const std::string& text, const std::string& flag) {
    struct Unit {
        std::string_view name;
        std::uint64_t factor;
    };
    constexpr std::array<Unit, 9> kUnits{{{"", 1},
                                          {"B", 1},
                                          {"kB", 1000},
                                          {"MB", 1000'000},
                                          {"GB", 1000'000'000},
                                          {"KiB", 1U << 10},
                                          {"MiB", 1U << 20},
                                          {"GiB", 1U << 30},
                                          {"TiB", std::uint64_t{1} << 40}}};
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    const std::string_view name(rest, static_cast<std::size_t>(end - rest));
    for (const Unit& unit : kUnits) {
        const double bytes = value * static_cast<double>(unit.factor);
        if (error == std::errc() && name == unit.name && bytes >= 0 && bytes < 0x1p62) {
            return static_cast<std::uint64_t>(bytes);
        }
    }
    throw Error(ErrorCode::usage, flag, "expected a size such as 2GiB, found \"" + text + "\"");
}

}  // namespace quire::common
