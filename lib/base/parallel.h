// Threads. This folder's parallel.cpp is the only place that knows OpenMP.
//
// A step of the model is one parallel region: run_team() calls the same function on every thread,
// and the function meets the others at the Barrier it is given. Work is divided into static
// ranges, and which thread computes a row never changes the row.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace quire::base {

// A sense-reversing barrier: spins for a while, then sleeps, so that more threads than cores, or a
// core taken away by the host, cost little.
class Barrier {
  public:
    // `spins`: pauses before a waiting thread sleeps.
    Barrier(int n_threads, int spins) noexcept
        : spins_(spins),
          state_(static_cast<std::uint64_t>(n_threads) << 32),
          phase_(0),
          sleepers_(0) {}
    void wait() noexcept;
    // Removes the calling thread for good: from now on the others wait for one thread less.
    void leave() noexcept;

  private:
    void settle(std::uint64_t state) noexcept;

    const int spins_;
    // Low half: threads that wait. High half: threads that take part. One number, so that exactly one
    // thread sees the last one arrive or leave.
    alignas(64) std::atomic<std::uint64_t> state_;
    alignas(64) std::atomic<std::uint32_t> phase_;
    alignas(64) std::atomic<int> sleepers_;
};

struct Team {
    int thread = 0;
    int n_threads = 1;
    Barrier* barrier = nullptr;

    void wait() const noexcept {
        if (n_threads > 1) barrier->wait();
    }
};

struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
};

// This thread's share of [0, n): contiguous, the shares differing by at most one.
Range share(const Team& team, std::size_t n) noexcept;

// Calls body(team) on n_threads threads at once and returns when all have returned. n_threads >= 1.
// When a body throws, the other threads no longer wait for it at the barrier, so they meet data that
// it left unfinished; the first exception is rethrown here after all have ended.
void run_team(int n_threads, const std::function<void(const Team&)>& body);

// What a team took.
struct TeamTime {
    double wall_s = 0;
    double cpu_s = 0;        // of all threads, in the body
    bool read_disk = false;  // the process waited for pages from disk meanwhile
};

// run_team(), timed.
TeamTime run_timed_team(int n_threads, const std::function<void(const Team&)>& body);

// Calls body(i) for every i in [0, n), on n_threads threads, in no particular order; an exception
// of one call is rethrown here after the others have ended.
void parallel_for(int n_threads, std::size_t n, const std::function<void(std::size_t)>& body);

// How many threads suit this process: the CPUs it may run on, one per physical core, and no more
// than threads_for() its CPU quota (threads/cpu_quota.h).
int default_threads();

}  // namespace quire::base
