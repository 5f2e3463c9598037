#include "lib/model/bind.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "lib/base/assert.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/spec/tensors.h"
#include "lib/tensor/block.h"

namespace quire::model {

namespace {

using spec::TensorId;

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
                    "expected a multiple of 32 columns, found " + std::to_string(found.columns));
    }
    const auto bytes =
        tensor::tensor_bytes(found.dtype, found.is_matrix, found.rows, found.columns);
    if (!bytes || *bytes != found.data.size()) {
        throw Error(ErrorCode::model, name,
                    "expected " + (bytes ? std::to_string(*bytes) : "fewer") + " bytes, found " +
                        std::to_string(found.data.size()));
    }
}

Matrix matrix(const tensor::TensorView& view) {
    return {view.dtype, view.rows, view.columns, view.data};
}
const float* vector(const tensor::TensorView& view) {
    return reinterpret_cast<const float*>(view.data.data());
}

// Each of these assigns a view to the member of its id, if it is one of its own.
bool bind_model(Weights& w, spec::TensorId id, const tensor::TensorView& view) {
    using spec::TensorId;
    switch (id) {
            // clang-format off
        case TensorId::embed:                 w.embed = matrix(view); return true;
        case TensorId::positions:             w.positions = matrix(view); return true;
        case TensorId::second_kind:           w.second_kind = vector(view); return true;
        case TensorId::embed_norm:            w.embed_norm.weight = vector(view); return true;
        case TensorId::embed_norm_bias:       w.embed_norm.bias = vector(view); return true;
        case TensorId::embed_project:         w.embed_project = matrix(view); return true;
        case TensorId::embed_project_bias:    w.embed_project_bias = vector(view); return true;
        case TensorId::layer_embed:           w.layer_embed = matrix(view); return true;
        case TensorId::layer_embed_proj:      w.layer_embed_proj = matrix(view); return true;
        case TensorId::layer_embed_norm:      w.layer_embed_norm = vector(view); return true;
        case TensorId::rope_freqs:            w.rope_freqs = vector(view); return true;
        case TensorId::query_growth:          w.query_growth = vector(view); return true;
        case TensorId::output_norm:           w.output_norm.weight = vector(view); return true;
        case TensorId::output_norm_bias:      w.output_norm.bias = vector(view); return true;
        case TensorId::output:                w.output = matrix(view); return true;
        case TensorId::output_bias:           w.output_bias = vector(view); return true;
        case TensorId::classifier_dense:      w.classifier_dense = matrix(view); return true;
        case TensorId::classifier_dense_bias: w.classifier_dense_bias = vector(view); return true;
        case TensorId::classifier_norm:       w.classifier_norm.weight = vector(view); return true;
        case TensorId::classifier_norm_bias:  w.classifier_norm.bias = vector(view); return true;
        case TensorId::classifier_out:        w.classifier_out = matrix(view); return true;
        case TensorId::classifier_out_bias:   w.classifier_out_bias = vector(view); return true;
        case TensorId::tail_first:            w.tail[0] = matrix(view); return true;
        case TensorId::tail_first_bias:       w.tail_bias[0] = vector(view); return true;
        case TensorId::tail_second:           w.tail[1] = matrix(view); return true;
        case TensorId::tail_second_bias:      w.tail_bias[1] = vector(view); return true;
        default: return false;
            // clang-format on
    }
}

