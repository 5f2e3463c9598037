// Shows the progress of a run on standard error: one line that is updated at a terminal, otherwise
// a log line once a minute.
#pragma once

#include <chrono>
#include <string>

#include "apps/gen-batch/reports/totals.h"

namespace quire::gen_batch {

class Progress {
  public:
    explicit Progress(bool quiet);

    void show(const Totals& totals);
    // Shows the final line.
    void finish(const Totals& totals);

  private:
    bool quiet_;
    bool terminal_;
    std::chrono::steady_clock::time_point next_;
};

// "120 done, 2 failed, 812 tok/s in, 305 tok/s out, 4 min left"
std::string progress_text(const Totals& totals);

}  // namespace quire::gen_batch
