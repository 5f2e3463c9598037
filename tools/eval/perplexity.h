// How well a model predicts a text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/eval/statistics.h"
#include "tools/eval/text.h"

namespace quire::eval {

struct PerplexityResult {
    double perplexity = 0;  // e^(mean of -ln p(token))
    double error = 0;       // its standard error, from the spread over tokens
    std::size_t n_windows = 0;
    std::size_t n_tokens = 0;  // scored
    std::string_view definition;
    std::vector<MeanError> of_windows;  // nats a token, in order
};

// Error{usage} for an encoder; model::NotFinite for logits that are not finite.
PerplexityResult perplexity(const OpenModel& model, const TextOptions& text, int n_threads);

std::string report(const PerplexityResult& result, const TextOptions& text);
std::string to_json(const PerplexityResult& result, const TextOptions& text,
                    const OpenModel& model);
// The perplexity of each window, and of those up to it.
std::string to_svg(const PerplexityResult& result);

}  // namespace quire::eval
