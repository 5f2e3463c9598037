// The instruction sets that hot loops are compiled for, and which of them this machine runs. Their
// compiler flags are in cmake/isa.cmake; its quire_isa_objects() compiles a source once for each.
//
// This header is included by such sources: it defines no inline functions, except for a template
// that they do not use.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quire::base {

// Fastest first. Each x86 set includes AVX2. avxvnni has the byte products of avx512vnni for vectors
// of 256 bits: CPUs without AVX-512 have them since 2021. amx is avx512vnni with products of whole
// tiles of bytes (AMX-INT8).
enum class Isa : std::uint8_t { amx, avx512vnni, avx512, avxvnni, avx2, neon, portable };

// The names that --isa takes, indexed by Isa.
inline constexpr std::size_t kIsas = 7;
inline constexpr const char* kIsaNames[kIsas]{"amx",  "avx512vnni", "avx512",  "avxvnni",
                                              "avx2", "neon",       "portable"};

// True if the processor and the operating system support the instruction set. Sets of other
// architectures are not supported; portable always is. For amx the process asks the operating
// system for the tiles, and may use them if the result is true.
bool cpu_supports(Isa isa) noexcept;

// Calls visit.operator()<isa>() for every instruction set that whole sources are compiled for, fastest
// first. amx is none of them: only few loops differ from those of avx512vnni.
template <typename Visit>
void for_each_built_isa(Visit visit) {
#if defined(__x86_64__)
    visit.template operator()<Isa::avx512vnni>();
    visit.template operator()<Isa::avx512>();
    visit.template operator()<Isa::avxvnni>();
    visit.template operator()<Isa::avx2>();
#elif defined(__aarch64__)
    visit.template operator()<Isa::neon>();
#endif
    visit.template operator()<Isa::portable>();
}

}  // namespace quire::base
