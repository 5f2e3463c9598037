#include "lib/base/threads/team_size.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>

using namespace quire::base;

namespace {

// A machine that gives a team of n threads cpus(n) CPUs.
using Machine = std::function<double(int)>;

// The share of `seconds` that each size had, in passes of 2 ms.
std::map<int, double> run(TeamSize& team, int n_most, const Machine& cpus, double seconds) {
    constexpr double kPass = 0.002;
    std::map<int, double> shares;
    const int n_passes = static_cast<int>(seconds / kPass);
    for (int i = 0; i < n_passes; ++i) {
        const int size = team.choose(n_most);
        CHECK(size >= 1);
        CHECK(size <= n_most);
        shares[size] += 1.0 / n_passes;
        team.add({kPass, kPass * cpus(size), false});
    }
    return shares;
}

double quiet(int size) {
    return 0.95 * size;
}

// One of n CPUs is shared with another process. A team with a thread there waits for it.
Machine one_busy(int n) {
    return [n](int size) { return size == n ? 0.45 * size : 0.95 * size; };
}

}  // namespace

TEST_CASE("team size: a quiet machine always has all threads") {
    for (const int n : {1, 2, 3, 16}) {
        TeamSize team;
        CHECK(run(team, n, quiet, 10).at(n) == doctest::Approx(1));
    }
}

TEST_CASE("team size: a team leaves a CPU that it shares, and returns when it is free") {
    for (const int n : {2, 3, 8, 16}) {
        TeamSize team;
        run(team, n, quiet, 1);
        CHECK(run(team, n, one_busy(n), 10)[n - 1] > 0.9);
        run(team, n, quiet, 1.2);
        CHECK(run(team, n, quiet, 1)[n] == doctest::Approx(1));
    }
}

TEST_CASE("team size: on CPUs that are all shared the team shrinks to what pays") {
    TeamSize team;
    const auto one_cpu_in_all = [](int size) { return size == 1 ? 0.5 : 0.55; };
    CHECK(run(team, 2, one_cpu_in_all, 10)[1] > 0.9);
    // Processes of the same session: every thread gets half a CPU.
    TeamSize other;
    CHECK(run(
              other, 2, [](int size) { return 0.5 * size; }, 10)[2] > 0.9);
}

TEST_CASE("team size: of more threads than CPUs half of them are left out, and half again") {
    TeamSize team;
    const Machine two_cpus = [](int size) { return std::min(2.0, 0.95 * size); };
    run(team, 8, two_cpus, 1);
    CHECK(run(team, 8, two_cpus, 10)[4] > 0.8);
}

TEST_CASE("team size: waiting for the disk changes nothing") {
    TeamSize team;
    for (int i = 0; i < 1000; ++i) {
        CHECK(team.choose(2) == 2);
        team.add({0.01, 0.001, true});
    }
}
