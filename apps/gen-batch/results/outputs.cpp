#include "apps/gen-batch/results/outputs.h"

#include <unistd.h>

#include "apps/gen-batch/reports/summary.h"
#include "lib/base/error.h"

namespace quire::gen_batch {

namespace {

base::OutputPath place(base::FileRoles& roles, const std::string& role, const std::string& path,
                       const base::FileRoles::Own& own) {
    if (path == "-") return roles.writes(role, base::standard_output(), own);
    return roles.writes(role, path, own);
}

}  // namespace

Outputs place_outputs(const Options& options) {
    base::FileRoles roles(options.overwrite);
    roles.reads("-m", options.model);
    if (options.input == "-") {
        roles.reads_descriptor("standard input", STDIN_FILENO);
    } else {
        roles.reads("-i", options.input);
    }
    if (!options.prices.empty()) roles.reads("--price", options.prices);

    Outputs out;
    out.results = place(roles, "-o", options.output, {});
    if (!options.errors.empty()) out.errors = place(roles, "--errors", options.errors, {});
    const base::OutputPath& resumed =
        out.results.is_stream && out.errors ? *out.errors : out.results;
    if (!resumed.is_stream) {
        // Next to the file itself, even if the path is a link to it.
        out.part = roles.writes("unfinished results", resumed.target + ".part", {});
        if (out.part->is_stream) {
            throw Error(ErrorCode::usage, out.part->name,
                        "expected a file or none, found a device or FIFO");
        }
    }
    if (!options.summary.empty()) {
        out.summary =
            place(roles, "--summary", options.summary, {"a summary of gen-batch", is_summary});
    }
    if (!options.metrics.empty()) {
        out.metrics =
            place(roles, "--metrics", options.metrics, {"metrics of gen-batch", is_metrics});
    }
    return out;
}

}  // namespace quire::gen_batch
