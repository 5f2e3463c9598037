#include "lib/base/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace quire::base {

namespace {

#if defined(__x86_64__)
// Every CPU with AVX2 converts f16, but a virtual machine may hide it. clang 14's
// __builtin_cpu_supports does not know the feature: leaf 1, bit 29 of ecx.
bool has_f16c() noexcept {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx >> 29 & 1U) != 0;
}

// clang 14 does not know this feature either: leaf 7, part 1, bit 4 of eax.
bool has_avx_vnni() noexcept {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && eax >= 1 &&
           __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax >> 4 & 1U) != 0;
}

// Leaf 7, bits 24 (tiles) and 25 (their products of bytes) of edx. Linux, since 5.16, gives a process
// the 8 KB of tiles only if it asks, with the numbers of asm/prctl.h, which older headers lack.
bool may_use_tiles() noexcept {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0 || (edx >> 24 & 3U) != 3) return false;
    constexpr long kRequestPermission = 0x1023;
    constexpr long kTileData = 18;
    return ::syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}
#endif

}  // namespace

// What each set needs must match its flags in cmake/isa.cmake.
bool cpu_supports(Isa isa) noexcept {
    switch (isa) {
#if defined(__x86_64__)
        case Isa::amx:
            return cpu_supports(Isa::avx512vnni) && may_use_tiles();
        case Isa::avx512vnni:
            return cpu_supports(Isa::avx512) && __builtin_cpu_supports("avx512vnni");
        case Isa::avx512:
            return cpu_supports(Isa::avx2) && __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl");
        case Isa::avxvnni:
            return cpu_supports(Isa::avx2) && has_avx_vnni();
        case Isa::avx2:
            return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c() &&
                   __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
        case Isa::neon:
            return false;
#elif defined(__aarch64__)
        case Isa::amx:
        case Isa::avx512vnni:
        case Isa::avx512:
        case Isa::avxvnni:
        case Isa::avx2:
            return false;
        case Isa::neon:
            return (::getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
        case Isa::amx:
        case Isa::avx512vnni:
        case Isa::avx512:
        case Isa::avxvnni:
        case Isa::avx2:
        case Isa::neon:
            return false;
#endif
        case Isa::portable:
            return true;
    }
    return false;
}

}  // namespace quire::base
