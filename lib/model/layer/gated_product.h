// The first half of a feed-forward network: act(gate * x) * (up * x), or act(up * x). A dense layer
// has one such network, a layer with experts one for each expert.
#pragma once

#include "lib/model/layer/step.h"

namespace quire::model {

struct GatedProduct {
    const spec::LayerSpec& spec;
    Matrix gate;                    // (ffn_dim, dim); not read unless spec.gated
    Matrix up;                      // (ffn_dim, dim)
    const float* gate_bias;         // (ffn_dim); null: none
    const float* up_bias;           // (ffn_dim); null: none
    ActivationRows& in;             // (n, dim)
    ActivationRows& out;            // (n, ffn_dim)
    Buffer<float>& up_rows;         // (n, out.stride)
    const InputObserver* observer;  // of the inputs; null: none
    bool makes_values;              // out is needed as f32
    bool makes_codes;               // out is needed as codes
    const float* curve = nullptr;   // of xielu
};

// Computes the given panels of the rows, which are whole row blocks. panels.begin is even: the
// columns are then whole blocks of activations.
void compute_gated(const Step& step, const GatedProduct& product, base::Range rows,
                   base::Range panels) noexcept;

// This thread's panels of n, dealt out in pairs, so that each share is whole blocks of activations
// and no thread waits for another to encode them.
base::Range panels_of_pairs(base::Range pairs, std::size_t n_panels) noexcept;

// If the model is split over processes: the columns of `out` that others computed, and the codes of
// all. Begins and ends at a barrier then.
void exchange_gated(const Step& step, const GatedProduct& product, std::size_t n_rows) noexcept;

}  // namespace quire::model
