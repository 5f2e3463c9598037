// NVFP4 divides the scale of a matrix in two: an 8-bit float for each group of weights, and an f32 for
// the whole matrix, or for each expert of a stack of matrices. llama.cpp's converter writes the second
// as a tensor of its own, "X.scale" beside "X.weight", and multiplies the product with it.
#include <cmath>

#include "lib/base/quoted.h"
#include "models/source/gguf_reader.h"

namespace quire::models {

namespace {

using formats::SourceTensor;
using formats::SourceType;

// The number of matrices in a tensor: of more than two dimensions, the first counts them.
std::uint64_t n_matrices(const SourceTensor& tensor) {
    return tensor.shape.size() > 2 ? tensor.shape.front() : 1;
}

std::vector<float> read_scales(const GgufReader& reader, const SourceTensor& scale,
                               const SourceTensor& weight) {
    const std::uint64_t n = n_matrices(weight);
    const bool has_one = scale.rows() == 1 && scale.columns() == 1;
    if (scale.type != SourceType::f32 || scale.rows() != 1 || (!has_one && scale.columns() != n)) {
        reader.fail("tensor " + base::printable(scale.name) + " expected 1 or " +
                    std::to_string(n) + " F32 values, a scale for each matrix of " +
                    base::printable(weight.name));
    }
    std::vector<float> values(scale.columns());
    formats::read_row(values, scale, 0);
    for (const float value : values) {
        if (std::isfinite(value)) continue;
        reader.fail("tensor " + base::printable(scale.name) +
                    " holds a value that is not a finite number");
    }
    return values;
}

}  // namespace

void take_gguf_scales(const GgufReader& reader, std::vector<SourceTensor>& scaled) {
    constexpr std::string_view kWeight = "weight";
    auto& tensors = reader.source.tensors;
    const std::span<const SourceTensor> all = reader.file.tensors();
    scaled.reserve(all.size());  // `tensors` points into it
    for (const SourceTensor& weight : all) {
        if (weight.type != SourceType::nvfp4 || !weight.name.ends_with(kWeight)) continue;
        const std::string base = weight.name.substr(0, weight.name.size() - kWeight.size());
        // For runners that code activations in 4 bits, too: what to divide them by before.
        tensors.erase(base + "input_scale");
        const SourceTensor* scale = reader.file.tensor(base + "scale");
        if (scale == nullptr) continue;
        SourceTensor& copy = scaled.emplace_back(weight);
        copy.row_scales = read_scales(reader, *scale, weight);
        tensors[weight.name] = &copy;
        tensors.erase(base + "scale");
    }
}

}  // namespace quire::models
