#include "lib/spec/tensors.h"

#include <algorithm>

namespace quire::spec {

namespace {

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < kTensors.size(); ++i) {
        if (static_cast<std::size_t>(kTensors[i].id) != i) return false;
    }
    return true;
}
static_assert(is_in_order(), "kTensors has a row for each TensorId, in order");
static_assert(static_cast<std::size_t>(TensorId::tail_second_bias) + 1 == kTensorIds);

// Of the tensors behind pooling.
bool is_in_head(When when, const ModelSpec& spec) {
    const bool has_head = !spec.classifier.labels.empty();
    const std::size_t n_tail = spec.tail.size();
    switch (when) {
        case When::labels:
            return has_head;
        case When::dense_head:
            return has_head && spec.classifier.activation.has_value();
        case When::normed_head:
            return has_head && spec.classifier.norm;
        case When::first_tail:
            return n_tail > 0;
        case When::first_tail_bias:
            return n_tail > 0 && spec.tail[0].bias;
        case When::second_tail:
            return n_tail > 1;
        case When::second_tail_bias:
            return n_tail > 1 && spec.tail[1].bias;
        default:
            return false;
    }
}

// Whether a layer has the block, or part of one, that some of its tensors belong to.
bool has_block(When when, const LayerSpec& layer) {
    switch (when) {
        case When::attention:
            return layer.n_heads > 0;
        case When::recurrent:
            return layer.recurrence != Recurrence::none;
        case When::memory:
            return layer.state_heads > 0;
        case When::delta_net:
            return layer.recurrence == Recurrence::delta_net;
        case When::mamba2:
            return layer.recurrence == Recurrence::mamba2;
        case When::conv_bias:
            return layer.conv_bias;
        case When::state_norm:
            return layer.state_norm != StateNorm::none;
        case When::attn_gate:
            return layer.n_heads > 0 && layer.attn_gate != AttnGate::none;
        case When::gated:
            return layer.ffn_dim > 0 && layer.gated;
        case When::ffn_bias:
            return layer.ffn_dim > 0 && layer.ffn_bias;
        case When::gate_bias:
            return layer.ffn_dim > 0 && layer.ffn_bias && layer.gated;
        case When::v_norm:
            return layer.n_heads > 0 && layer.v_norm;
        case When::attn_bias:
            return layer.n_heads > 0 && layer.bias_distance > 0;
        case When::qkv_bias:
            return layer.n_heads > 0 && layer.qkv_bias;
        case When::o_bias:
            return layer.n_heads > 0 && layer.o_bias;
        case When::qk_norm:
            return layer.n_heads > 0 && layer.qk_norm != QkNorm::none;
        case When::ffn:
            return layer.ffn_dim > 0;
        default:
            return false;
    }
}

bool is_present(When when, const ModelSpec& spec, const LayerSpec& layer) {
    const bool recurrent = layer.recurrence != Recurrence::none;
    const bool mixes = layer.n_heads > 0 || recurrent;
    switch (when) {
        case When::always:
            return true;
        case When::own_embed:
            return !spec.shared_embed;
        // clang-format off
        case When::attention: case When::attn_bias: case When::attn_gate: case When::conv_bias:
        case When::delta_net: case When::ffn: case When::ffn_bias: case When::gate_bias:
        case When::gated: case When::mamba2: case When::memory: case When::o_bias:
        case When::qk_norm: case When::qkv_bias: case When::recurrent: case When::state_norm:
        case When::v_norm:
            // clang-format on
            return has_block(when, layer);
        case When::learned_positions:
            return spec.n_positions > 0;
        case When::second_kind:
            return spec.second_kind;
        case When::embed_norm:
            return spec.embed_norm;
        case When::narrow_embed:
            return spec.embed_dim > 0;
        case When::ropes:
            return !spec.ropes.empty();
        case When::mix_norm_before:
            return mixes && layer.attn_norm && has_norm_before(layer.norm_place);
        case When::mix_norm_after:
            return mixes && has_norm_after(layer.norm_place);
        case When::ffn_norm_before:
            return layer.ffn_dim > 0 && has_norm_before(layer.norm_place);
        case When::ffn_norm_after:
            return layer.ffn_dim > 0 && has_norm_after(layer.norm_place);
        case When::experts:
            return layer.n_experts > 0;
        case When::scaled:
            return layer.scaled;
        case When::final_norm:
            return spec.final_norm;
        case When::own_output:
            return spec.output == OutputKind::own || spec.output == OutputKind::biased;
        case When::output_bias:
            return spec.output == OutputKind::biased || spec.output == OutputKind::tied_biased;
        case When::labels:
        case When::dense_head:
        case When::normed_head:
        case When::first_tail:
        case When::first_tail_bias:
        case When::second_tail:
        case When::second_tail_bias:
            return is_in_head(when, spec);
    }
    return false;
}