bool bind_cross(LayerWeights& layer, spec::TensorId id, const tensor::TensorView& view) {
    using spec::TensorId;
    switch (id) {
            // clang-format off
        case TensorId::cross_norm:            layer.cross_norm.weight = vector(view); return true;
        case TensorId::cross_norm_bias:       layer.cross_norm.bias = vector(view); return true;
        case TensorId::cross_q:               layer.cross_q = matrix(view); return true;
        case TensorId::cross_k:               layer.cross_k = matrix(view); return true;
        case TensorId::cross_v:               layer.cross_v = matrix(view); return true;
        case TensorId::cross_o:               layer.cross_o = matrix(view); return true;
        case TensorId::cross_q_bias:          layer.cross_q_bias = vector(view); return true;
        case TensorId::cross_k_bias:          layer.cross_k_bias = vector(view); return true;
        case TensorId::cross_v_bias:          layer.cross_v_bias = vector(view); return true;
        case TensorId::cross_o_bias:          layer.cross_o_bias = vector(view); return true;
        case TensorId::cross_post_norm:       layer.cross_post_norm.weight = vector(view); return true;
        case TensorId::cross_post_norm_bias:  layer.cross_post_norm.bias = vector(view); return true;
            // clang-format on
        default:
            return false;
    }
}

bool bind_recurrent(LayerWeights& layer, spec::TensorId id, const tensor::TensorView& view) {
    using spec::TensorId;
    switch (id) {
            // clang-format off
        case TensorId::mix_in:         layer.mix_in = matrix(view); return true;
        case TensorId::mix_state:      layer.mix_state = matrix(view); return true;
        case TensorId::mix_in_bias:    layer.mix_in_bias = vector(view); return true;
        case TensorId::mix_state_bias: layer.mix_state_bias = vector(view); return true;
        case TensorId::mix_k:          layer.mix_k = matrix(view); return true;
        case TensorId::mix_v:          layer.mix_v = matrix(view); return true;
        case TensorId::mix_gate_a:     layer.mix_gate_a = matrix(view); return true;
        case TensorId::mix_decay_a:    layer.mix_decay_a = matrix(view); return true;
        case TensorId::mix_gain_a:     layer.mix_gain_a = matrix(view); return true;
        case TensorId::mix_value_a:    layer.mix_value_a = matrix(view); return true;
        case TensorId::mix_gate:       layer.mix_gate = matrix(view); return true;
        case TensorId::mix_decay:      layer.mix_decay = matrix(view); return true;
        case TensorId::mix_gain:       layer.mix_gain = matrix(view); return true;
        case TensorId::mix_value:      layer.mix_value = matrix(view); return true;
        case TensorId::mix_out:        layer.mix_out = matrix(view); return true;
        case TensorId::mix_shift:      layer.mix_shift = vector(view); return true;
        case TensorId::conv:           layer.conv = vector(view); return true;
        case TensorId::conv_bias:      layer.conv_bias = vector(view); return true;
        case TensorId::decay_bias:     layer.decay_bias = vector(view); return true;
        case TensorId::decay_rate:     layer.decay_rate = vector(view); return true;
        case TensorId::skip:           layer.skip = vector(view); return true;
        case TensorId::gain_bias:      layer.gain_bias = vector(view); return true;
        case TensorId::value_bias:     layer.value_bias = vector(view); return true;
        case TensorId::key_unit:       layer.key_unit = vector(view); return true;
        case TensorId::key_gain:       layer.key_gain = vector(view); return true;
        case TensorId::read_gain:      layer.read_gain = vector(view); return true;
        case TensorId::mix_norm:       layer.mix_norm = vector(view); return true;
        case TensorId::mix_norm_bias:  layer.mix_norm_bias = vector(view); return true;
        default: return false;
            // clang-format on
    }
}

