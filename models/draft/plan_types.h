// What a checkpoint becomes, and what the user chose of it.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/spec/model_spec.h"
#include "models/draft/planned_tensor.h"

namespace quire::models {

struct Plan {
    spec::ModelSpec spec;
    std::vector<PlannedTensor> tensors;  // those of lib/spec/tensors.h, in its order
};

// What the user chose.
struct PlanOptions {
    std::uint32_t context = 0;  // positions of the file; 0: what the checkpoint was made for
};

}  // namespace quire::models
