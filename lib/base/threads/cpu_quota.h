// The limit on CPU time that control groups set for this process, as container runtimes do.
#pragma once

#include <string>

namespace quire::base {

// The CPUs that the quotas of this process's control group and of its parents allow, such as 1.5:
// the least of them, infinity without a quota. Reads proc/self/cgroup and sys/fs/cgroup (version 2:
// cpu.max; version 1: cpu.cfs_quota_us, cpu.cfs_period_us) under `root`, which is another folder
// only in tests.
double cpu_quota(const std::string& root = "/");

// How many of n_cores cores to use under a quota: as many as it covers in full; at least 1.
int threads_for(int n_cores, double quota) noexcept;

}  // namespace quire::base
