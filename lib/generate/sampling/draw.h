// Random numbers that are named instead of counted, so that no draw depends on another.
#pragma once

#include <cstdint>

namespace quire::generate {

// A number in [0, 1) with 53 random bits: a counter-based generator (XXH3 of the arguments).
double uniform_draw(std::uint64_t seed, std::uint64_t choice, std::uint64_t position) noexcept;
// Another number with the same name.
double second_draw(std::uint64_t seed, std::uint64_t choice, std::uint64_t position) noexcept;

}  // namespace quire::generate
