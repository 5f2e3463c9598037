#include "lib/base/parallel.h"

#include <doctest/doctest.h>

#include <atomic>
#include <new>
#include <stdexcept>
#include <vector>

using namespace quire::base;

TEST_CASE("parallel: shares tile the work") {
    for (const int n_threads : {1, 2, 3, 7}) {
        for (const std::size_t n : {0U, 1U, 5U, 100U}) {
            std::size_t end = 0;
            for (int t = 0; t < n_threads; ++t) {
                const Range range = share(Team{t, n_threads, nullptr}, n);
                CHECK(range.begin == end);
                CHECK(range.end - range.begin <= n / static_cast<std::size_t>(n_threads) + 1);
                end = range.end;
            }
            CHECK(end == n);
        }
    }
}

TEST_CASE(
    "parallel: what is written before a barrier is seen behind it, by more threads than cores") {
    for (const int n_threads : {1, 2, 5}) {
        std::vector<int> values(static_cast<std::size_t>(n_threads), 0);
        std::vector<int> wrong(static_cast<std::size_t>(n_threads), 0);
        run_team(n_threads, [&](const Team& team) {
            const auto me = static_cast<std::size_t>(team.thread);
            for (int round = 1; round <= 500; ++round) {
                values[me] = round;
                team.wait();
                for (int t = 0; t < team.n_threads; ++t) {
                    wrong[me] += values[static_cast<std::size_t>(t)] != round;
                }
                team.wait();
            }
        });
        for (const int count : wrong) CHECK(count == 0);
    }
}

TEST_CASE("parallel: a thread that throws does not keep the others at the barrier") {
    for (const int n_threads : {1, 2, 5}) {
        for (int thrower = 0; thrower < n_threads; ++thrower) {
            std::atomic<int> n_ended{0};
            const auto run = [&] {
                run_team(n_threads, [&](const Team& team) {
                    for (int round = 0; round < 20; ++round) {
                        if (team.thread == thrower && round == 7) throw std::bad_alloc();
                        team.wait();
                    }
                    ++n_ended;
                });
            };
            CHECK_THROWS_AS(run(), std::bad_alloc);
            CHECK(n_ended == n_threads - 1);
        }
    }
    const auto all = [] { run_team(3, [](const Team&) { throw std::runtime_error("all"); }); };
    CHECK_THROWS_WITH(all(), "all");
}

TEST_CASE("parallel: every index is called once, and an exception is rethrown") {
    std::vector<int> calls(1000, 0);
    parallel_for(3, calls.size(), [&](std::size_t i) { ++calls[i]; });
    for (const int n : calls) CHECK(n == 1);
    CHECK_THROWS_WITH(parallel_for(2, 100,
                                   [](std::size_t i) {
                                       if (i == 57) throw std::runtime_error("57");
                                   }),
                      "57");
    CHECK(default_threads() >= 1);
}
