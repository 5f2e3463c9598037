// How much an encoder differs from a reference: compares their vectors for the same texts.
#pragma once

#include <string>

#include "tools/eval/statistics.h"
#include "tools/eval/text.h"

namespace quire::eval {

struct VectorComparison {
    MeanError cosine;  // of the two vectors of a text
    double median = 0;
    double low_1 = 0;  // 1 % of the texts are below
    double min = 0;
    std::size_t n_texts = 0;
};

// Cuts the text into parts of the context's length and pools each like the reference. Error{input}
// when the two get different tokens or make vectors of different length.
VectorComparison compare_vectors(const OpenModel& reference, const OpenModel& model,
                                 const TextOptions& text, int n_threads);

std::string report(const VectorComparison& result);
std::string to_json(const VectorComparison& result, const TextOptions& text,
                    const OpenModel& reference, const OpenModel& model);

}  // namespace quire::eval
