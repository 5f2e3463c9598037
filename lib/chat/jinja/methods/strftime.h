// datetime.strftime of Python, for a time without zone and in English.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quire::jinja {

// `seconds` since 1970 count the clock that is to be shown. Throws Failure for a directive that is
// not known, and for years before 1 and after 9999.
std::string format_time(std::int64_t seconds, std::string_view format);

}  // namespace quire::jinja
