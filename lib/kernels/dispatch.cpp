#include "lib/kernels/dispatch.h"

#include <algorithm>

#include "lib/base/cpu.h"
#include "lib/base/error.h"
#include "lib/base/isa/built.h"
#include "lib/base/join.h"
#include "lib/tensor/panel.h"

namespace quire::kernels {

static_assert(kPanelRows == tensor::kPanelRows);
static_assert(kDTypes == tensor::kDTypeCount);

std::vector<std::string_view> isa_names() {
    return {std::begin(base::kIsaNames), std::end(base::kIsaNames)};
}

std::vector<const KernelTable*> available() {
    std::vector<const KernelTable*> tables;
#if defined(__x86_64__) && !defined(QUIRE_BUILT_ISA)
    if (base::cpu_supports(base::Isa::amx)) tables.push_back(&table_of<base::Isa::amx>());
#endif
    base::for_each_compiled_isa([&]<base::Isa isa>() {
        if (base::cpu_supports(isa)) tables.push_back(&table_of<isa>());
    });
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
