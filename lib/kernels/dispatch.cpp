#include "lib/kernels/dispatch.h"

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include <algorithm>
#include <array>

#include "lib/base/error.h"
#include "lib/base/join.h"

namespace quire::kernels {

namespace portable {
const KernelTable& table() noexcept;
}
#if defined(__x86_64__)
namespace avx2 {
const KernelTable& table() noexcept;
}
namespace avx512 {
const KernelTable& table() noexcept;
}
namespace avx512vnni {
const KernelTable& table() noexcept;
}
#elif defined(__aarch64__)
namespace neon {
const KernelTable& table() noexcept;
}
#endif

namespace {

struct Variant {
    std::string_view name;
    const KernelTable& (*table)() noexcept;  // null when this build does not hold it
    bool (*runs_here)() noexcept;
};

bool always() noexcept {
    return true;
}
bool never() noexcept {
    return false;
}

#if defined(__x86_64__)
// The f16 conversions came before AVX2 in every CPU, but a virtual machine may hide them. clang
// 14's
// __builtin_cpu_supports does not know them: leaf 1, bit 29 of ecx.
bool has_f16c() noexcept {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx >> 29 & 1U) != 0;
}
bool has_avx2() noexcept {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
}
bool has_avx512() noexcept {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
bool has_avx512vnni() noexcept {
    return has_avx512() && __builtin_cpu_supports("avx512vnni");
}

constexpr std::array<Variant, 5> kVariants{{
    {"avx512vnni", avx512vnni::table, has_avx512vnni},
    {"avx512", avx512::table, has_avx512},
    {"avx2", avx2::table, has_avx2},
    {"neon", nullptr, never},
    {"portable", portable::table, always},
}};
#else
#if defined(__aarch64__)
bool has_neon() noexcept {
    return (::getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
}
constexpr Variant kNeon{"neon", neon::table, has_neon};
#else
constexpr Variant kNeon{"neon", nullptr, never};
#endif
constexpr std::array<Variant, 5> kVariants{{
    {"avx512vnni", nullptr, never},
    {"avx512", nullptr, never},
    {"avx2", nullptr, never},
    kNeon,
    {"portable", portable::table, always},
}};
#endif

}  // namespace

std::vector<std::string_view> isa_names() {
    std::vector<std::string_view> names;
    for (const Variant& variant : kVariants) names.push_back(variant.name);
    return names;
}

std::vector<const KernelTable*> available() {
    std::vector<const KernelTable*> tables;
    for (const Variant& variant : kVariants) {
        if (variant.table != nullptr && variant.runs_here()) tables.push_back(&variant.table());
    }
    return tables;
}

const KernelTable& choose(std::string_view isa) {
    const auto tables = available();
    if (isa.empty()) return *tables.front();
    const auto found = std::ranges::find(tables, isa, &KernelTable::name);
    if (found != tables.end()) return **found;
    const std::string here = base::join(tables, ", ", &KernelTable::name);
    throw Error(ErrorCode::usage, "",
                "expected one of " + here + " on this machine, found " + std::string(isa));
}

}  // namespace quire::kernels
