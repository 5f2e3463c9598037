// Reports unknown filters and tests before a template is used, as jinja2 does.
#pragma once

#include "lib/chat/jinja/parse/ast.h"

namespace quire::jinja {

// Throws Failure{model} for the first unknown name. A name inside a condition does not count; it
// fails only when it is evaluated.
void check_names(const Program& program);

}  // namespace quire::jinja
