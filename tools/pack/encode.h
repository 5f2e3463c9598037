// Converts the rows of a checkpoint to the panels of a .quire file, one tensor at a time.
#pragma once

#include <cstdint>
#include <functional>

#include "formats/quire/writer.h"
#include "lib/spec/tensors.h"
#include "models/plan.h"
#include "tools/pack/panel_quantizer.h"
#include "tools/pack/recipe.h"

namespace quire::pack {

// The type that keeps every value of a matrix.
tensor::DType kept_dtype(const models::PlannedTensor& planned);

// What all tensors of a file are encoded with.
struct EncodeTools {
    PanelQuantizer& quantizer;
    int n_threads;
    std::function<void(std::uint64_t)> progress;  // called with the bytes since the last call
};

// Encodes the tensor and appends it, some panels at a time. Error{model} naming the tensor when a
// weight is not finite or does not fit the type.
void write_tensor(formats::QuireWriter& writer, const models::PlannedTensor& planned,
                  const formats::TensorRecord& record, const EncodeTools& tools);

}  // namespace quire::pack
