// The files that a run writes, each checked before the work begins: none of them is a file that the
// run reads, or another of its outputs, or one that something else wrote.
#pragma once

#include <optional>

#include "apps/gen-batch/options.h"
#include "lib/base/files/output_path.h"

namespace quire::gen_batch {

struct Outputs {
    base::OutputPath results;
    std::optional<base::OutputPath> errors;  // --errors
    // OUTPUT.part: what an interrupted run has finished; none when all results go to streams.
    std::optional<base::OutputPath> part;
    std::optional<base::OutputPath> summary;
    std::optional<base::OutputPath> metrics;
};

// Opens nothing. What is in existing files of results is looked at by Results. Error{usage} for a
// file with two roles, and for a summary or metrics file of another origin unless --overwrite was
// given; Error{run} for what cannot be written.
Outputs place_outputs(const Options& options);

}  // namespace quire::gen_batch
