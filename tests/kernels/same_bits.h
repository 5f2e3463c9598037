// Comparison of the kernel variants with the portable one.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/kernels/dispatch.h"

namespace quire::test {

inline bool same_bits(std::span<const float> a, std::span<const float> b) {
    return std::ranges::equal(a, b, {}, std::bit_cast<std::uint32_t, float>,
                              std::bit_cast<std::uint32_t, float>);
}

// Calls op(table, out) with every variant, where out is a copy of x, and compares the results.
template <typename Op>
void same_everywhere(const std::vector<float>& x, Op op) {
    std::vector<float> expected = x;
    op(kernels::choose("portable"), expected.data());
    for (const kernels::KernelTable* table : kernels::available()) {
        std::vector<float> out = x;
        op(*table, out.data());
        CAPTURE(table->name);
        CAPTURE(x.size());
        CHECK(same_bits(out, expected));
    }
}

}  // namespace quire::test
