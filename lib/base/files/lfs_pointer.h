// git-lfs leaves a short text where a large file was not fetched.
#pragma once

#include "lib/base/files/mapped_file.h"

namespace quire::base {

// Error{model} when the file is such a text. For files of models; a user's text may be anything.
void refuse_lfs_pointer(const MappedFile& file);

}  // namespace quire::base
