// Checks the source, if there is one, and the output of pack before any work.
#pragma once

#include <string>

#include "models/source/adapters/adapter.h"

namespace quire::pack {

// Error{model} for a source that is not a checkpoint, saying what it is and what to use instead;
// Error{usage} for an output with the extension of another format.
void check_paths(const std::string& source, const std::string& output);

// "FOLDER" or "FOLDER:0.5". Error{usage} for a factor that is none, Error{model} when there is no such file.
models::Adapter parse_adapter(const std::string& text);

}  // namespace quire::pack