std::uint64_t length(Extent extent, const ModelSpec& spec, const LayerSpec& layer) {
    const std::uint64_t q_dim = std::uint64_t{layer.n_heads} * layer.head_dim;
    const std::uint64_t kv_dim = std::uint64_t{layer.n_kv_heads} * layer.head_dim;
    const std::uint64_t n_ffns = std::max(1U, layer.n_experts);
    const bool norm_heads = layer.qk_norm == QkNorm::head;
    switch (extent) {
        case Extent::one:
            return 1;
        case Extent::dim:
            return spec.dim;
        case Extent::embed_dim:
            return embed_dim(spec);
        case Extent::vocab_size:
            return spec.vocab_size;
        case Extent::n_positions:
            return spec.n_positions;
        case Extent::rope_pairs:
            return n_rope_pairs(spec);
        case Extent::q_dim:
            return q_dim;
        case Extent::kv_dim:
            return kv_dim;
        case Extent::q_norm:
            return norm_heads ? layer.head_dim : q_dim;
        case Extent::k_norm:
            return norm_heads ? layer.head_dim : kv_dim;
        case Extent::head_dim:
            return layer.head_dim;
        case Extent::attn_bias:
            return layer.n_heads * (2 * std::uint64_t{layer.bias_distance} + 1);
        case Extent::mix_in:
            return recurrent_dims(spec, layer).in;
        case Extent::mix_out:
            return recurrent_dims(spec, layer).out;
        case Extent::conv:
            return layer.conv_width * recurrent_dims(spec, layer).channels;
        case Extent::state_heads:
            return layer.state_heads;
        case Extent::conv_channels:
            return recurrent_dims(spec, layer).channels;
        case Extent::state_norm:
            return layer.state_norm == StateNorm::head ? layer.state_value_dim
                                                       : recurrent_dims(spec, layer).out;
        case Extent::n_experts:
            return layer.n_experts;
        case Extent::ffn_dim:
            return layer.ffn_dim;
        case Extent::all_ffn_dims:
            return n_ffns * layer.ffn_dim;
        case Extent::all_expert_dims:
            return n_ffns * spec.dim;
        case Extent::n_labels:
            return spec.classifier.labels.size();
        case Extent::first_tail_dim:
            return spec.tail.at(0).dim;
        case Extent::second_tail_dim:
            return spec.tail.at(1).dim;
    }
    return 0;
}

// Collects the tensors of a spec.
class TensorList {
  public:
    explicit TensorList(const ModelSpec& spec) : spec_(spec) {}

    // A tensor of the model (layer is an empty one), or of layer `index`, if the spec calls for it.
    void add(const TensorInfo& tensor, const LayerSpec& layer, std::size_t index) {
        if (!is_present(tensor.when, spec_, layer)) return;
        if (is_of_cross(tensor.id) && !layer.cross) return;
        if (tensor.kind == TensorKind::bias && spec_.norm != NormKind::layer) return;
        std::string name(tensor.name);
        if (tensor.in_layer) name = "layers." + std::to_string(index) + "." + name;
        tensors.push_back({tensor.id, index, std::move(name), length(tensor.rows, spec_, layer),
                           length(tensor.columns, spec_, layer),
                           tensor.kind == TensorKind::matrix});
    }
    void add_layers() {
        for (std::size_t i = 0; i < spec_.layers.size(); ++i) {
            if (spec_.layers[i].shares) continue;
            for (const TensorInfo& tensor : kTensors) {
                if (tensor.in_layer) add(tensor, spec_.layers[i], i);
            }
        }
    }

    std::vector<ExpectedTensor> tensors;

  private:
    const ModelSpec& spec_;
};

}  // namespace

std::optional<TensorId> biased(TensorId id) noexcept {
    constexpr std::string_view kBias = "_bias";
    std::string_view name = info(id).name;
    if (!name.ends_with(kBias)) return std::nullopt;
    name.remove_suffix(kBias.size());
    const auto owner = std::ranges::find(kTensors, name, &TensorInfo::name);
    return owner == kTensors.end() ? std::nullopt : std::optional(owner->id);
}

bool has_norm_before(NormPlace place) noexcept {
    return place == NormPlace::before || place == NormPlace::around;
}

bool has_norm_after(NormPlace place) noexcept {
    return place != NormPlace::before;
}

std::vector<ExpectedTensor> expected_tensors(const ModelSpec& spec) {
    TensorList list(spec);
    for (const TensorInfo& tensor : kTensors) {
        if (!tensor.in_layer) {
            list.add(tensor, {}, 0);
        } else if (tensor.id == TensorId::attn_norm) {
            list.add_layers();  // all tensors of all layers
        }
    }
    for (const ModelSpec& encoder : spec.encoder) {
        for (ExpectedTensor& tensor : expected_tensors(encoder)) {
            tensor.name.insert(0, kEncoderPrefix);
            tensor.of_encoder = true;
            list.tensors.push_back(std::move(tensor));
        }
    }
    return std::move(list.tensors);
}

}  // namespace quire::spec
