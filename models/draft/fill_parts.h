// Parts of fill.cpp that need no draft.
#pragma once

#include <cstdint>
#include <string>

#include "lib/spec/tensors.h"

namespace quire::models {

inline std::string shape_text(std::uint64_t rows, std::uint64_t columns) {
    return "(" + std::to_string(rows) + ", " + std::to_string(columns) + ")";
}

// A checkpoint keeps the tensors of its head beside the model, not inside it.
inline bool is_of_head(spec::TensorId id) {
    using spec::TensorId;
    return id == TensorId::output || id == TensorId::output_bias ||
           id == TensorId::classifier_dense || id == TensorId::classifier_dense_bias ||
           id == TensorId::classifier_norm || id == TensorId::classifier_norm_bias ||
           id == TensorId::classifier_out || id == TensorId::classifier_out_bias ||
           id == TensorId::tail_first || id == TensorId::tail_first_bias ||
           id == TensorId::tail_second || id == TensorId::tail_second_bias;
}

}  // namespace quire::models
