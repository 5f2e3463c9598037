// A run over all requests of the input.
#pragma once

#include "apps/gen-batch/reports/totals.h"
#include "apps/gen-batch/requests/dealer.h"
#include "apps/gen-batch/requests/id_set.h"
#include "apps/gen-batch/requests/input.h"
#include "apps/gen-batch/results/results.h"

namespace quire::gen_batch {

class Session {
  public:
    struct Parts {
        Input& input;
        Results& results;
        Dealer& dealer;
        const Settings& settings;
        Shard shard;
        std::size_t window = 256;  // requests at most between reading and writing
    };
    explicit Session(const Parts& parts) : parts_(parts) {}

    // Calls on_step after every pass. Runs to the end of the input, or until common::interrupted():
    // then what is finished is written, and the same command goes on there. Throws what reading,
    // writing and the engine throw.
    void run(const std::function<void(const Totals&)>& on_step);
    const Totals& totals() const noexcept { return totals_; }

  private:
    void fill();
    void take(const Record& record);
    void done(Done done);
    void kept(Results::Kept kept);
    void failed(const formats::openai::OutputLine& line);

    Parts parts_;
    Totals totals_;
    IdSet seen_ids_;             // of custom_id: what grows with the input, and stays this small
    std::uint64_t n_lines_ = 0;  // requests of all shards
    std::uint64_t next_index_ = 0;
    std::uint64_t first_failed_line_ = 0;
};

}  // namespace quire::gen_batch
