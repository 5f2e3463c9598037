#include "formats/quantized/scaled_floats.h"

#include <algorithm>
#include <cmath>

#include "formats/quantized/numbers.h"
#include "formats/quantized/stored.h"

namespace quire::formats {

namespace {

// Where the scale of a weight is: those of a stack's matrices follow each other.
struct ScaleGrid {
    std::uint64_t matrix_rows;   // of a matrix of the stack
    std::uint64_t rows_each;     // rows under a scale
    std::uint64_t columns_each;  // columns under a scale
    std::uint64_t n_rows;        // of the scales of a matrix
    std::uint64_t n_columns;
};

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
    return a / b + (a % b != 0 ? 1 : 0);
}

class ScaledFloats final : public ComposedRows {
  public:
    ScaledFloats(Facts facts, CodedTensor weight, Numbers scales, ScaleGrid grid)
        : ComposedRows(std::move(facts)),
          weight_(std::move(weight)),
          values_(*small_floats(weight_.dtype)),
          scales_(std::move(scales)),
          grid_(grid) {}

    void read_row(std::span<float> out, std::uint64_t row) const override {
        const std::byte* codes = weight_.data.data() + row * out.size();
        const std::uint64_t matrix = row / grid_.matrix_rows;
        const std::uint64_t grid_row = row % grid_.matrix_rows / grid_.rows_each;
        const std::uint64_t first = (matrix * grid_.n_rows + grid_row) * grid_.n_columns;
        for (std::uint64_t c = 0; c < out.size(); c += grid_.columns_each) {
            const float scale = scales_[first + c / grid_.columns_each];
            const std::uint64_t end = std::min<std::uint64_t>(out.size(), c + grid_.columns_each);
            for (std::uint64_t i = c; i < end; ++i) {
                out[i] = values_[std::to_integer<std::size_t>(codes[i])] * scale;
            }
        }
    }

    void release() const noexcept override { release_parts({&weight_, &scales_.tensor()}); }

  private:
    CodedTensor weight_;
    std::array<float, 256> values_;
    Numbers scales_;
    ScaleGrid grid_;
};

// How the scales lie, by their number: for each matrix one, one for each row, or one for each block.
std::optional<ScaleGrid> find_grid(const CodedTensor& weight, std::uint64_t n_scales,
                                   const ScaleBlock& block) {
    const std::uint64_t columns = weight.shape.back();
    const std::uint64_t rows = weight.shape.size() > 1 ? weight.shape[weight.shape.size() - 2] : 1;
    const std::uint64_t n = columns == 0 || rows == 0 ? 0 : weight.data.size() / columns / rows;
    if (n == 0 || n_scales == 0) return std::nullopt;
    if (n_scales == 1) return ScaleGrid{n * rows, n * rows, columns, 1, 1};
    if (n_scales % n != 0) return std::nullopt;
    const std::uint64_t each = n_scales / n;
    const std::uint64_t grid_rows = ceil_div(rows, block.rows);
    const std::uint64_t grid_columns = ceil_div(columns, block.columns);
    // No product overflows: there are at most as many blocks as weights.
    if (each == grid_rows * grid_columns) {
        return ScaleGrid{rows, block.rows, block.columns, grid_rows, grid_columns};
    }
    if (each == 1) return ScaleGrid{rows, rows, columns, 1, 1};
    if (each == rows) return ScaleGrid{rows, 1, columns, rows, 1};
    return std::nullopt;
}

// Whether products with 4 significant bits fit bf16.
bool all_powers_of_two(const Numbers& scales) {
    for (std::uint64_t i = 0; i < scales.size(); ++i) {
        int exponent = 0;
        const float fraction = std::frexp(scales[i], &exponent);
        if (std::abs(fraction) != 0.5F || std::abs(exponent) > 100) return false;
    }
    return true;
}

// The shape of the scales must be that of the grid, apart from dimensions of 1.
bool has_grid_shape(const CodedTensor& scale, const ScaleGrid& grid) {
    std::vector<std::uint64_t> shape = scale.shape;
    std::erase(shape, 1);
    const std::uint64_t n_scales = scale.shape.empty() ? 1 : elements(scale);
    std::vector<std::uint64_t> expected{n_scales / (grid.n_rows * grid.n_columns), grid.n_rows,
                                        grid.n_columns};
    std::erase(expected, 1);
    return shape == expected;
}

std::optional<ScaleGrid> fitting_grid(const CodedTensor& weight, const CodedTensor& scale,
                                      std::uint64_t n_scales, const ScaleBlock& block) {
    auto grid = find_grid(weight, n_scales, block);
    if (grid && !has_grid_shape(scale, *grid)) grid.reset();
    return grid;
}

}  // namespace

bool scales_fit(const CodedTensor& weight, const CodedTensor& scale, const ScaleBlock& block) {
    const auto scales = Numbers::of(scale, block.bytes_are_e8m0);
    return scales && !weight.shape.empty() &&
           fitting_grid(weight, scale, scales->size(), block).has_value();
}

SourceTensor scaled_floats(const CodedTensor& weight, const CodedTensor& scale,
                           const ScaleBlock& block) {
    if (!small_floats(weight.dtype) || weight.shape.empty()) {
        refuse_tensor(weight, "a matrix of F8_E4M3 or F8_E5M2");
    }
    const auto scales = Numbers::of(scale, block.bytes_are_e8m0);
    if (!scales) refuse_tensor(scale, "floats as scales");
    const auto grid = fitting_grid(weight, scale, scales->size(), block);
    if (!grid) {
        refuse_tensor(scale, "one scale, one for each row or one for each block of " +
                                 std::to_string(block.rows) + " x " +
                                 std::to_string(block.columns) + " weights of " +
                                 shape_text(weight.shape));
    }
    SourceTensor out = composed_tensor(weight.name, weight.shape);
    out.composed = std::make_shared<ScaledFloats>(
        ComposedRows::Facts{"FP8", stored_bits({&weight, &scale}, elements(weight)),
                            all_powers_of_two(*scales) ? tensor::DType::bf16 : tensor::DType::f32},
        weight, *scales, *grid);
    return out;
}

}  // namespace quire::formats
