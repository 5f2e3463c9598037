// Rotary tables from the words of config.json, all kinds of scaling that transformers knows for
// decoders: linear, dynamic, llama3, yarn, longrope.
//
// dynamic and longrope depend on the length of the text; the file has one length, its context, and
// is packed for that. A longrope model whose context is longer than its original one takes the long
// factors for every text, as servers with a fixed context do.
#pragma once

#include <vector>

#include "lib/spec/limits.h"
#include "lib/spec/model_spec.h"
#include "models/source/config.h"

namespace quire::models {

struct RopeTable {
    spec::RopeSpec spec;
    std::vector<float> freqs;  // (spec.dim / 2), radians per position
};

// What a table is made from beside the scaling.
struct RopeBasis {
    std::uint32_t head_dim = 0;
    std::uint32_t context = 0;        // of the file to be
    std::uint32_t max_positions = 0;  // config.json's max_position_embeddings
    double theta = 10000.0;           // unless the configuration has another
    double partial = 1.0;             // share of a head that turns, unless the configuration says
};

// `theta` as transformers takes it where the configuration has none; 10000 for GGUF, whose readers
// know no other.
double unsaid_theta(const Config& config, double theta);

// From rope_theta, partial_rotary_factor and rope_scaling of the configuration, or from
// rope_parameters, which is all of them in one object since transformers 5. layer_type: the key of
// one kind of layer where rope_parameters has several; empty: there is one kind. Error{model} when a
// value is out of range or the angles would not be numbers.
RopeTable rope_table(const Config& config, const RopeBasis& basis,
                     const std::string& layer_type = "");

// Plain theta^(-2i / dim), for tables that the configuration does not scale; `config` is for
// messages.
RopeTable plain_rope(const Config& config, std::uint32_t dim, double theta);

}  // namespace quire::models
