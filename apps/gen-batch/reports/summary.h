// Summarizes a run for programs: as a JSON object, and as text for Prometheus.
#pragma once

#include <string>
#include <vector>

#include "apps/common/prices.h"
#include "apps/gen-batch/reports/totals.h"
#include "lib/base/files/output_path.h"
#include "lib/generate/engine_params.h"

namespace quire::gen_batch {

using Price = common::NamedPrice;

// {"gpt-4o": 2.5, "mine": {"input": 0.1, "output": 0.4}}; a single number is the price of both.
// Error{input} for anything else.
std::vector<Price> read_prices(const std::string& file);

struct SummaryInput {
    const Totals& totals;
    const generate::EngineStats& stats;
    const std::vector<Price>& prices;
    bool finished = false;  // the end of the input was reached
};

// Whether summary_json() or metrics_text() wrote the file at `path`. An IsOurs of FileRoles: Error{model}
// when the file cannot be read.
bool is_summary(const std::string& path);
bool is_metrics(const std::string& path);

std::string summary_json(const SummaryInput& input);
std::string metrics_text(const SummaryInput& input);

}  // namespace quire::gen_batch
