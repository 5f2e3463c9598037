#include "formats/checkpoint/tensor_set.h"

#include "lib/base/quoted.h"

namespace quire::formats {

TensorSet::TensorSet(std::vector<SourceTensor> tensors, std::vector<CodedTensor> coded)
    : tensors_(std::move(tensors)), coded_(std::move(coded)) {
    std::vector<std::string_view> names;
    names.reserve(tensors_.size() + coded_.size());
    for (const SourceTensor& tensor : tensors_) names.emplace_back(tensor.name);
    for (const CodedTensor& tensor : coded_) names.emplace_back(tensor.name);
    index_ = NameIndex(std::move(names));
}

const SourceTensor* TensorSet::find(std::string_view name) const {
    const auto at = index_.find(name);
    if (!at) return nullptr;
    if (*at < tensors_.size()) return &tensors_[*at];
    const CodedTensor& tensor = coded_[*at - tensors_.size()];
    throw Error(ErrorCode::model, tensor.file->path(),
                "tensor " + base::printable(name) + " has dtype " + std::string(tensor.dtype) +
                    ", expected F32, F16 or BF16");
}

std::optional<CodedTensor> TensorSet::stored(std::string_view name) const {
    const auto at = index_.find(name);
    if (!at) return std::nullopt;
    if (*at >= tensors_.size()) return coded_[*at - tensors_.size()];
    const SourceTensor& tensor = tensors_[*at];
    return CodedTensor{tensor.name, info(tensor.type).name, tensor.shape, tensor.data, tensor.file};
}

}  // namespace quire::formats
