// How a model knows the order of tokens, as numbers over the distance between two tokens.
#pragma once

#include <string>
#include <vector>

#include "lib/model/bind.h"

namespace quire::inspect {

struct PositionCurve {
    std::string name;  // "rotation 0, 32 pairs", "learned positions", "head 3"
    std::vector<double> values;
};

// Of rotary positions: the cosine of a vector with equal pairs and the same vector that many positions later,
// which is the mean of cos(distance * frequency) over all pairs. Of learned positions: the mean cosine of the
// vectors of two positions, without what all positions have in common. Of biases by distance or slopes: what
// is added to the score of each head of the first layer that has them, of a key that lies so far back.
struct Positions {
    std::vector<std::string> facts;      // whole sentences: which ways the model has
    std::vector<std::size_t> distances;  // ascending from 0, below the context length
    std::vector<PositionCurve> curves;
};
Positions positions_of(const spec::ModelSpec& spec, const model::Weights& weights);

}  // namespace quire::inspect
