// Converts the rows of a checkpoint to the panels of a .quire file, one tensor at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "formats/quire/writer.h"
#include "lib/spec/tensors.h"
#include "models/plan.h"
#include "tools/pack/panel_quantizer.h"
#include "tools/pack/types/recipe.h"

namespace quire::pack {

// The type that keeps every value of a matrix; bf16 for one whose weights are made up.
tensor::DType kept_dtype(const models::PlannedTensor& planned);

// A line for each type of the checkpoint whose values are kept in a larger type, because none of its
// size holds them. The records are those of the plan's tensors.
std::vector<std::string> growth_notes(const models::Plan& plan,
                                      std::span<const formats::TensorRecord> records);

// What all tensors of a file are encoded with.
struct EncodeTools {
    PanelQuantizer& quantizer;
    int n_threads;
    std::function<void(std::uint64_t)> progress;  // called with the bytes since the last call
};

// Encodes the tensor, or makes one up that has no source, and appends it, some panels at a time.
// Error{model} naming the tensor when a weight is not finite or does not fit the type.
void write_tensor(formats::QuireWriter& writer, const models::PlannedTensor& planned,
                  const formats::TensorRecord& record, const EncodeTools& tools);

}  // namespace quire::pack
