#include "apps/common/programs.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "apps/common/command.h"
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

std::vector<char*> pointers_to(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

void become(const std::string& name, std::vector<std::string> words) {
    const std::string path = sibling_program(name);
    ::execv(path.c_str(), pointers_to(words).data());
    throw Error(ErrorCode::run, path, std::string("cannot be started: ") + std::strerror(errno));
}

int run_program(const std::string& name, std::vector<std::string> words) {
    const std::string path = sibling_program(name);
    pid_t child = 0;
    if (::posix_spawn(&child, path.c_str(), nullptr, nullptr, pointers_to(words).data(), environ) !=
        0) {
        throw Error(ErrorCode::run, path, "cannot be started");
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : kInterruptedExit;
}

}  // namespace quire::common
