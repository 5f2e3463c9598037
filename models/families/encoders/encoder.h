// What encoders share that have LayerNorms after the residual.
#pragma once

#include "models/families/families.h"

namespace quire::models {

// Sets the fields of the spec, the layers, the pooling and the classification head, whose tensors the
// family must name. layer: its own fields, head_dim and n_heads among them. layers: the key with the
// number of layers. dense: the activation of the first layer of a head.
void start_encoder(Draft& draft, spec::LayerSpec layer, const char* layers, spec::Activation dense);

// Norms without biases, whose zeros no checkpoint has.
void fill_norm_biases(Draft& draft);
// As start_encoder(), for one without rotation, with biases everywhere and blocks without gates.
void start_plain_encoder(Draft& draft, spec::LayerSpec layer, const char* layers,
                         spec::Activation dense);

}  // namespace quire::models
