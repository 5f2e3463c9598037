#include "apps/common/ranks.h"

#include <dlfcn.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "apps/common/message.h"
#include "lib/base/error.h"

namespace quire::common {

namespace {

// Next to the command, or where an installation puts it.
std::string module_path() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    for (const char* place : {"libquire_mpi.so", "../lib/quire/libquire_mpi.so"}) {
        const auto path = self.parent_path() / place;
        if (std::filesystem::exists(path, error)) return path.string();
    }
    return {};
}

}  // namespace

bool started_by_launcher() {
    // Set by Open MPI's mpirun, by PMI launchers (MPICH, Slurm's srun), and by PMIx ones.
    for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"}) {
        if (std::getenv(name) != nullptr) return true;
    }
    return false;
}

std::unique_ptr<Ranks> join_ranks() {
    if (!started_by_launcher()) return nullptr;
    const std::string path = module_path();
    if (path.empty()) {
        throw Error(ErrorCode::run, "mpirun",
                    "this build has no MPI (libquire_mpi.so beside the command)");
    }
    // RTLD_GLOBAL, because libraries that MPI loads need its symbols too.
    void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (module == nullptr) throw Error(ErrorCode::run, path, ::dlerror());
    using Open = Ranks* (*)();
    const auto open = reinterpret_cast<Open>(::dlsym(module, "quire_open_ranks"));
    if (open == nullptr) throw Error(ErrorCode::run, path, "expected quire_open_ranks, found none");
    std::unique_ptr<Ranks> ranks(open());
    if (ranks->size() == 1) return nullptr;
    return ranks;
}

int run_as_rank(Ranks* ranks, const std::function<int()>& run) {
    if (ranks == nullptr) return run();
    int exit_code = 0;
    try {
        return run();
    } catch (...) {
        std::array<char, 32> name{};
        std::snprintf(name.data(), name.size(), "rank %d", ranks->rank());
        exit_code = report_exception(name.data());
    }
    ranks->abort(exit_code);
    return exit_code;
}

}  // namespace quire::common
