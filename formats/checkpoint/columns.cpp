#include "formats/checkpoint/columns.h"

#include <cstring>

#include "lib/base/error.h"
#include "lib/tensor/half.h"

namespace quire::formats {

namespace {

template <typename T, typename Decode>
void read_column_of(std::span<float> out, const SourceTensor& tensor, std::uint64_t column,
                    Decode decode) {
    const std::uint64_t columns = tensor.columns();
    const std::uint64_t first = column / columns * out.size() * columns + column % columns;
    for (std::uint64_t row = 0; row < out.size(); ++row) {
        T value;
        std::memcpy(&value, tensor.data.data() + (first + row * columns) * sizeof(T), sizeof(T));
        out[row] = decode(value);
    }
}

}  // namespace

void read_column(std::span<float> out, const SourceTensor& tensor, std::uint64_t column) {
    switch (tensor.type) {
        case SourceType::f32:
            return read_column_of<float>(out, tensor, column, [](float x) { return x; });
        case SourceType::f16:
            return read_column_of<std::uint16_t>(out, tensor, column, tensor::f16_to_f32);
        case SourceType::bf16:
            return read_column_of<std::uint16_t>(out, tensor, column, tensor::bf16_to_f32);
        default:
            throw Error(
                ErrorCode::model, "tensor " + tensor.name,
                std::string("expected F32, F16 or BF16 where it is read by columns, found ") +
                    (tensor.composed != nullptr ? "decoded " : "") +
                    std::string(type_name(tensor)));
    }
}

}  // namespace quire::formats
