// From a checkpoint's rows to the panels of a .quire file, one tensor at a time.
#pragma once

#include <cstdint>
#include <functional>

#include "formats/quire/writer.h"
#include "lib/spec/tensors.h"
#include "models/family.h"

namespace quire::pack {

// What --type asks for. keep: the type that leaves every value as it is.
enum class TargetType : std::uint8_t { keep, f32, f16, bf16, q8, q4 };

// The element type of a tensor under a target. Vectors are f32. With q4 the embedding and the
// output matrix get q8: they decide between tokens, and one of them is a plain look-up. A matrix
// whose columns are no multiple of 32 cannot be blocks and gets f16.
tensor::DType choose_dtype(const models::PlannedTensor& planned, bool is_matrix, TargetType target);

// The record of a tensor, without offset and hash.
formats::TensorRecord make_record(const models::PlannedTensor& planned,
                                  const spec::ExpectedTensor& expected, TargetType target);

// Encodes the tensor and appends it, some panels at a time on n_threads threads; calls progress
// with the bytes written since the last call. Error{model} naming the tensor for a weight that is
// not finite or does not fit the type.
void write_tensor(formats::QuireWriter& writer, const models::PlannedTensor& planned,
                  const formats::TensorRecord& record, int n_threads,
                  const std::function<void(std::uint64_t)>& progress);

}  // namespace quire::pack
