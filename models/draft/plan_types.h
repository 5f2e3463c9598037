// The result of planning: spec and tensors; and the options of the user.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/spec/answer_spec.h"
#include "lib/spec/model_spec.h"
#include "models/draft/planned_tensor.h"

namespace quire::models {

struct Plan {
    spec::ModelSpec spec;
    std::optional<spec::AnswerSpec> answers;  // of a model with an encoder; without languages
    std::vector<PlannedTensor> tensors;       // those of lib/spec/tensors.h, in its order
};

// Options of the user.
struct PlanOptions {
    std::uint32_t context = 0;  // context of the file in positions; 0: that of the checkpoint
    // Of the tokenizer: what is between two texts, and whether the second one's tokens are of another
    // kind. Models that classify pairs keep it.
    std::vector<std::uint32_t> pair_ids = {};
    bool pair_has_kinds = false;
};

}  // namespace quire::models
