// Numbers for people.
#pragma once

#include <cstdint>
#include <string>

namespace quire::common {

// "96.6 MB": three significant digits, powers of 1000.
std::string human_bytes(std::uint64_t bytes);

}  // namespace quire::common
