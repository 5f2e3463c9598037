// Rotary tables from the keys of config.json, with all scalings that transformers has for decoders:
// linear, dynamic, llama3, yarn, longrope, proportional; and with ntk, that of gte.
//
// dynamic and longrope depend on the length of the text. A .quire file is packed for one length,
// its context. A longrope model whose context exceeds the original one uses the long factors for
// every text, as servers with a fixed context do.
#pragma once

#include <vector>

#include "lib/spec/limits.h"
#include "lib/spec/model_spec.h"
#include "models/source/config.h"

namespace quire::models {

struct RopeTable {
    spec::RopeSpec spec;
    std::vector<float> freqs;  // (spec.dim / 2), radians per position
    // Queries at position p are multiplied with 1 + growth * log(1 + floor(p / growth_positions)).
    double growth = 0.0;
    std::uint32_t growth_positions = 0;
    bool takes_factors = true;  // those that a GGUF file has instead of a scaling divide it
};

// The parameters of a table besides the scaling.
struct RopeBasis {
    std::uint32_t head_dim = 0;
    std::uint32_t context = 0;        // of the output file
    std::uint32_t max_positions = 0;  // config.json's max_position_embeddings
    double theta = 10000.0;           // default if the configuration has none
    double partial = 1.0;             // default for the share of a head that is rotated
};

// `theta`, the default of transformers; but 10000 for GGUF, whose readers know no other default.
double unsaid_theta(Config& config, double theta);

// From rope_theta, partial_rotary_factor and rope_scaling, or from rope_parameters, which combines
// them since transformers 5. layer_type: the kind of layer if rope_parameters has several; empty:
// there is only one. Error{model} when a value is out of range or the angles would not be finite.
RopeTable rope_table(Config& config, const RopeBasis& basis, const std::string& layer_type = "");

// theta^(-2i / dim) for tables that the configuration does not scale; `config` is for messages.
RopeTable plain_rope(Config& config, std::uint32_t dim, double theta);

}  // namespace quire::models
