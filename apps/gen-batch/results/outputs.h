// The files that a run writes. Each is checked before the work begins: it must not be a file that
// the run reads, another output, or a file that another program wrote.
#pragma once

#include <optional>

#include "apps/gen-batch/options.h"
#include "lib/base/files/output_path.h"

namespace quire::gen_batch {

struct Outputs {
    base::OutputPath results;
    std::optional<base::OutputPath> errors;  // --errors
    // OUTPUT.part: finished results of an interrupted run; none when all results go to streams.
    std::optional<base::OutputPath> part;
    std::optional<base::OutputPath> summary;
    std::optional<base::OutputPath> metrics;
};

// Opens nothing; the content of existing result files is checked by Results. Error{usage} for a
// file with two roles, and for an existing summary or metrics file that gen-batch did not write,
// unless --overwrite is given; Error{run} for a file that cannot be written.
Outputs place_outputs(const Options& options);

}  // namespace quire::gen_batch
