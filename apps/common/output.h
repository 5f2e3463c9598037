// Standard output that cannot fail unnoticed: a full disk is an error, a closed pipe ends the
// process quietly.
#pragma once

#include <string_view>

namespace quire::common {

// Writes and flushes. Error{run} when the bytes could not be written. If the reading end of a pipe
// is closed, the process ends quietly by SIGPIPE, like other commands in a pipeline.
void write_stdout(std::string_view text);

}  // namespace quire::common
