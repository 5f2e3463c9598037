// Shows the progress of a run on standard error: the common line at a terminal, otherwise a line of
// its own once a minute.
#pragma once

#include <chrono>
#include <string>

#include "apps/common/terminal/progress_line.h"
#include "apps/gen-batch/reports/totals.h"

namespace quire::gen_batch {

class Progress {
  public:
    // shares_terminal: results are written to a terminal, where a line of progress would stand between
    // them.
    Progress(bool quiet, bool shares_terminal);

    void show(const Totals& totals);
    // Shows the final line.
    void finish(const Totals& totals);

  private:
    bool quiet_;
    bool terminal_;
    bool shares_terminal_;
    common::ProgressLine line_;
    std::chrono::steady_clock::time_point next_;
};

// "120 done, 2 failed, 812 tok/s in, 305 tok/s out"
std::string progress_text(const Totals& totals);

}  // namespace quire::gen_batch
