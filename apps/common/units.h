// Numbers for people.
#pragma once

#include <cstdint>
#include <string>

namespace quire::common {

// "96.6 MB": three significant digits, powers of 1000.
std::string human_bytes(std::uint64_t bytes);

// "2GiB", "500MB", "1073741824". Error{usage} naming `flag` for anything else.
std::uint64_t parse_bytes(const std::string& text, const std::string& flag);

}  // namespace quire::common
