// How well models foresee a text, by how much of it they have read: what each gains by a longer context.
#pragma once

#include <string>
#include <vector>

#include "tools/eval/statistics.h"
#include "tools/eval/text.h"

namespace quire::eval {

// Tokens that were foreseen from so many before them, both ends included.
struct ContextLengths {
    std::size_t low = 0;
    std::size_t high = 0;
};

// 1, 2, 3 to 4, 5 to 8 and so on, below `context`.
std::vector<ContextLengths> context_lengths(std::size_t context);

struct ContextLosses {
    std::string model;                  // as the user named it
    std::vector<MeanError> losses;      // nats a token, by context_lengths()
    std::vector<std::size_t> n_tokens;  // of each
    MeanError all;                      // of all tokens
};

// The windows must not overlap and have `context` tokens. name: of the model, in the results. Error{usage}
// for an encoder.
ContextLosses losses_by_context(const OpenModel& model, const std::string& name, const Text& text,
                                std::size_t context, int n_threads);

// As a table, as a JSON object and as a picture. hashes: of the models, in their order.
std::string report(const std::vector<ContextLosses>& models, std::size_t context);
std::string to_json(const std::vector<ContextLosses>& models, std::size_t context,
                    const std::vector<std::string>& hashes);
std::string to_svg(const std::vector<ContextLosses>& models, std::size_t context);

}  // namespace quire::eval
