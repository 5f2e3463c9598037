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

// The tensors by name; what the spec does not call for is not there and comes out empty. It counts
// what it finds, so that a name misspelt here cannot leave a tensor unbound without a word.
struct Finder {
    const tensor::TensorMap& tensors;
    mutable std::size_t n_found = 0;

    const tensor::TensorView* find(const std::string& name) const {
        const auto found = tensors.find(name);
        if (found == tensors.end()) return nullptr;
        ++n_found;
        return &found->second;
    }
    Matrix matrix(const std::string& name) const {
        const tensor::TensorView* view = find(name);
        if (view == nullptr) return {};
        return {view->dtype, view->rows, view->columns, view->data};
    }
    const float* vector(const std::string& name) const {
        const tensor::TensorView* view = find(name);
        return view == nullptr ? nullptr : reinterpret_cast<const float*>(view->data.data());
    }
    Norm norm(const std::string& name) const { return {vector(name), vector(name + "_bias")}; }
};

LayerWeights bind_layer(const Finder& find, const std::string& prefix) {
    LayerWeights w;
    w.attn_norm = find.norm(prefix + "attn_norm");
    w.q = find.matrix(prefix + "q");
    w.k = find.matrix(prefix + "k");
    w.v = find.matrix(prefix + "v");
    w.o = find.matrix(prefix + "o");
    w.q_bias = find.vector(prefix + "q_bias");
    w.k_bias = find.vector(prefix + "k_bias");
    w.v_bias = find.vector(prefix + "v_bias");
    w.o_bias = find.vector(prefix + "o_bias");
    w.q_norm = find.vector(prefix + "q_norm");
    w.k_norm = find.vector(prefix + "k_norm");
    w.attn_post_norm = find.norm(prefix + "attn_post_norm");
    w.ffn_norm = find.norm(prefix + "ffn_norm");
    w.router = find.matrix(prefix + "router");
    w.gate = find.matrix(prefix + "gate");
    w.up = find.matrix(prefix + "up");
    w.down = find.matrix(prefix + "down");
    w.gate_bias = find.vector(prefix + "gate_bias");
    w.up_bias = find.vector(prefix + "up_bias");
    w.down_bias = find.vector(prefix + "down_bias");
    w.ffn_post_norm = find.norm(prefix + "ffn_post_norm");
    return w;
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

    const Finder find{tensors, 0};
    weights.embed = find.matrix("embed");
    weights.positions = find.matrix("positions");
    weights.embed_norm = find.norm("embed_norm");
    weights.rope_freqs = find.vector("rope.freqs");
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        weights.layers.push_back(bind_layer(find, "layers." + std::to_string(i) + "."));
    }
    weights.output_norm = find.norm("output_norm");
    weights.output = spec.output == spec::OutputKind::tied ? weights.embed : find.matrix("output");
    weights.classifier_dense = find.matrix("classifier.dense");
    weights.classifier_dense_bias = find.vector("classifier.dense_bias");
    weights.classifier_out = find.matrix("classifier.out");
    weights.classifier_out_bias = find.vector("classifier.out_bias");
    if (find.n_found != expected.size()) {
        throw Error(ErrorCode::run, where,
                    "expected to bind " + std::to_string(expected.size()) + " tensors, bound " +
                        std::to_string(find.n_found));
    }
    return weights;
}

}  // namespace quire::model
