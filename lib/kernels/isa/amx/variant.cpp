// The kernels of avx512vnni, with products of many rows by tiles. Like isa/variant.cpp, this source must
// not include anything that defines inline functions outside of namespace QUIRE_ISA.
#include <cstddef>
#include <cstdint>

#include "lib/kernels/kernels.h"

#include "lib/kernels/isa/simd.h"

#include "lib/kernels/isa/math.inl.h"

#include "lib/kernels/isa/amx/matmul_tiles.inl.h"

namespace quire::kernels {

namespace QUIRE_ISA {
namespace {

// With fewer rows, unpacked codes stay in registers, and weights come from memory.
constexpr std::size_t kFewestTileRows = kTileRows;

const KernelTable& without_tiles() {
    return table_of<base::Isa::avx512vnni>();
}

template <std::size_t dtype, typename Type>
void matmul(const MatmulArgs& a) noexcept {
    if (a.x.n_rows < kFewestTileRows || a.columns == 0) return without_tiles().matmul[dtype](a);
    matmul_tiles<Type>(a);
}

template <std::size_t dtype, typename Type, typename... Others>
void set_matmuls(KernelTable& table) {
    // Tiles of 16 columns take as long as those of 32, which is slower than without tiles.
    if constexpr (Type::kGroups == 1) table.matmul[dtype] = matmul<dtype, Type>;
    if constexpr (sizeof...(Others) > 0) set_matmuls<dtype + 1, Others...>(table);
}

template <typename... Types>
KernelTable with_tiles(TypeList<Types...> /*types*/) {
    KernelTable table = without_tiles();
    table.name = base::kIsaNames[static_cast<std::size_t>(base::Isa::amx)];
    set_matmuls<kFirstBlockType, Types...>(table);
    return table;
}

}  // namespace
}  // namespace QUIRE_ISA

template <>
const KernelTable& table_of<base::Isa::amx>() noexcept {
    static const KernelTable table = QUIRE_ISA::with_tiles(QUIRE_ISA::BlockTypes{});
    return table;
}

}  // namespace quire::kernels
