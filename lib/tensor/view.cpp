#include "lib/tensor/view.h"

#include "lib/tensor/panel.h"

namespace quire::tensor {

std::optional<std::uint64_t> tensor_bytes(DType dtype, bool is_matrix, std::uint64_t rows,
                                          std::uint64_t columns) noexcept {
    // The bound of panel_bytes(), far above any real tensor.
    constexpr std::uint64_t kMax = std::uint64_t{1} << 40;
    if (rows > kMax || columns > kMax) return std::nullopt;
    if (!is_matrix) {
        if (rows != 1 || dtype != DType::f32) return std::nullopt;
        return base::checked_mul(columns, sizeof(float));
    }
    return base::checked_mul((rows + kPanelRows - 1) / kPanelRows, panel_bytes(dtype, columns));
}

}  // namespace quire::tensor
