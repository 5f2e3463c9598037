#include "formats/quantized/stored.h"

#include "lib/base/join.h"
#include "lib/base/quoted.h"

namespace quire::formats {

std::uint64_t elements(const CodedTensor& tensor) noexcept {
    std::uint64_t product = 1;
    for (const std::uint64_t size : tensor.shape) product *= size;
    return product;
}

std::string shape_text(std::span<const std::uint64_t> shape) {
    return "(" + base::join(shape, ", ", [](std::uint64_t n) { return std::to_string(n); }) + ")";
}

void refuse_tensor(const CodedTensor& tensor, const std::string& expected) {
    throw Error(ErrorCode::model, tensor.file->path(),
                "tensor " + base::printable(tensor.name) + " expected " + expected + ", found " +
                    std::string(tensor.dtype) + " " + shape_text(tensor.shape));
}

double stored_bits(std::initializer_list<const CodedTensor*> parts,
                   std::uint64_t n_weights) noexcept {
    std::uint64_t bytes = 0;
    for (const CodedTensor* part : parts) {
        if (part != nullptr) bytes += part->data.size();
    }
    return n_weights == 0 ? 0 : 8.0 * static_cast<double>(bytes) / static_cast<double>(n_weights);
}

void release_parts(std::initializer_list<const CodedTensor*> parts) noexcept {
    for (const CodedTensor* part : parts) {
        if (part != nullptr) part->file->release(part->data);
    }
}

SourceTensor composed_tensor(std::string name, std::vector<std::uint64_t> shape) {
    SourceTensor out;
    out.name = std::move(name);
    out.type = SourceType::composed;
    out.shape = std::move(shape);
    return out;
}

}  // namespace quire::formats
