#include "apps/common/programs.h"

#include <unistd.h>

#include <filesystem>

#include "lib/base/error.h"

namespace quire::common {

std::string sibling_program(const std::string& name) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    if (error) throw Error(ErrorCode::run, name, "expected /proc, to find the program, found none");
    const fs::path folder = self.parent_path();
    for (const fs::path& path : {folder / name, folder.parent_path() / "libexec/quire" / name,
                                 folder.parent_path().parent_path() / "bin" / name}) {
        if (::access(path.c_str(), X_OK) == 0 && !fs::is_directory(path, error))
            return path.string();
    }
    throw Error(ErrorCode::run, name,
                "expected this program in " + folder.string() + ", found none");
}

}  // namespace quire::common
