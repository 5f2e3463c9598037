// Positions that a formula gives, for models that do not learn them. They are stored as learned ones.
#pragma once

#include <cstdint>
#include <memory>

#include "formats/checkpoint/source_tensor.h"

namespace quire::models {

struct Sinusoids {
    std::uint32_t n_rows = 0;
    std::uint32_t dim = 0;    // even, at least 4
    std::uint32_t first = 0;  // the position that the first row stands for
    // The frequencies are 10000^(-i / n) for i = 0 to dim / 2 - 1: n is dim / 2 in Vaswani et al. 2017
    // and Marian, dim / 2 - 1 in tensor2tensor and fairseq.
    std::uint32_t n = 0;
};

// Rows of dim / 2 sines and then dim / 2 cosines.
std::shared_ptr<const formats::SourceTensor> sinusoidal_rows(const Sinusoids& how);

}  // namespace quire::models
