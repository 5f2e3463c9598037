// What a run reports while it works and when it ends: progress, metrics, summary, and failed
// requests. No failure to report stops a run.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "apps/gen-batch/reports/progress.h"
#include "apps/gen-batch/reports/summary.h"
#include "apps/gen-batch/reports/totals.h"
#include "apps/gen-batch/requests/dealer.h"
#include "apps/gen-batch/results/outputs.h"

namespace quire::gen_batch {

// Writes the metrics again and again during the run: a file is replaced each time, a stream gets
// one text after the other. Metrics that cannot be written are skipped, with one warning.
class MetricsFile {
  public:
    explicit MetricsFile(std::optional<base::OutputPath> output) : output_(std::move(output)) {}
    ~MetricsFile();
    MetricsFile(const MetricsFile&) = delete;
    MetricsFile& operator=(const MetricsFile&) = delete;

    bool wanted() const noexcept { return output_.has_value(); }
    void write(const std::string& text) noexcept;

  private:
    void write_stream(const std::string& text);

    std::optional<base::OutputPath> output_;
    int stream_ = -1;
    bool warned_ = false;
};

class Reports {
  public:
    Reports(const Options& options, const Outputs& outputs);

    // To be called after every pass.
    void step(const Totals& totals, const Dealer& dealer);
    // Error{run} when the summary cannot be written; all results are written by then.
    void finish(const Totals& totals, const Dealer& dealer);

  private:
    void say_failures(const Totals& totals) const;

    const Outputs& outputs_;
    std::vector<Price> prices_;
    Progress progress_;
    MetricsFile metrics_;
    std::chrono::steady_clock::time_point next_metrics_{};
};

}  // namespace quire::gen_batch
