// How many threads a team should have while other processes compute on the same CPUs.
//
// The threads of a team wait for each other, so the slowest sets the pace, and a thread that shares
// its CPU with another process is slow. A smaller team, which finds free CPUs or lets the kernel move
// it to one, is then faster. Which CPUs are free is not known; how much CPU time the team received is.
#pragma once

#include "lib/base/parallel.h"

namespace quire::base {

// Measures teams over some tens of milliseconds: the CPU time that all threads received, divided by
// the time that passed, is how many CPUs the team effectively had. If that is far below its size, a
// smaller team is tried, and kept if it had nearly as much; from time to time a larger one is tried
// again. While nobody else computes, nothing is tried. One thread calls it.
class TeamSize {
  public:
    // The size of the next team: 1 to n_most, which is the same at every call.
    int choose(int n_most) noexcept;
    // What the team of that size took.
    void add(const TeamTime& time) noexcept;

  private:
    int smaller() const noexcept;
    int larger() const noexcept;
    void start_trial(int size) noexcept;
    void end_trial(double cpus) noexcept;
    void watch(double cpus, double wall_s) noexcept;

    int n_most_ = 0;
    int size_ = 0;
    TeamTime window_;         // of this size so far
    int n_short_ = 0;         // windows in a row in which the team had too few CPUs
    double since_trial_ = 0;  // s of passes
    double pause_ = 0;        // s from one trial to the next
    bool trial_ = false;
    int before_ = 0;          // the size before the trial,
    double cpus_before_ = 0;  // and how many CPUs it had
};

}  // namespace quire::base
