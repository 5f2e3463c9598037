// Mutations of JSON that random changes of bytes rarely produce: counts at the ends of their range,
// depth, growth, values of another kind or from another place.
#pragma once

#include <random>
#include <string>
#include <string_view>

namespace quire::fuzz {

// At most max_size bytes. The text need not be JSON, before or after.
std::string mutate_json(std::string_view text, std::size_t max_size, std::minstd_rand& random);

}  // namespace quire::fuzz
