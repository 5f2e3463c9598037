// The kernels of one instruction set. This file is compiled once for each (cmake/isa.cmake), and
// everything in it is in a namespace of that name, QUIRE_ISA.
//
// It must not include anything that defines inline functions outside of that namespace: the linker
// keeps only one copy of such a function, and might keep one that needs a newer CPU.
#include <cstddef>
#include <cstdint>

#include "lib/kernels/kernels.h"

#include "lib/kernels/isa/simd.h"

// Each of these uses only those before it.
#include "lib/kernels/isa/math.inl.h"

#include "lib/kernels/isa/rows.inl.h"

#include "lib/kernels/isa/activations.inl.h"
#include "lib/kernels/isa/kv_cells.inl.h"
#include "lib/kernels/isa/kv_codes.inl.h"
#include "lib/kernels/isa/recurrent.inl.h"
#include "lib/kernels/isa/softmax.inl.h"

#include "lib/kernels/isa/span_products.inl.h"

#include "lib/kernels/isa/distance_bias.inl.h"

#include "lib/kernels/isa/attention.inl.h"
#include "lib/kernels/isa/matmul.inl.h"
#include "lib/kernels/isa/weights.inl.h"

namespace quire::kernels {

namespace QUIRE_ISA {
namespace {

constexpr KernelTable kOwnTable{
    base::kIsaNames[static_cast<std::size_t>(base::Isa::QUIRE_ISA)],
    // In the order of tensor::DType; with_block_types() adds the block types.
    {matmul_float<F32Type>, matmul_float<F16Type>, matmul_float<Bf16Type>},
    quantize,
    rms_norm,
    add_row,
    layer_norm,
    scale_row,
    add_scaled,
    soft_cap,
    // In the order of spec::Activation.
    {activate<silu>, activate<gelu_tanh>, activate<gelu_erf>, activate<gelu_quick>, activate<relu>,
     activate<tanh>, activate<sigmoid>, activate<relu2>, activate<gelu_quick_limited>},
    {gate<silu>, gate<gelu_tanh>, gate<gelu_erf>, gate<gelu_quick>, gate<relu>, gate<tanh>,
     gate<sigmoid>, gate<relu2>, gate_limited},
    xielu,
    rope,
    hadamard,
    // In the order of KvType.
    {store_key<KvF16>, store_key<KvF32>, store_key<KvInt8>, store_coded_key<8>, store_coded_key<4>},
    {store_value<KvF16>, store_value<KvF32>, store_value<KvInt8>, store_coded_value<8>,
     store_coded_value<4>},
    {attention<KvF16>, attention<KvF32>, attention<KvInt8>, attention<KvCodes<8>>,
     attention<KvCodes<4>>},
    attention_join,
    exp_shifted,
    fit_weights,
    convolve,
    scan,
    decays,
    key_gates,
    key_scan,
    key_read,
    blend,
    rnn_cells,
    gru_cells,
    lstm_cells,
};

template <typename... Types>
constexpr KernelTable with_block_types(KernelTable table, TypeList<Types...> /*types*/) {
    std::size_t dtype = kFirstBlockType;
    ((table.matmul[dtype++] = matmul_block<Types>), ...);
    return table;
}
constexpr KernelTable kTable = with_block_types(kOwnTable, BlockTypes{});

}  // namespace
}  // namespace QUIRE_ISA

template <>
const KernelTable& table_of<base::Isa::QUIRE_ISA>() noexcept {
    return QUIRE_ISA::kTable;
}

}  // namespace quire::kernels
