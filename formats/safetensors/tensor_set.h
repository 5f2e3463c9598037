// The tensors of a safetensors checkpoint by name: those that Quire reads, and those with an
// unsupported dtype, which are an error only when they are used.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/checkpoint/names.h"
#include "formats/checkpoint/source_tensor.h"

namespace quire::formats {

struct UnsupportedTensor {
    std::string name;
    std::string_view dtype;            // as the format spells it: "I64", "F8_E4M3"
    std::vector<std::uint64_t> shape;  // slowest first
    const base::MappedFile* file = nullptr;
};

class TensorSet {
  public:
    TensorSet() = default;
    TensorSet(std::vector<SourceTensor> tensors, std::vector<UnsupportedTensor> unsupported);
    // The index refers to the names in place: moving a vector keeps them there, copying does not.
    TensorSet(TensorSet&&) noexcept = default;
    TensorSet& operator=(TensorSet&&) noexcept = default;
    TensorSet(const TensorSet&) = delete;
    TensorSet& operator=(const TensorSet&) = delete;

    std::span<const SourceTensor> tensors() const noexcept { return tensors_; }
    std::span<const UnsupportedTensor> unsupported() const noexcept { return unsupported_; }

    // nullptr when there is no such tensor; Error{model} when there is one of an unsupported dtype.
    const SourceTensor* find(std::string_view name) const;
    // Also true for an unsupported dtype.
    bool contains(std::string_view name) const noexcept { return index_.find(name).has_value(); }

  private:
    std::vector<SourceTensor> tensors_;
    std::vector<UnsupportedTensor> unsupported_;
    NameIndex index_;  // over tensors_, then unsupported_
};

}  // namespace quire::formats
