// Standard output that cannot fail unnoticed: a full disk is an error, a reader that went away is a
// quiet end.
#pragma once

#include <string_view>

namespace quire::common {

// Writes and flushes. Error{run} when the bytes could not be written. When the reading end of a
// pipe is gone the process ends quietly by SIGPIPE, as commands in a pipeline do.
void write_stdout(std::string_view text);

}  // namespace quire::common
