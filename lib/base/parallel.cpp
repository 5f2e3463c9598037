#include "lib/base/parallel.h"

#include <omp.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "lib/base/threads/cpu_quota.h"

namespace quire::base {

namespace {

void pause_cpu() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Pauses before a waiting thread sleeps: tens of microseconds on current CPUs, longer than the
// imbalance of a step. With more threads than CPUs, the thread that the others wait for needs the CPU.
constexpr int kSpins = 1000;
constexpr int kSpinsCrowded = 20;

// CPU time of the calling thread.
std::int64_t thread_cpu_ns() noexcept {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Pages of this process that had to be read from disk.
long disk_faults() noexcept {
    struct rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_majflt;
}

// The first exception of several threads.
class FirstFailure {
  public:
    // Called in a catch block.
    void keep() noexcept {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
    }
    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

  private:
    std::mutex mutex_;
    std::exception_ptr failure_;
};

int allowed_cpus() noexcept {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return CPU_SETSIZE;
    return CPU_COUNT(&allowed);
}

// Physical cores among the CPUs this process may run on.
int allowed_cores() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
        return std::max(1, static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)));
    }
    std::set<std::string> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) continue;
        const std::string topology =
            "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list";
        std::ifstream file(topology);
        std::string siblings;
        if (!(file >> siblings)) siblings = std::to_string(cpu);
        cores.insert(siblings);
    }
    return std::max(1, static_cast<int>(cores.size()));
}

}  // namespace

namespace {

// The two halves of Barrier::state_.
constexpr std::uint64_t kOneThread = std::uint64_t{1} << 32;
constexpr std::uint64_t kWaiting = kOneThread - 1;

bool complete(std::uint64_t state) noexcept {
    return (state & kWaiting) == state >> 32;
}

}  // namespace

// Ends the phase. All participating threads are waiting, so nobody else changes the state.
void Barrier::settle(std::uint64_t state) noexcept {
    state_.fetch_sub(state & kWaiting, std::memory_order_relaxed);
    phase_.fetch_add(1, std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) > 0) phase_.notify_all();
}

void Barrier::leave() noexcept {
    const std::uint64_t state =
        state_.fetch_sub(kOneThread, std::memory_order_acq_rel) - kOneThread;
    if ((state & kWaiting) > 0 && complete(state)) settle(state);
}

void Barrier::wait() noexcept {
    const std::uint32_t phase = phase_.load(std::memory_order_relaxed);
    const std::uint64_t state = state_.fetch_add(1, std::memory_order_acq_rel) + 1;
    if (complete(state)) return settle(state);
    for (int i = 0; i < spins_; ++i) {
        if (phase_.load(std::memory_order_acquire) != phase) return;
        pause_cpu();
    }
    // Announced before the phase is read again, so that the thread that changes it sees a sleeper.
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    while (phase_.load(std::memory_order_seq_cst) == phase) phase_.wait(phase);
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
}

Range share(const Team& team, std::size_t n) noexcept {
    const auto thread = static_cast<std::size_t>(team.thread);
    const auto n_threads = static_cast<std::size_t>(team.n_threads);
    return {n * thread / n_threads, n * (thread + 1) / n_threads};
}

void run_team(int n_threads, const std::function<void(const Team&)>& body) {
    if (n_threads <= 1) {
        body(Team{});
        return;
    }
    // OpenMP may grant fewer threads than asked for (OMP_THREAD_LIMIT), so the barrier is made for
    // the number that was granted.
    omp_set_dynamic(0);
    FirstFailure failure;
    std::optional<Barrier> barrier;
#pragma omp parallel num_threads(n_threads) shared(barrier, failure)
    {
        const int granted = omp_get_num_threads();
#pragma omp single
        barrier.emplace(granted, granted > allowed_cpus() ? kSpinsCrowded : kSpins);
        // OpenMP terminates the process when an exception leaves the region.
        try {
            body(Team{omp_get_thread_num(), granted, &*barrier});
        } catch (...) {
            failure.keep();
            barrier->leave();
        }
    }
    failure.rethrow();
}

TeamTime run_timed_team(int n_threads, const std::function<void(const Team&)>& body) {
    const long faults = disk_faults();
    const auto start = std::chrono::steady_clock::now();
    std::atomic<std::int64_t> cpu_ns{0};
    run_team(n_threads, [&](const Team& team) {
        const std::int64_t before = thread_cpu_ns();
        body(team);
        cpu_ns += thread_cpu_ns() - before;
    });
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    return {wall.count(), static_cast<double>(cpu_ns) * 1e-9, disk_faults() != faults};
}

void parallel_for(int n_threads, std::size_t n, const std::function<void(std::size_t)>& body) {
    std::atomic<std::size_t> next{0};
    run_team(n_threads, [&](const Team&) {
        try {
            for (std::size_t i = next++; i < n; i = next++) body(i);
        } catch (...) {
            next = n;
            throw;
        }
    });
}

int default_threads() {
    return threads_for(allowed_cores(), cpu_quota());
}

}  // namespace quire::base
