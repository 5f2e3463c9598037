// The block types that have kernels, in the order of tensor::DType.
#pragma once

#include "lib/kernels/isa/block_weights.inl.h"

namespace quire::kernels::QUIRE_ISA {

template <typename... Types>
struct TypeList {
    static constexpr std::size_t kSize = sizeof...(Types);
};

using BlockTypes = TypeList<
    BlockType<8, false>, BlockType<5, false>, BlockType<5, true>, BlockType<4, false>,
    BlockType<4, true>, BlockType<8, true>, BlockType<6, false>, BlockType<6, true>,
    BlockType<3, false>, BlockType<3, true>, BlockType<6, false, 16>, BlockType<3, false, 16>,
    BlockType<2, true, 16>, BlockType<4, true, 32, 6>, BlockType<5, true, 32, 6>,
    BlockType<6, false, 16, 8>, BlockType<3, false, 16, 6>, BlockType<2, true, 16, 4>,
    BlockType<4, false, 32, 0, CodeTable::iq4>, BlockType<4, false, 32, 6, CodeTable::iq4>,
    BlockType<4, false, 32, 0, CodeTable::fp4, ScaleFormat::e8m0>,
    BlockType<4, false, 16, 0, CodeTable::fp4, ScaleFormat::ue4m3>,
    BlockType<1, false, 128, 0, CodeTable::sign>, BlockType<2, false, 64, 0, CodeTable::ternary>,
    BlockType<2, false, 256, 0, CodeTable::ternary>,
    BlockType<3, false, 32, 6, CodeTable::iq1, ScaleFormat::f16_eighth>,
    BlockType<3, false, 16, 6, CodeTable::iq1, ScaleFormat::f16_eighth>,
    BlockType<3, false, 32, 6, CodeTable::iq2, ScaleFormat::f16_eighth>,
    BlockType<3, false, 16, 6, CodeTable::iq2, ScaleFormat::f16_eighth>,
    BlockType<4, false, 32, 6, CodeTable::iq3_xxs, ScaleFormat::f16_half>,
    BlockType<4, false, 32, 6, CodeTable::iq3_s>>;

// The first of them, as a tensor::DType.
inline constexpr std::size_t kFirstBlockType = kDTypes - BlockTypes::kSize;
static_assert(kFirstBlockType == 3, "floats of three types come first");

}  // namespace quire::kernels::QUIRE_ISA