bool bind_attention(LayerWeights& layer, spec::TensorId id, const tensor::TensorView& view) {
    using spec::TensorId;
    switch (id) {
            // clang-format off
        case TensorId::attn_norm:             layer.attn_norm.weight = vector(view); return true;
        case TensorId::attn_norm_bias:        layer.attn_norm.bias = vector(view); return true;
        case TensorId::q_a:                   layer.q_a = matrix(view); return true;
        case TensorId::q_a_norm:              layer.q_a_norm = vector(view); return true;
        case TensorId::kv_a:                  layer.kv_a = matrix(view); return true;
        case TensorId::kv_a_norm:             layer.kv_a_norm = vector(view); return true;
        case TensorId::k_rope:                layer.k_rope = matrix(view); return true;
        case TensorId::q:                     layer.q = matrix(view); return true;
        case TensorId::k:                     layer.k = matrix(view); return true;
        case TensorId::v:                     layer.v = matrix(view); return true;
        case TensorId::o:                     layer.o = matrix(view); return true;
        case TensorId::q_bias:                layer.q_bias = vector(view); return true;
        case TensorId::k_bias:                layer.k_bias = vector(view); return true;
        case TensorId::v_bias:                layer.v_bias = vector(view); return true;
        case TensorId::o_bias:                layer.o_bias = vector(view); return true;
        case TensorId::q_norm:                layer.q_norm = vector(view); return true;
        case TensorId::k_norm:                layer.k_norm = vector(view); return true;
        case TensorId::v_norm:                layer.v_norm = vector(view); return true;
        case TensorId::attn_gate:             layer.attn_gate = matrix(view); return true;
        case TensorId::attn_bias:             layer.attn_bias = vector(view); return true;
        case TensorId::sinks:                 layer.sinks = vector(view); return true;
        case TensorId::slopes:                layer.slopes = vector(view); return true;
        case TensorId::attn_post_norm:        layer.attn_post_norm.weight = vector(view); return true;
        case TensorId::attn_post_norm_bias:   layer.attn_post_norm.bias = vector(view); return true;
        default: return false;
            // clang-format on
    }
}

bool bind_ffn(LayerWeights& layer, spec::TensorId id, const tensor::TensorView& view) {
    using spec::TensorId;
    switch (id) {
            // clang-format off
        case TensorId::ffn_norm:              layer.ffn_norm.weight = vector(view); return true;
        case TensorId::ffn_norm_bias:         layer.ffn_norm.bias = vector(view); return true;
        case TensorId::ffn_shift:             layer.ffn_shift = vector(view); return true;
        case TensorId::router_norm:           layer.router_norm.weight = vector(view); return true;
        case TensorId::experts_norm:          layer.experts_norm.weight = vector(view); return true;
        case TensorId::router:                layer.router = matrix(view); return true;
        case TensorId::router_bias:           layer.router_bias = vector(view); return true;
        case TensorId::router_offsets:        layer.router_offsets = vector(view); return true;
        case TensorId::expert_scales:         layer.expert_scales = vector(view); return true;
        case TensorId::experts_in:            layer.experts_in = matrix(view); return true;
        case TensorId::experts_out:           layer.experts_out = matrix(view); return true;
        case TensorId::gate:                  layer.gate = matrix(view); return true;
        case TensorId::up:                    layer.up = matrix(view); return true;
        case TensorId::down:                  layer.down = matrix(view); return true;
        case TensorId::gate_bias:             layer.gate_bias = vector(view); return true;
        case TensorId::up_bias:               layer.up_bias = vector(view); return true;
        case TensorId::down_bias:             layer.down_bias = vector(view); return true;
        case TensorId::curve:                 layer.curve = vector(view); return true;
        case TensorId::shared_router:         layer.shared_router = matrix(view); return true;
        case TensorId::shared_gate:           layer.shared_gate = matrix(view); return true;
        case TensorId::shared_up:             layer.shared_up = matrix(view); return true;
        case TensorId::shared_down:           layer.shared_down = matrix(view); return true;
        case TensorId::experts_post_norm:     layer.experts_post_norm.weight = vector(view); return true;
        case TensorId::shared_post_norm:      layer.shared_post_norm.weight = vector(view); return true;
        case TensorId::ffn_post_norm:         layer.ffn_post_norm.weight = vector(view); return true;
        case TensorId::ffn_post_norm_bias:    layer.ffn_post_norm.bias = vector(view); return true;
        case TensorId::embed_gate:            layer.embed_gate = matrix(view); return true;
        case TensorId::embed_proj:            layer.embed_proj = matrix(view); return true;
        case TensorId::embed_post_norm:       layer.embed_post_norm.weight = vector(view); return true;
        case TensorId::scale:                 layer.scale = vector(view); return true;
        default: return false;
            // clang-format on
    }
}

