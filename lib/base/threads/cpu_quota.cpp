#include "lib/base/threads/cpu_quota.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <string_view>

namespace quire::base {

namespace {

constexpr double kNoQuota = std::numeric_limits<double>::infinity();

// The two numbers of a quota, in microseconds; "max" and -1 are none.
double quota_of(const std::string& quota, double period) {
    double value = -1;
    std::istringstream(quota) >> value;
    return value > 0 && period > 0 ? value / period : kNoQuota;
}

// Of one group. Files that are not there are no quota.
double quota_v2(const std::string& folder) {
    std::string quota;
    double period = 0;
    std::ifstream(folder + "/cpu.max") >> quota >> period;
    return quota_of(quota, period);
}

double quota_v1(const std::string& folder) {
    std::string quota;
    double period = 0;
    std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
    std::ifstream(folder + "/cpu.cfs_period_us") >> period;
    return quota_of(quota, period);
}

// Whether a list such as "cpu,cpuacct" has the controller.
bool lists_cpu(const std::string& controllers) {
    std::istringstream list(controllers);
    for (std::string name; std::getline(list, name, ',');) {
        if (name == "cpu") return true;
    }
    return false;
}

}  // namespace

double cpu_quota(const std::string& root) {
    double cpus = kNoQuota;
    std::ifstream groups(root + "/proc/self/cgroup");
    // "HIERARCHY:CONTROLLERS:PATH"; version 2 has no controllers.
    for (std::string line; std::getline(groups, line);) {
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const bool v2 = controllers.empty();
        if (!v2 && !lists_cpu(controllers)) continue;
        const std::string mount = root + (v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu");
        std::string path = line.substr(second + 1);
        while (path.ends_with('/')) path.pop_back();
        for (;;) {
            cpus = std::min(cpus, v2 ? quota_v2(mount + path) : quota_v1(mount + path));
            const auto slash = path.rfind('/');
            if (slash == std::string::npos) break;
            path.erase(slash);
        }
    }
    return cpus;
}

int threads_for(int n_cores, double quota) noexcept {
    return std::max(1, static_cast<int>(std::min<double>(n_cores, quota)));
}

}  // namespace quire::base
