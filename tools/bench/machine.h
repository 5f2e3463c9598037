// The machine a measurement was made on: its name, and what it can do at most.
#pragma once

#include <string>
#include <string_view>

namespace quire::bench {

// As /proc/cpuinfo has it, with family and model, which names of virtual CPUs leave out.
std::string cpu_name();

// Measured with n threads and the instruction set of that name: the best of several short
// runs, for memory their median.
struct Limits {
    // The better of each. Memory is shared with neighbours, so limits are measured before and after
    // what is compared with them.
    Limits& operator|=(const Limits& other) noexcept;

    double read_gb_s = 0;     // memory read, GB (1e9 bytes) per second
    double code_gmac_s[4]{};  // 1e9 multiply-adds per second; codes of <= 4, 5, 6, 8 bits
    double float_gmac_s = 0;
    double gmac_s(int code_bits) const noexcept {
        return code_gmac_s[code_bits <= 4 ? 0 : code_bits == 5 ? 1 : code_bits == 6 ? 2 : 3];
    }
};
Limits measure_limits(std::string_view isa, int n_threads);

}  // namespace quire::bench
