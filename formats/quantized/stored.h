// What the codings share: the parts of a matrix as the file stores them.
#pragma once

#include <initializer_list>
#include <string>

#include "formats/checkpoint/tensor_set.h"

namespace quire::formats {

// The product of the dimensions. It fits, because the file holds that many elements.
std::uint64_t elements(const CodedTensor& tensor) noexcept;

// "(2, 3)"; "()" for a scalar.
std::string shape_text(std::span<const std::uint64_t> shape);

// Throws Error{model}: the tensor, what was expected, and its dtype and shape.
[[noreturn]] void refuse_tensor(const CodedTensor& tensor, const std::string& expected);

// Bits of a weight, of all parts together.
double stored_bits(std::initializer_list<const CodedTensor*> parts,
                   std::uint64_t n_weights) noexcept;

// Tells the kernel that none of the parts will be needed again. A part may be null.
void release_parts(std::initializer_list<const CodedTensor*> parts) noexcept;

// A tensor whose rows are still to be set.
SourceTensor composed_tensor(std::string name, std::vector<std::uint64_t> shape);

}  // namespace quire::formats
