// The tensors of a checkpoint by name: floats, which are weights as they are, and tensors of other
// dtypes, which are codes of weights, their zero points, or ids.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/checkpoint/names.h"
#include "formats/checkpoint/source_tensor.h"

namespace quire::formats {

// The file's own description of a tensor, of any dtype.
struct CodedTensor {
    std::string name;
    std::string_view dtype;            // as safetensors spells it: "I64", "F8_E4M3"; static storage
    std::vector<std::uint64_t> shape;  // slowest first
    base::Bytes data;                  // rows in order; the length matches shape and dtype
    const base::MappedFile* file = nullptr;
};

class TensorSet {
  public:
    TensorSet() = default;
    TensorSet(std::vector<SourceTensor> tensors, std::vector<CodedTensor> coded);
    // The index refers to the names in place: moving a vector keeps them there, copying does not.
    TensorSet(TensorSet&&) noexcept = default;
    TensorSet& operator=(TensorSet&&) noexcept = default;
    TensorSet(const TensorSet&) = delete;
    TensorSet& operator=(const TensorSet&) = delete;

    std::span<const SourceTensor> tensors() const noexcept { return tensors_; }
    std::span<const CodedTensor> coded() const noexcept { return coded_; }

    // nullptr when there is no such tensor; Error{model} when there is one that is coded.
    const SourceTensor* find(std::string_view name) const;
    // A tensor of either kind, as its file describes it; nothing when there is none.
    std::optional<CodedTensor> stored(std::string_view name) const;
    // Also true for a coded tensor.
    bool contains(std::string_view name) const noexcept { return index_.find(name).has_value(); }

  private:
    std::vector<SourceTensor> tensors_;
    std::vector<CodedTensor> coded_;
    NameIndex index_;  // over tensors_, then coded_
};

}  // namespace quire::formats
