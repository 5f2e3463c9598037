#include "lib/model/bind.h"

#include "lib/base/error.h"
#include "lib/spec/tensors.h"
#include "lib/tensor/block.h"

namespace quire::model {

namespace {

std::string shape(std::uint64_t rows, std::uint64_t columns) {
    return "(" + std::to_string(rows) + ", " + std::to_string(columns) + ")";
}

void check(const spec::ExpectedTensor& expected, const tensor::TensorView& found,
           const std::string& where) {
    const std::string name = where + ": tensor " + expected.name;
    if (found.is_matrix != expected.is_matrix) {
        throw Error(ErrorCode::model, name,
                    std::string("expected a ") + (expected.is_matrix ? "matrix" : "vector") +
                        ", found a " + (found.is_matrix ? "matrix" : "vector"));
    }
    if (found.rows != expected.rows || found.columns != expected.columns) {
        throw Error(ErrorCode::model, name,
                    "expected shape " + shape(expected.rows, expected.columns) + ", found " +
                        shape(found.rows, found.columns));
    }
    if (tensor::info(found.dtype).is_block && found.columns % tensor::kBlock != 0) {
        throw Error(ErrorCode::model, name,
                    "expected columns in blocks of 32, found " + std::to_string(found.columns));
    }
    const auto bytes =
        tensor::tensor_bytes(found.dtype, found.is_matrix, found.rows, found.columns);
    if (!bytes || *bytes != found.data.size()) {
        throw Error(ErrorCode::model, name,
                    "expected " + (bytes ? std::to_string(*bytes) : "fewer") + " bytes, found " +
                        std::to_string(found.data.size()));
    }
}

}  // namespace

Weights bind_weights(const spec::ModelSpec& spec, const tensor::TensorMap& tensors,
                     const std::string& where) {
    Weights weights;
    const auto expected = spec::expected_tensors(spec);
    for (const spec::ExpectedTensor& tensor : expected) {
        const auto found = tensors.find(tensor.name);
        if (found == tensors.end()) {
            throw Error(ErrorCode::model, where, "tensor " + tensor.name + " expected, none found");
        }
        check(tensor, found->second, where);
        weights.bytes += found->second.data.size();
    }
    if (tensors.size() != expected.size()) {
        for (const auto& [name, view] : tensors) {
            bool known = false;
            for (const auto& tensor : expected) known = known || tensor.name == name;
            if (!known) {
                throw Error(ErrorCode::model, where, "tensor " + name + " found, none expected");
            }
        }
    }

    const auto matrix = [&](const std::string& name) {
        const tensor::TensorView& view = tensors.find(name)->second;
        return Matrix{view.dtype, view.rows, view.columns, view.data};
    };
    const auto vector = [&](const std::string& name) {
        return reinterpret_cast<const float*>(tensors.find(name)->second.data.data());
    };
    weights.embed = matrix("embed");
    weights.rope_freqs = vector("rope.freqs");
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        const std::string prefix = "layers." + std::to_string(i) + ".";
        weights.layers.push_back({vector(prefix + "attn_norm"), matrix(prefix + "q"),
                                  matrix(prefix + "k"), matrix(prefix + "v"), matrix(prefix + "o"),
                                  vector(prefix + "ffn_norm"), matrix(prefix + "gate"),
                                  matrix(prefix + "up"), matrix(prefix + "down")});
    }
    weights.output_norm = vector("output_norm");
    weights.output = spec.tied_embeddings ? weights.embed : matrix("output");
    return weights;
}

}  // namespace quire::model
