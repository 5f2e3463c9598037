// Options of several commands that say what a text must follow.
#pragma once

#include "apps/common/options/sampling.h"

namespace quire::common {

void add_constraint(CLI::App& app, spec::ConstraintSpec& constraint);

// Sets options.compiled. Error{usage} naming the option that cannot be followed, or that cannot go with
// a constraint.
void compile_constraint(SamplingOptions& options);

// The name of the option for a kind that is not none.
const char* option_of(spec::ConstraintKind kind) noexcept;

}  // namespace quire::common
