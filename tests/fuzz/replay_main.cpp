// Runs the targets over files once: fuzz_replay FOLDER..., each with a folder per target.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fuzz/common.h"

namespace {

namespace fs = std::filesystem;
using namespace quire;

std::size_t replay(const fuzz::Target& target, const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
        std::ifstream stream(file, std::ios::binary);
        const std::string input(std::istreambuf_iterator<char>(stream), {});
        // Printed first, so that a crash can be traced to its input.
        std::printf("%s\n", file.c_str());
        std::fflush(stdout);
        target.run(input);
    }
    return files.size();
}

}  // namespace

int main(int argc, char** argv) {
#ifndef QUIRE_SANITIZED  // sanitizers map terabytes
    // Seeds that ask for more are refused, not granted.
    const rlimit limit{std::size_t{1} << 30, std::size_t{1} << 30};
    ::setrlimit(RLIMIT_AS, &limit);
#endif
    std::size_t n = 0;
    for (const fuzz::Target& target : fuzz::targets()) {
        std::size_t n_inputs = 0;
        for (int i = 1; i < argc; ++i) {
            const fs::path folder = fs::path(argv[i]) / target.name;
            if (fs::is_directory(folder)) n_inputs += replay(target, folder);
        }
        if (n_inputs == 0) {
            std::fprintf(stderr, "fuzz_replay: no input for %s\n", target.name);
            return 1;
        }
        n += n_inputs;
    }
    std::printf("%zu inputs\n", n);
    return 0;
}
