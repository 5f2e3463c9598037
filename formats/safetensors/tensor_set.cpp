#include "formats/safetensors/tensor_set.h"

#include "lib/base/quoted.h"

namespace quire::formats {

TensorSet::TensorSet(std::vector<SourceTensor> tensors, std::vector<UnsupportedTensor> unsupported)
    : tensors_(std::move(tensors)), unsupported_(std::move(unsupported)) {
    std::vector<std::string_view> names;
    names.reserve(tensors_.size() + unsupported_.size());
    for (const SourceTensor& tensor : tensors_) names.emplace_back(tensor.name);
    for (const UnsupportedTensor& tensor : unsupported_) names.emplace_back(tensor.name);
    index_ = NameIndex(std::move(names));
}

const SourceTensor* TensorSet::find(std::string_view name) const {
    const auto at = index_.find(name);
    if (!at) return nullptr;
    if (*at < tensors_.size()) return &tensors_[*at];
    const UnsupportedTensor& tensor = unsupported_[*at - tensors_.size()];
    throw Error(ErrorCode::model, tensor.file->path(),
                "tensor " + base::printable(name) + " has dtype " + std::string(tensor.dtype) +
                    ", expected F32, F16 or BF16");
}

}  // namespace quire::formats
