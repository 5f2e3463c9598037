// A tensor of a model file, in place. A view owns nothing: the mapped file must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "lib/base/bytes.h"
#include "lib/tensor/dtype.h"

namespace quire::tensor {

struct TensorView {
    DType dtype = DType::f32;
    bool is_matrix = false;  // in panels (lib/tensor/panel.h); otherwise a plain f32 vector
    std::uint64_t rows = 0;  // 1 for a vector
    std::uint64_t columns = 0;
    base::Bytes data;  // 64-byte aligned, tensor_bytes() long
};

// Bytes of a tensor with these fields; nothing if there is no such tensor or it is too large.
std::optional<std::uint64_t> tensor_bytes(DType dtype, bool is_matrix, std::uint64_t rows,
                                          std::uint64_t columns) noexcept;

using TensorMap = std::map<std::string, TensorView, std::less<>>;

}  // namespace quire::tensor
