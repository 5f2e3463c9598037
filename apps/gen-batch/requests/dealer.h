// Hands requests to the worker of this process and, under MPI, to those of the other ranks. Each
// gets the next request when it has room for it, so faster machines do more. Rank 0 reads and
// writes; the others only compute.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "apps/common/ranks.h"
#include "apps/gen-batch/requests/input.h"
#include "apps/gen-batch/worker.h"

namespace quire::gen_batch {

class Dealer {
  public:
    // ranks: null when this process is alone. n_parallel: sequences that one rank computes at a
    // time.
    Dealer(Worker& worker, common::Ranks* ranks, std::size_t n_parallel);

    // `record`: what the job was parsed from. Another rank is sent this and parses it again, which
    // is simpler than sending the parsed request.
    void add(Job job, const Record& record, const Worker::OnDone& on_done);
    // Receives results of the other ranks, and does one pass of this process's worker.
    void step(const Worker::OnDone& on_done);
    bool idle() const noexcept;
    // Tells the other ranks to exit, and waits for their statistics.
    void close();

    // Of this rank; after close() of all ranks.
    const generate::EngineStats& stats() const noexcept { return stats_; }
    std::size_t n_ranks() const noexcept { return n_active_.size(); }

  private:
    struct Waiting {
        Job job;
        Record record;
    };
    void deal(const Worker::OnDone& on_done);
    void receive(const Worker::OnDone& on_done);

    Worker& worker_;
    common::Ranks* ranks_;
    std::size_t max_active_;  // requests of one rank: those it computes, and as many to come next
    std::vector<std::size_t> n_active_;  // by rank
    std::deque<Waiting> waiting_;
    generate::EngineStats stats_;
};

// Runs on the other ranks: computes what rank 0 sends until it says that there is no more.
void serve(Worker& worker, common::Ranks& ranks, const Settings& settings);

}  // namespace quire::gen_batch
