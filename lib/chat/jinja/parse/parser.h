// Parses a template. Unsupported parts of Jinja (imports, template inheritance, ...) are refused by
// name.
#pragma once

#include <string_view>

#include "lib/chat/jinja/parse/ast.h"

namespace quire::jinja {

// Throws Failure{model} with its line.
Program parse(std::string_view source);

}  // namespace quire::jinja
