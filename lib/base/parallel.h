// Threads. This folder's parallel.cpp is the only place that knows OpenMP.
//
// A step of the model is one parallel region: run_team() calls the same function on every thread,
// and the function meets the others at the Barrier it is given. Work is dealt out by static ranges,
// so which thread computes a row never changes the row.
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
        : n_threads_(n_threads), spins_(spins), waiting_(0), phase_(0), sleepers_(0) {}
    void wait() noexcept;

  private:
    const int n_threads_;
    const int spins_;
    alignas(64) std::atomic<int> waiting_;
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

// Calls body(team) on n_threads threads at once and returns when all have returned. body must not
// throw. n_threads >= 1.
void run_team(int n_threads, const std::function<void(const Team&)>& body);

// Calls body(i) for every i in [0, n), on n_threads threads, in no particular order; an exception
// of one call is thrown again here after the others have ended.
void parallel_for(int n_threads, std::size_t n, const std::function<void(std::size_t)>& body);

// How many threads suit this process: the CPUs it may run on, one per physical core, and at most
// the container's CPU quota rounded down; at least 1.
int default_threads();

}  // namespace quire::base
