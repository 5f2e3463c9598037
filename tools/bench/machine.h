// The machine on which a measurement was made: its name and its limits.
#pragma once

#include <string>
#include <string_view>

namespace quire::bench {

// The name in /proc/cpuinfo, with family and model, which the names of virtual CPUs omit.
std::string cpu_name();

// How fast the machine reads memory, in GB (1e9 bytes) per second, and multiplies, in GMAC (1e9
// multiply-adds) per second.
struct Limits {
    // Takes the better of each. Limits are measured before and after the model, because other guests
    // of the host share its memory bandwidth.
    Limits& operator|=(const Limits& other) noexcept;

    double read_gb_s = 0;
    double code_gmac_s[4]{};  // codes of at most 4, 5, 6, 8 bits
    double float_gmac_s = 0;
    double gmac_s(int code_bits) const noexcept {
        return code_gmac_s[code_bits <= 4 ? 0 : code_bits == 5 ? 1 : code_bits == 6 ? 2 : 3];
    }
};

// Measures with an instruction set and a number of threads: the best of several short runs, for
// memory their median.
Limits measure_limits(std::string_view isa, int n_threads);  // with a line of progress

}  // namespace quire::bench
