// Finds filters and tests that are not there before a template is used, as jinja2 does.
#pragma once

#include "lib/chat/jinja/parse/ast.h"

namespace quire::jinja {

// Throws Failure{model} for the first that is unknown, unless it stands inside of a condition: there
// it counts only when it is met.
void check_names(const Program& program);

}  // namespace quire::jinja
