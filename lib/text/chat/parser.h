// Parses a template. What it does not know (imports, blocks, call, recursive loops...) it refuses
// by name.
#pragma once

#include <string_view>

#include "lib/text/chat/ast.h"

namespace quire::text::chat {

// Throws Failure{model} with its line.
Program parse(std::string_view source);

}  // namespace quire::text::chat
