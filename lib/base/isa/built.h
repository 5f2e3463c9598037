// Which instruction sets this build has code for: all, or with cmake's QUIRE_ISA_SETS=machine one and portable.
#pragma once

#include "lib/base/cpu.h"

namespace quire::base {

// Calls visit.operator()<isa>() as for_each_built_isa() does, for those of its sets that were compiled. The library must
// have quire_choose_isas() of cmake/isa.cmake.
template <typename Visit>
void for_each_compiled_isa(Visit visit) {
#if defined(QUIRE_BUILT_ISA)
    constexpr Isa kBuilt = Isa::QUIRE_BUILT_ISA;
    if constexpr (kBuilt != Isa::portable) visit.template operator()<kBuilt>();
    visit.template operator()<Isa::portable>();
#else
    for_each_built_isa(visit);
#endif
}

}  // namespace quire::base
