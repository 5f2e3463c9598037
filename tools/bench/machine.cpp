#include "tools/bench/machine.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <vector>

#include "apps/common/terminal/progress_line.h"
#include "lib/base/cpu.h"
#include "lib/base/isa/built.h"
#include "lib/base/parallel.h"
#include "tools/bench/isa/peak.h"

namespace quire::bench {

namespace {

// The table of the instruction set with this name.
const PeakTable& peak_table(std::string_view name) {
    const PeakTable* found = &peak_table_of<base::Isa::portable>();
#if defined(__x86_64__) && !defined(QUIRE_BUILT_ISA)
    if (name == base::kIsaNames[static_cast<std::size_t>(base::Isa::amx)]) {
        return peak_table_of<base::Isa::amx>();
    }
#endif
    base::for_each_compiled_isa([&]<base::Isa isa>() {
        if (base::kIsaNames[static_cast<std::size_t>(isa)] == name) found = &peak_table_of<isa>();
    });
    return *found;
}

constexpr int kTrials = 9;
constexpr double kTrialSeconds = 0.03;
constexpr std::size_t kReadBytes = std::size_t{256} << 20;  // all threads together
constexpr std::size_t kHugePage = std::size_t{2} << 20;

// The times in which all threads together ran body(thread), ascending. A first run is not measured.
std::vector<double> times_of(int n_threads, const std::function<void(int)>& body) {
    std::vector<double> times;
    base::run_team(n_threads, [&](const base::Team& team) {
        body(team.thread);
        for (int i = 0; i < kTrials; ++i) {
            team.wait();
            const auto start = std::chrono::steady_clock::now();
            body(team.thread);
            team.wait();
            const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
            if (team.thread == 0) times.push_back(took.count());
        }
    });
    std::sort(times.begin(), times.end());
    return times;
}

double gmac_s(const PeakLoop& loop, int n_threads) {
    std::atomic<std::uint32_t> sink{0};
    std::uint64_t rounds = 1;
    const auto run = [&](int) { sink += loop.run(rounds); };
    // Enough rounds for the length of a trial.
    double seconds = 0;
    for (; seconds < kTrialSeconds / 4; rounds *= 4) {
        const auto start = std::chrono::steady_clock::now();
        run(0);
        seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    const double best = times_of(n_threads, run).front();
    return static_cast<double>(rounds * loop.macs) * n_threads / best / 1e9;
}

// Memory in huge pages if the system grants them: the limit is the bandwidth of memory, not of the
// address translation, and scattered small pages are read more slowly than those of a mapped file.
struct Freed {
    void operator()(void* p) const noexcept { std::free(p); }
};
using Memory = std::unique_ptr<std::byte, Freed>;

Memory huge_pages(std::size_t n) {
    Memory memory(static_cast<std::byte*>(std::aligned_alloc(kHugePage, n)));
    if (!memory) throw std::bad_alloc();
    ::madvise(memory.get(), n, MADV_HUGEPAGE);
    return memory;
}

double read_gb_s(const PeakTable& table, int n_threads) {
    std::atomic<std::uint32_t> sink{0};
    const std::size_t n_pages = kReadBytes / kHugePage / static_cast<std::size_t>(n_threads);
    const std::size_t share = std::max<std::size_t>(1, n_pages) * kHugePage;
    std::vector<Memory> parts;
    parts.reserve(static_cast<std::size_t>(n_threads));
    for (int i = 0; i < n_threads; ++i) parts.push_back(huge_pages(share));
    base::run_team(n_threads, [&](const base::Team& team) {
        // Each thread writes its own part, so that it is close to its core. Without a write, all
        // pages would be the one zero page.
        std::fill_n(parts[static_cast<std::size_t>(team.thread)].get(), share, std::byte{1});
    });
    const auto times = times_of(n_threads, [&](int thread) {
        sink += table.read(parts[static_cast<std::size_t>(thread)].get(), share);
    });
    // The median, because on a shared host the best moment is a limit that nothing else reaches.
    return static_cast<double>(share) * n_threads / times[times.size() / 2] / 1e9;
}

}  // namespace

std::string cpu_name() {
    std::map<std::string, std::string> values;
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(':');
        if (colon == std::string::npos || colon + 2 > line.size()) continue;
        const std::string name = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
        values.try_emplace(name, line.substr(colon + 2));
    }
    std::string name = values.contains("model name") ? values["model name"] : "unknown CPU";
    if (values.contains("cpu family") && values.contains("model")) {
        name += " (family " + values["cpu family"] + ", model " + values["model"] + ")";
    }
    return name;
}

Limits& Limits::operator|=(const Limits& other) noexcept {
    read_gb_s = std::max(read_gb_s, other.read_gb_s);
    float_gmac_s = std::max(float_gmac_s, other.float_gmac_s);
    for (std::size_t i = 0; i < std::size(code_gmac_s); ++i) {
        code_gmac_s[i] = std::max(code_gmac_s[i], other.code_gmac_s[i]);
    }
    return *this;
}

Limits measure_limits(std::string_view isa, int n_threads) {
    const PeakTable& table = peak_table(isa);
    common::ProgressLine progress({.what = "limits of this machine",
                                   .total = 2 + std::size(table.codes),
                                   .of = "measurements",
                                   .delay = std::chrono::milliseconds(200)});
    Limits limits;
    limits.read_gb_s = read_gb_s(table, n_threads);
    progress.add(1);
    for (std::size_t i = 0; i < std::size(table.codes); ++i) {
        limits.code_gmac_s[i] = gmac_s(table.codes[i], n_threads);
        progress.add(1);
    }
    limits.float_gmac_s = gmac_s(table.floats, n_threads);
    return limits;
}

}  // namespace quire::bench
