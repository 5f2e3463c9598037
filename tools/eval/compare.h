// How much a model differs from a reference: both read the same tokens, and their predictions are
// compared.
#pragma once

#include <string>

#include "tools/eval/statistics.h"
#include "tools/eval/text.h"

namespace quire::eval {

struct Comparison {
    MeanError kl;  // nats; KL divergence of the model from the reference
    double kl_median = 0;
    double kl_99 = 0;  // 99 % of the tokens are below
    double kl_max = 0;
    MeanError same_top;   // share of positions with the same likeliest token
    MeanError log_ratio;  // mean of ln p_reference(target) - ln p(target), token by token
    double perplexity_reference = 0;
    double perplexity = 0;
    std::size_t n_windows = 0;
    std::size_t n_tokens = 0;
    std::string_view definition;
};

// Error{input} when the tokenizers of the two give different tokens.
Comparison compare(const OpenModel& reference, const OpenModel& model, const TextOptions& text,
                   int n_threads);

// The same for a text that was already read.
Comparison compare_over(const std::string& text, const OpenModel& reference, const OpenModel& model,
                        const TextOptions& options, int n_threads);

std::string report(const Comparison& result);
std::string to_json(const Comparison& result, const TextOptions& text, const OpenModel& reference,
                    const OpenModel& model);

// How far the tokens' distributions have moved: the mean, the median, and beyond.
std::string to_svg(const Comparison& result);

}  // namespace quire::eval
