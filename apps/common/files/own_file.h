// Where a small file goes that a command writes beside its answer, such as a picture or a trace.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/files/output_path.h"

namespace quire::common {

// What a command writes.
struct OwnFile {
    std::string option;     // "--svg", for messages
    std::string kind;       // "a picture that Quire made", for messages
    std::string_view mark;  // is in the first kMarkedBytes of every such file, and in no other
};
inline constexpr std::size_t kMarkedBytes = 400;

// Where to write such a file; to be called before the work, because it refuses what may not be replaced: a
// file of another kind, unless `overwrite` is set, and one that the command reads (`inputs`; "" and "-" are no files). Error{usage}
// naming the option. `own.mark` must outlive the result.
base::OutputPath own_output(const std::string& path, const OwnFile& own, bool overwrite,
                            const std::vector<std::string>& inputs);

}  // namespace quire::common
