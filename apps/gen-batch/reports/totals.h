// Counts what a run has done so far, for the progress line, the summary and the metrics.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "apps/gen-batch/reports/histogram.h"

namespace quire::gen_batch {

struct Totals {
    std::uint64_t n_read = 0;    // requests read
    std::uint64_t n_kept = 0;    // results kept from an earlier run
    std::uint64_t n_done = 0;    // results in the output, including kept ones
    std::uint64_t n_failed = 0;  // results in the output that are errors
    std::string first_failure;   // error message of the first failed request in the input
    // Of this run's answers only.
    std::uint64_t n_prompt_tokens = 0;
    std::uint64_t n_completion_tokens = 0;
    // Of all answers in the output.
    std::uint64_t all_prompt_tokens = 0;
    std::uint64_t all_completion_tokens = 0;
    Histogram request_seconds;  // from reading to the result
    std::uint64_t input_bytes = 0;
    std::uint64_t input_total_bytes = 0;  // 0: unknown
    bool input_ended = false;
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();

    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    double per_second(std::uint64_t n) const {
        const double time = seconds();
        return time > 0 ? static_cast<double>(n) / time : 0;
    }
};

}  // namespace quire::gen_batch
