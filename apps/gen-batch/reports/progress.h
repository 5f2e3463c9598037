// How far a run is, on standard error: one line that renews itself on a terminal, a line of the log
// once a minute elsewhere.
#pragma once

#include <chrono>
#include <string>

#include "apps/gen-batch/reports/totals.h"

namespace quire::gen_batch {

class Progress {
  public:
    explicit Progress(bool quiet);

    void show(const Totals& totals);
    // The last line, whatever was shown.
    void finish(const Totals& totals);

  private:
    bool quiet_;
    bool terminal_;
    std::chrono::steady_clock::time_point next_;
};

// "120 done, 2 failed, 812 tok/s in, 305 tok/s out, 4 min left"
std::string progress_text(const Totals& totals);

}  // namespace quire::gen_batch
