// One vector for a whole text, and what a classification head makes of it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "lib/model/forward.h"

namespace quire::generate {

struct EmbedParams {
    spec::Pooling pooling = spec::Pooling::mean;
    std::size_t batch = 512;  // tokens per pass where the model allows passes
    int n_threads = 1;
    std::string where = "text";  // what errors call it
    // Asked at every layer; true ends pool() with model::Interrupted.
    std::function<bool()> interrupted = {};
};

// The pooled hidden state (dim) of a text's ids. Error{input} when there are none or more than the
// model's context, with both numbers; model::NotFinite when a hidden state is no number.
std::vector<float> pool(const model::Model& model, std::span<const std::uint32_t> tokens,
                        const EmbedParams& params);

// Makes the vector one long. A zero vector stays.
void normalize(std::span<float> vector);

// Of two vectors of the same length; 0 when one is zero.
double cosine(std::span<const float> a, std::span<const float> b);

// A score for each label from a pooled hidden state, as the model's head says: probabilities, or
// plain scores. The model must have a head.
std::vector<float> label_scores(const model::Model& model, std::span<const float> pooled);

}  // namespace quire::generate
