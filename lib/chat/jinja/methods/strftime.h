// datetime.strftime of Python, without time zone and in English.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quire::jinja {

// `seconds` since 1970, in the clock that should be shown. Throws Failure for an unknown directive,
// and for years outside 1 to 9999.
std::string format_time(std::int64_t seconds, std::string_view format);

}  // namespace quire::jinja
