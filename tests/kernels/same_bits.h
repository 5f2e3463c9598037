// Comparison of the kernel variants with the portable one.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "lib/kernels/dispatch.h"

namespace quire::test {

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
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