// Assigns a view to the member of its id. No tensor that the spec calls for stays unbound.
void bind(Weights& w, const spec::ExpectedTensor& expected, const tensor::TensorView& view) {
    if (bind_model(w, expected.id, view)) return;
    LayerWeights& layer = w.layers.at(expected.layer);
    const bool bound =
        bind_attention(layer, expected.id, view) || bind_cross(layer, expected.id, view) ||
        bind_recurrent(layer, expected.id, view) || bind_ffn(layer, expected.id, view);
    QUIRE_ASSERT(bound);
}

void set_epsilons(Weights& w, const spec::ModelSpec& spec) {
    const float after = spec.post_norm_eps == 0.0F ? spec.norm_eps : spec.post_norm_eps;
    for (Norm* norm : {&w.embed_norm, &w.output_norm, &w.classifier_norm}) {
        norm->eps = spec.norm_eps;
    }
    for (LayerWeights& layer : w.layers) {
        for (Norm* norm : {&layer.attn_norm, &layer.cross_norm, &layer.ffn_norm, &layer.router_norm,
                           &layer.experts_norm}) {
            norm->eps = spec.norm_eps;
        }
        for (Norm* norm : {&layer.attn_post_norm, &layer.cross_post_norm, &layer.experts_post_norm,
                           &layer.shared_post_norm, &layer.ffn_post_norm, &layer.embed_post_norm}) {
            norm->eps = after;
        }
    }
}

// Error{model}, which names the first tensor that the spec does not call for, if there is one.
void refuse_unexpected(const std::vector<spec::ExpectedTensor>& expected,
                       const tensor::TensorMap& tensors, const std::string& where) {
    std::set<std::string_view> names;
    for (const spec::ExpectedTensor& tensor : expected) names.insert(tensor.name);
    for (const auto& [name, view] : tensors) {
        if (names.contains(name)) continue;
        throw Error(ErrorCode::model, where,
                    "expected no tensor " + base::printable(name) + ", found one");
    }
}

}  // namespace

Weights bind_weights(const spec::ModelSpec& spec, const tensor::TensorMap& tensors,
                     const std::string& where) {
    Weights weights;
    // Tensors that are not of a layer are bound beside a first one, which a model may lack.
    weights.layers.resize(std::max<std::size_t>(1, spec.layers.size()));
    for (const spec::ModelSpec& encoder : spec.encoder) {
        weights.encoder.emplace_back().layers.resize(encoder.layers.size());
    }
    const auto expected = spec::expected_tensors(spec);
    for (const spec::ExpectedTensor& tensor : expected) {
        const auto found = tensors.find(tensor.name);
        if (found == tensors.end()) {
            throw Error(ErrorCode::model, where,
                        "expected a tensor " + tensor.name + ", found none");
        }
        check(tensor, found->second, where);
        bind(tensor.of_encoder ? weights.encoder.front() : weights, tensor, found->second);
        weights.bytes += found->second.data.size();
    }
    if (tensors.size() != expected.size()) refuse_unexpected(expected, tensors, where);
    weights.layers.resize(spec.layers.size());
    set_epsilons(weights, spec);
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        if (const auto& shares = spec.layers[i].shares) weights.layers[i] = weights.layers[*shares];
    }
    for (std::size_t i = 0; i < spec.encoder.size(); ++i) {
        set_epsilons(weights.encoder[i], spec.encoder[i]);
        if (spec.encoder[i].shared_embed) weights.encoder[i].embed = weights.embed;
    }
    const bool is_tied =
        spec.output == spec::OutputKind::tied || spec.output == spec::OutputKind::tied_biased;
    if (is_tied) weights.output = weights.embed;
    return weights;
}

}  // namespace quire::model
