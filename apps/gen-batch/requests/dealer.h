// Deals requests to the engine of this process and, in a job of several, to those of the other
// ranks: each gets the next one when it has room for it, so that fast machines do more. Rank 0
// reads and writes; the others only compute.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "apps/common/ranks.h"
#include "apps/gen-batch/engine.h"
#include "apps/gen-batch/requests/input.h"

namespace quire::gen_batch {

class Dealer {
  public:
    // ranks: null when this process is alone. n_parallel: sequences at a time of one rank.
    Dealer(Engine& engine, common::Ranks* ranks, std::size_t n_parallel);

    // `record` is where the job was read from: what another rank is sent.
    void add(Job job, const Record& record, const std::function<void(Done)>& on_done);
    // A pass of this process's engine, and what has come from the others.
    void step(const std::function<void(Done)>& on_done);
    bool idle() const noexcept;
    // Lets the other ranks end.
    void close();

    // Of all ranks; the other ranks' are known after close().
    const generate::SchedulerStats& stats() const noexcept { return stats_; }
    std::size_t n_ranks() const noexcept { return n_open_.size(); }

  private:
    struct Waiting {
        Job job;
        Record record;
    };
    void deal(const std::function<void(Done)>& on_done);
    void receive(const std::function<void(Done)>& on_done);

    Engine& engine_;
    common::Ranks* ranks_;
    std::size_t most_open_;            // requests of one rank: those it computes, and the next
    std::vector<std::size_t> n_open_;  // by rank
    std::deque<Waiting> waiting_;
    generate::SchedulerStats stats_;
};

// The life of the other ranks: computes what rank 0 sends, until it says that all is done.
void serve(Engine& engine, common::Ranks& ranks, const Settings& settings);

}  // namespace quire::gen_batch
