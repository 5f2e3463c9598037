#include "lib/base/files/lfs_pointer.h"

#include <string_view>

namespace quire::base {

void refuse_lfs_pointer(const MappedFile& file) {
    constexpr std::string_view kPointer = "version https://git-lfs.github.com/spec/";
    if (as_text(file.bytes()).starts_with(kPointer)) {
        throw Error(ErrorCode::model, file.path(),
                    "is a git-lfs pointer, expected the file that it stands for: git lfs pull "
                    "fetches it");
    }
}

}  // namespace quire::base
