// One vector for a whole text, and the scores that a classification head gives it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::generate {

struct EmbedParams {
    spec::Pooling pooling = spec::Pooling::mean;
    std::size_t batch = 512;  // tokens per pass; a model that is not causal takes all in one pass
    int n_threads = 1;
    std::string where = "text";  // what errors call the text
    // Asked before each layer; true makes pool() throw model::Interrupted.
    std::function<bool()> interrupted = {};
    // The pool of keys and values that successive texts share; null: each text makes its own.
    std::shared_ptr<model::KvPool> kv_pool = nullptr;
    // Where the second text of a pair begins; SIZE_MAX: there is one text.
    std::size_t second_begin = SIZE_MAX;
};

// The pooled hidden state (dim) of a text's tokens. Error{input} when there are none, or more than
// the model's context, with both numbers; model::NotFinite when a hidden state that pooling reads
// is not finite.
std::vector<float> pool(const model::Model& model, std::span<const std::uint32_t> tokens,
                        const EmbedParams& params);

// The vector (vector_dim) of a text's tokens: pool(), and the dense layers behind it.
std::vector<float> embedding(const model::Model& model, std::span<const std::uint32_t> tokens,
                             const EmbedParams& params);

// Scales the vector to length 1. A zero vector is left unchanged.
void normalize(std::span<float> vector);

// The cosine of the angle between two vectors of the same size; 0 when one is zero.
double cosine(std::span<const float> a, std::span<const float> b);

// The ids of the first text of a pair and of what is between the two; those of the second and the
// tokenizer's suffix follow. The model's head must read pairs.
std::vector<std::uint32_t> before_second_text(const tokenizer::Tokenizer& tokenizer,
                                              const spec::ClassifierSpec& head,
                                              std::string_view first);

// A score for each label from a pooled hidden state (dim): probabilities or plain scores, as the
// model's head defines. The model must have a head.
std::vector<float> label_scores(const model::Model& model, std::span<const float> pooled);

}  // namespace quire::generate
