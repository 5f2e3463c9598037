// The second moments of the inputs of each matrix of a model, over a text.
#pragma once

#include <string>
#include <vector>

#include "formats/importance/importance.h"
#include "tools/eval/text.h"

namespace quire::eval {

struct ImportanceOptions {
    std::string output;
    bool overwrite = false;  // the output may replace a file that eval importance did not write
    // Inputs wider than this only get squares: products take 2 * n^2 bytes.
    std::size_t max_products = 4096;
};

struct ImportanceResult {
    std::vector<formats::InputMoments> inputs;
    std::size_t n_tokens = 0;
};

// Runs the windows of the text through the model. For a text cut into chunks every token counts.
ImportanceResult collect_importance(const OpenModel& model, const TextOptions& text,
                                    const ImportanceOptions& options, int n_threads);

}  // namespace quire::eval
