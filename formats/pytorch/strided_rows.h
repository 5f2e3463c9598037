// Tensors whose rows are not contiguous in their file, such as the transpose of a stored matrix.
#pragma once

#include "formats/checkpoint/source_tensor.h"

namespace quire::formats {

struct Strides {
    SourceType type = SourceType::f32;  // f32, f16 or bf16
    std::vector<std::uint64_t> shape;
    std::vector<std::uint64_t> stride;  // in elements, as many as dimensions, at least one
    base::Bytes data;                   // from the first element to the last one
    const base::MappedFile* file = nullptr;
};

SourceTensor strided_tensor(std::string name, Strides strides);

}  // namespace quire::formats
