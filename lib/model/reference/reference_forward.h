// The network written for reading: what forward() computes, without kernels, threads, caches or
// batches. It decodes the weights as it needs them and takes minutes where forward() takes
// seconds. The tests compare forward() with it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "lib/model/bind.h"
#include "lib/spec/model_spec.h"

namespace quire::model {

// One sequence from position 0; each token is below vocab_size. Values are f32; sums are taken in
// double, so that the error of the result is mostly that of forward().

// Hidden states after the last norm: (n_tokens, dim).
std::vector<float> reference_hidden(const spec::ModelSpec& spec, const Weights& weights,
                                    std::span<const std::uint32_t> tokens);

// (n_tokens, vocab_size). The model must have logits. `source` is what a model with an encoder reads.
std::vector<float> reference_logits(const spec::ModelSpec& spec, const Weights& weights,
                                    std::span<const std::uint32_t> tokens,
                                    std::span<const std::uint32_t> source = {});

// The text's vector: pooled hidden states after the dense layers of the tail, (vector_dim).
std::vector<float> reference_vector(const spec::ModelSpec& spec, const Weights& weights,
                                    std::span<const std::uint32_t> tokens);

// Scores of the classification head, which the model must have: (n_labels). second_begin: where the
// second text of a pair begins.
std::vector<float> reference_scores(const spec::ModelSpec& spec, const Weights& weights,
                                    std::span<const std::uint32_t> tokens,
                                    std::size_t second_begin = SIZE_MAX);

}  // namespace quire::model
