// The recurrent blocks of reference_forward.cpp.
#pragma once

#include "lib/model/reference/reference_math.h"

namespace quire::model::reference {

// (n, dim) to (n, dim): the recurrent block of a layer over a whole text. first_values: the values of the
// first layer, which sets them.
Rows recurrence(const spec::ModelSpec& spec, const spec::LayerSpec& layer,
                const LayerWeights& weights, Rows& x, Rows& first_values);

// (n, what it reads) to (n, dim): what a layer with cells gives.
Rows cells(const spec::ModelSpec& spec, const spec::LayerSpec& layer, const LayerWeights& weights,
           Rows& x);

// What a feed-forward block reads of x (n, dim): with ffn_shift, mixtures with the rows before.
Rows shift_ffn(const LayerWeights& weights, Rows x);

}  // namespace quire::model::reference
