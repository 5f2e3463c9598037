// Works through all requests of the input: reads them, skips those that an earlier run finished,
// hands out the rest and writes the results.
#pragma once

#include "apps/gen-batch/reports/totals.h"
#include "apps/gen-batch/requests/dealer.h"
#include "apps/gen-batch/requests/id_set.h"
#include "apps/gen-batch/requests/input.h"
#include "apps/gen-batch/results/results.h"

namespace quire::gen_batch {

class Session {
  public:
    struct Setup {
        Input& input;
        Results& results;
        Dealer& dealer;
        const Settings& settings;
        Shard shard;
        std::size_t window = 256;  // most requests between reading and writing
    };
    explicit Session(const Setup& setup) : setup_(setup) {}

    // Runs to the end of the input, or until common::interrupted(); finished results are written
    // then, and the same command resumes from there. Calls on_step after every pass. Passes on what
    // reading, writing and the worker throw.
    void run(const std::function<void(const Totals&)>& on_step);
    const Totals& totals() const noexcept { return totals_; }

  private:
    void fill();
    void take_record(const Record& record);
    void take_earlier(EarlierResult earlier);
    void take_finished(FinishedJob job);
    void count_failure(const formats::openai::OutputLine& line);

    Setup setup_;
    Totals totals_;
    IdSet seen_ids_;             // hashes of custom_id; the only thing that grows with the input
    std::uint64_t n_lines_ = 0;  // requests read, of all shards
    std::uint64_t next_index_ = 0;
    std::uint64_t first_failed_line_ = 0;
};

}  // namespace quire::gen_batch
