// What pack is given to read and to write, looked at before any work is done.
#pragma once

#include <string>

namespace quire::pack {

// Error{model} for a source that is no checkpoint, which says what it is and what to give instead;
// Error{usage} for an output with the name of another format.
void check_paths(const std::string& source, const std::string& output);

}  // namespace quire::pack
