// What a run did, for programs: a JSON object, and the text that Prometheus reads.
#pragma once

#include <string>
#include <vector>

#include "apps/common/prices.h"
#include "apps/gen-batch/reports/totals.h"
#include "lib/base/files/output_path.h"
#include "lib/generate/engine_params.h"

namespace quire::gen_batch {

using Price = common::NamedPrice;

// {"gpt-4o": 2.5, "mine": {"input": 0.1, "output": 0.4}}; a number is the price of both.
// Error{input} for anything else.
std::vector<Price> read_prices(const std::string& file);

struct SummaryInput {
    const Totals& totals;
    const generate::EngineStats& stats;
    const std::vector<Price>& prices;
    bool finished = false;  // the input's end was reached
};

// Whether summary_json() or metrics_text() wrote the file at `path`.
bool is_summary(const std::string& path);
bool is_metrics(const std::string& path);

std::string summary_json(const SummaryInput& input);
std::string metrics_text(const SummaryInput& input);

// Puts the text under the name at once, as a whole; a stream gets it as it is.
void replace_file(const base::OutputPath& output, const std::string& text);

}  // namespace quire::gen_batch
