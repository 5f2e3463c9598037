// Weights to which an adapter is added, for the readers of adapters.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "formats/checkpoint/source_tensor.h"
#include "models/source/source.h"

namespace quire::models {

// The parts of one adapted matrix. W has rows `out` and columns `in`.
struct LowRank {
    const formats::SourceTensor* a = nullptr;  // (rank, in)
    const formats::SourceTensor* b = nullptr;  // (out, rank)
    // W is stored the other way round, (in, out), as the embedding is and the matrices of GPT-2 are.
    bool transposed = false;
};

using LowRanks = std::map<std::string, LowRank>;  // by the name of the weight in the source

// What the source's tensors point to afterwards.
struct AdaptedTensors {
    std::string where;  // the adapter, for messages
    std::deque<formats::SourceTensor> tensors;
    std::deque<std::vector<float>> values;
};

// Puts the weight `name` plus scale * B A in place of the weight. Error{model} naming a part that is missing, a weight
// that the source does not have, and shapes that do not fit.
void add_product(Source& source, const std::string& name, const LowRank& product, double scale,
                 AdaptedTensors& made);

}  // namespace quire::models
