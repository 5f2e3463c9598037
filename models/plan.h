// The door to this folder: open_source() reads a checkpoint of any format, make_plan() says which spec
// and which tensors it becomes.
#pragma once

#include "models/draft/plan_types.h"
#include "models/source/source.h"

namespace quire::models {

// Error{model} naming the key or tensor when the checkpoint is of no known family, lacks something
// or holds something that its family does not use.
Plan make_plan(const Source& source, const PlanOptions& options = {});

}  // namespace quire::models
