// The section "tensors": which tensors the weights section holds, and where.
#pragma once

#include <string>
#include <vector>

#include "formats/quire/layout.h"
#include "lib/tensor/view.h"

namespace quire::formats {

struct TensorRecord {
    std::string name;
    tensor::DType dtype = tensor::DType::f32;
    bool is_matrix = false;
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    std::uint64_t offset = 0;         // in the weights section
    std::uint64_t length = 0;         // bytes of the tensor
    std::uint64_t padded_length = 0;  // up to the next tensor
    std::uint64_t hash = 0;           // of the padded bytes
};

std::vector<std::byte> directory_to_bytes(const std::vector<TensorRecord>& records);

// Error{model} naming `where` unless every record is valid and the records tile weights_bytes
// without gap or overlap, each on a 64-byte boundary, with unique names.
std::vector<TensorRecord> directory_from_bytes(base::Bytes bytes, std::uint64_t weights_bytes,
                                               const std::string& where);

// The hash of the weights section: of the hashes of its tensors, in order.
std::uint64_t weights_hash(const std::vector<TensorRecord>& records);

}  // namespace quire::formats
