#include "lib/base/threads/cpu_quota.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace quire::base;

namespace {

// A root folder with control groups.
class Root {
  public:
    Root() {
        std::string name = (std::filesystem::temp_directory_path() / "quire-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~Root() { std::filesystem::remove_all(folder_); }
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;
    void write(const std::string& path, const std::string& text) {
        const std::filesystem::path file = folder_ / path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    double quota() const { return cpu_quota(folder_.string()); }

  private:
    std::filesystem::path folder_;
};

}  // namespace

TEST_CASE("cpu quota: version 2, the least of a group and its parents") {
    Root root;
    CHECK(std::isinf(root.quota()));  // no control groups
    root.write("proc/self/cgroup", "0::/a/b\n");
    CHECK(std::isinf(root.quota()));
    root.write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    CHECK(std::isinf(root.quota()));
    root.write("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
    CHECK(root.quota() == 1.5);
    root.write("sys/fs/cgroup/a/b/cpu.max", "50000 25000\n");
    CHECK(root.quota() == 1.5);
    root.write("sys/fs/cgroup/a/b/cpu.max", "30000 40000\n");
    CHECK(root.quota() == 0.75);
    // Inside a container its group is the root.
    root.write("sys/fs/cgroup/cpu.max", "20000 40000\n");
    root.write("proc/self/cgroup", "0::/\n");
    CHECK(root.quota() == 0.5);
}

TEST_CASE("cpu quota: version 1, of the controller cpu only") {
    Root root;
    root.write("proc/self/cgroup", "5:cpuset:/set\n4:cpu,cpuacct:/a\n1:name=systemd:/\n0::/\n");
    root.write("sys/fs/cgroup/cpu/set/cpu.cfs_quota_us", "100000\n");
    root.write("sys/fs/cgroup/cpu/set/cpu.cfs_period_us", "100000\n");
    root.write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "-1\n");
    root.write("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
    CHECK(std::isinf(root.quota()));
    root.write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "250000\n");
    CHECK(root.quota() == 2.5);
    root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "30000\n");
    root.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "20000\n");
    CHECK(root.quota() == 1.5);
}

TEST_CASE("cpu quota: files with anything in them are no quota") {
    Root root;
    root.write("proc/self/cgroup", "0::/a\n");
    for (const char* text : {"", "x y\n", "100000\n", "100000 0\n", "-5 100000\n", "0 100000\n"}) {
        root.write("sys/fs/cgroup/a/cpu.max", text);
        CHECK(std::isinf(root.quota()));
    }
    for (const char* text : {"", "\n", "0\n", "0:", ":::", "1:cpu\n"}) {
        root.write("proc/self/cgroup", text);
        CHECK(std::isinf(root.quota()));
    }
}
