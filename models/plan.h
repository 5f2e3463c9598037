// The public interface of this folder: open_source() reads a checkpoint of any format, make_plan()
// determines its spec and tensors.
#pragma once

#include "models/draft/plan_types.h"
#include "models/source/source.h"

namespace quire::models {

// Error{model} naming the key or tensor when the family is unknown, something is missing, or the
// checkpoint has something that its family does not use.
Plan make_plan(const Source& source, const PlanOptions& options = {});

}  // namespace quire::models
