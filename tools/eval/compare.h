// How far a model has moved from a reference: the same tokens through both, and the distance of
// what they foresee.
#pragma once

#include <string>

#include "tools/eval/statistics.h"
#include "tools/eval/text.h"

namespace quire::eval {

struct Comparison {
    MeanError kl;  // nats; of the model's distribution from the reference's
    double kl_median = 0;
    double kl_99 = 0;  // 99 % of the tokens are below
    double kl_max = 0;
    MeanError same_top;   // share of tokens whose likeliest token is the same
    MeanError log_ratio;  // mean of ln p_reference(target) - ln p(target), token by token
    double perplexity_reference = 0;
    double perplexity = 0;
    std::size_t n_windows = 0;
    std::size_t n_tokens = 0;
    std::string_view definition;
};

// Error{input} when the two do not see the same tokens in the text.
Comparison compare(const OpenModel& reference, const OpenModel& model, const TextOptions& text,
                   int n_threads);

std::string report(const Comparison& result);
std::string to_json(const Comparison& result, const TextOptions& text, const OpenModel& reference,
                    const OpenModel& model);

}  // namespace quire::eval
