#include "formats/checkpoint/exact_block.h"

namespace quire::formats {

using tensor::kBlock;

void decode(std::span<float, kBlock> out, const ExactBlock& block,
            const tensor::DTypeInfo& type) noexcept {
    const int offset = tensor::code_offset(type);
    for (std::size_t i = 0; i < kBlock; ++i) {
        const std::size_t g = i / static_cast<std::size_t>(type.group);
        const float product = block.scale[g] * static_cast<float>(block.codes[i] - offset);
        out[i] = type.has_min ? product + block.min[g] : product;
    }
}

}  // namespace quire::formats
