// A tensor of a model file where it lies. A view owns nothing: the mapped file must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "lib/base/bytes.h"
#include "lib/tensor/dtype.h"

namespace quire::tensor {

struct TensorView {
    DType dtype = DType::f32;
    bool is_matrix =
        false;  // rows in panels of 16 (lib/tensor/panel.h); otherwise a plain f32 vector
    std::uint64_t rows = 0;  // 1 for a vector
    std::uint64_t columns = 0;
    base::Bytes data;  // 64-byte aligned; its length follows from the fields above
};

// Bytes that a tensor of this kind takes; nothing when that does not fit 64 bits.
std::optional<std::uint64_t> tensor_bytes(DType dtype, bool is_matrix, std::uint64_t rows,
                                          std::uint64_t columns) noexcept;

using TensorMap = std::map<std::string, TensorView, std::less<>>;

}  // namespace quire::tensor
