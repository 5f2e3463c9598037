// The second moments of what each matrix of a model is multiplied with, over a text.
#pragma once

#include <string>
#include <vector>

#include "formats/importance/importance.h"
#include "tools/eval/text.h"

namespace quire::eval {

struct ImportanceOptions {
    std::string output;
    bool overwrite = false;  // the output may replace a file that is none of eval importance
    // Inputs wider than this get squares alone: products take 2 * n^2 bytes.
    std::size_t max_products = 4096;
};

struct ImportanceResult {
    std::vector<formats::InputMoments> inputs;
    std::size_t n_tokens = 0;
};

// Runs the text's windows through the model. Of a text cut into chunks every token counts.
ImportanceResult collect_importance(const OpenModel& model, const TextOptions& text,
                                    const ImportanceOptions& options, int n_threads);

}  // namespace quire::eval
