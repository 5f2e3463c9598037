// The logit lens: what the model would say if a hidden state between two layers were its last one.
// source: nostalgebraist, "interpreting GPT: the logit lens" (2020)
#pragma once

#include <span>
#include <vector>

#include "lib/model/forward.h"

namespace quire::model {

class Lens {
  public:
    // For up to n_rows rows at a time. `model` has logits, and must outlive the object.
    Lens(const Model& model, std::size_t n_rows, int n_threads);

    // The logits (n, stride()) of n rows of a residual stream (n, dim): the model's last norm, output matrix, bias
    // and cap. For the stream after the last layer they are the model's logits, with the same bits. Valid until the
    // next call.
    std::span<const float> logits(std::span<const float> x);
    std::size_t stride() const noexcept { return logits_stride(model_.spec); }

  private:
    const Model& model_;
    int n_threads_;
    ActivationRows normed_;
    std::vector<float> logits_;
};

}  // namespace quire::model
