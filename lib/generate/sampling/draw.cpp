#include "lib/generate/sampling/draw.h"

#include <array>
#include <span>

#include "lib/base/hash.h"

namespace quire::generate {

namespace {

template <std::size_t n>
double draw_named(const std::array<std::uint64_t, n>& name) noexcept {
    return static_cast<double>(base::xxh3(std::as_bytes(std::span(name))) >> 11) * 0x1p-53;
}

}  // namespace

double uniform_draw(std::uint64_t seed, std::uint64_t choice, std::uint64_t position) noexcept {
    return draw_named(std::array{seed, choice, position});
}

double second_draw(std::uint64_t seed, std::uint64_t choice, std::uint64_t position) noexcept {
    return draw_named(std::array{seed, choice, position, std::uint64_t{1}});
}

}  // namespace quire::generate
