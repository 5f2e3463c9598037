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

// Of a layer with a mixer: attention, or a recurrent block, or both.
bool is_in_mixer(When when, const ModelSpec& spec, const LayerSpec& layer) {
    const bool recurrent = layer.recurrence != Recurrence::none;
    const bool mixes = layer.n_heads > 0 || recurrent;
    switch (when) {
        case When::mix_norm_before:
            return mixes && layer.attn_norm && has_norm_before(layer.norm_place);
        case When::mix_norm_after:
            return mixes && has_norm_after(layer.norm_place);
        case When::recurrent:
            return recurrent;
        case When::mix_out:
            return recurrent && (!has_cells(layer) || projects_cells(spec, layer));
        case When::cells:
            return has_cells(layer);
        case When::cell_bias:
            return layer.cell_bias;
        case When::memory:
            return layer.state_heads > 0;
        case When::conv:
            return layer.conv_width > 0;
        case When::rates:
            return layer.recurrence == Recurrence::delta_net ||
                   layer.recurrence == Recurrence::mamba2;
        case When::gains:
            return layer.recurrence == Recurrence::delta_net ||
                   layer.recurrence == Recurrence::time_mix;
        case When::time_mix:
            return layer.recurrence == Recurrence::time_mix;
        case When::value_rank:
            return layer.value_rank > 0;
        case When::mamba2:
            return layer.recurrence == Recurrence::mamba2;
        case When::conv_bias:
            return layer.conv_bias;
        case When::state_norm:
            return layer.state_norm != StateNorm::none || layer.recurrence == Recurrence::time_mix;
        default:
            return false;
    }
}

// Of a layer with attention.
bool is_in_attention(When when, const LayerSpec& layer) {
    if (layer.n_heads == 0) return false;
    switch (when) {
        case When::attention:
            return true;
        case When::q_rank:
            return layer.q_rank > 0;
        case When::kv_rank:
            return layer.kv_rank > 0;
        case When::own_kv:
            return !layer.kv_layer;
        case When::qkv_bias:
            return layer.qkv_bias;
        case When::kv_bias:
            return layer.qkv_bias && !layer.kv_layer;
        case When::o_bias:
            return layer.o_bias;
        case When::qk_norm:
            return layer.qk_norm != QkNorm::none;
        case When::k_norm:
            return layer.qk_norm != QkNorm::none && !layer.kv_layer;
        case When::sinks:
            return layer.sinks;
        case When::slopes:
            return layer.slopes;
        case When::v_norm:
            return layer.v_norm && !layer.kv_layer;
        case When::attn_gate:
            return layer.attn_gate != AttnGate::none;
        case When::attn_bias:
            return layer.bias_distance > 0;
        default:
            return false;
    }
}

// Of a layer with a feed-forward block.
bool is_in_ffn(When when, const LayerSpec& layer) {
    if (layer.ffn_dim == 0) return false;
    switch (when) {
        case When::ffn:
            return true;
        case When::ffn_shift:
            return layer.ffn_shift;
        case When::ffn_norm_before:
            return has_norm_before(layer.norm_place);
        case When::ffn_norm_after:
            return has_norm_after(layer.norm_place);
        case When::experts:
            return layer.n_experts > 0;
        case When::expert_dim:
            return layer.expert_dim > 0;
        case When::router_bias:
            return layer.router_bias;
        case When::router_offsets:
            return layer.router_offsets;
        case When::expert_scales:
            return layer.expert_scales;
        case When::shared:
            return layer.shared_dim > 0;
        case When::shared_gated:
            return layer.shared_dim > 0 && layer.gated;
        case When::shared_gate:
            return layer.shared_gate;
        case When::expert_norms:
            return layer.expert_norms;
        case When::gated:
            return layer.gated;
        case When::ffn_bias:
            return layer.ffn_bias;
        case When::gate_bias:
            return layer.ffn_bias && layer.gated;
        case When::xielu:
            return layer.activation == Activation::xielu;
        default:
            return false;
    }
}

bool is_present(When when, const ModelSpec& spec, const LayerSpec& layer) {
    switch (when) {
        case When::always:
            return true;
        case When::own_embed:
            return !spec.shared_embed;
        case When::learned_positions:
            return spec.n_positions > 0;
        case When::second_kind:
            return spec.second_kind;
        case When::embed_norm:
            return spec.embed_norm;
        case When::narrow_embed:
            return has_narrow_embed(spec);
        case When::ropes:
            return !spec.ropes.empty();
        case When::layer_embed:
            return spec.layer_embed_dim > 0;
        case When::growth:
            return spec.growth_positions > 0;
        case When::scaled:
            return layer.scaled;
        case When::final_norm:
            return spec.final_norm;
        case When::own_output:
            return spec.output == OutputKind::own || spec.output == OutputKind::biased;
        case When::output_bias:
            return spec.output == OutputKind::biased || spec.output == OutputKind::tied_biased;
        default:
            return is_in_head(when, spec) || is_in_mixer(when, spec, layer) ||
                   is_in_attention(when, layer) || is_in_ffn(when, layer);
    }
}

std::uint64_t length_in_attention(Extent extent, const ModelSpec& spec, const LayerSpec& layer) {
    const std::uint64_t q_dim = std::uint64_t{layer.n_heads} * layer.head_dim;
    const std::uint64_t kv_dim = std::uint64_t{layer.n_kv_heads} * layer.head_dim;
    const bool norm_heads = layer.qk_norm != QkNorm::row;
    switch (extent) {
        case Extent::q_dim:
            return q_dim;
        case Extent::kv_dim:
            return kv_dim;
        case Extent::q_norm:
            return norm_heads ? layer.head_dim : q_dim;
        case Extent::k_norm:
            return norm_heads ? layer.head_dim : kv_dim;
        case Extent::attn_bias:
            return layer.n_heads * (2 * std::uint64_t{layer.bias_distance} + 1);
        case Extent::k_dim:
            return std::uint64_t{layer.n_kv_heads} * own_key_dim(spec, layer);
        case Extent::v_dim:
            return std::uint64_t{layer.n_kv_heads} * value_dim(layer);
        case Extent::o_dim:
            return std::uint64_t{layer.n_heads} * value_dim(layer);
        case Extent::q_rank:
            return layer.q_rank;
        case Extent::kv_rank:
            return layer.kv_rank;
        case Extent::q_in:
            return layer.q_rank == 0 ? spec.dim : layer.q_rank;
        case Extent::kv_in:
            return layer.kv_rank == 0 ? spec.dim : layer.kv_rank;
        case Extent::rope_dim:
            return layer.rope ? spec.ropes[*layer.rope].dim : 0;
        case Extent::value_dim:
            return value_dim(layer);
        case Extent::n_heads:
            return layer.n_heads;
        default:
            return 0;
    }
}

std::uint64_t length_in_mixer(Extent extent, const ModelSpec& spec, const LayerSpec& layer) {
    const RecurrentDims dims = recurrent_dims(spec, layer);
    const auto rank_or_dim = [&](std::uint32_t rank) { return rank == 0 ? spec.dim : rank; };
    switch (extent) {
        case Extent::mix_in:
            return layer.recurrence == Recurrence::time_mix ? dims.out : dims.in;
        case Extent::mix_from:
            return layer.reads_embed ? embed_dim(spec) : spec.dim;
        case Extent::mix_out:
            return dims.out;
        case Extent::conv:
            return layer.conv_width * dims.channels;
        case Extent::state_heads:
            return layer.state_heads;
        case Extent::conv_channels:
            return dims.channels;
        case Extent::state_norm:
            return layer.state_norm == StateNorm::head ? layer.state_value_dim : dims.out;
        case Extent::all_shifts:
            return 6 * std::uint64_t{spec.dim};
        case Extent::decays:
            return layer.recurrence == Recurrence::time_mix ? dims.out : layer.state_heads;
        case Extent::decay_rank:
            return layer.decay_rank;
        case Extent::gain_rank:
            return layer.gain_rank;
        case Extent::gate_rank:
            return layer.gate_rank;
        case Extent::value_rank:
            return layer.value_rank;
        case Extent::decay_in:
            return rank_or_dim(layer.decay_rank);
        case Extent::gain_in:
            return rank_or_dim(layer.gain_rank);
        case Extent::gate_in:
            return rank_or_dim(layer.gate_rank);
        default:
            return length_in_attention(extent, spec, layer);
    }
}

std::uint64_t length(Extent extent, const ModelSpec& spec, const LayerSpec& layer) {
    const std::uint64_t n_ffns = std::max(1U, layer.n_experts);
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
        case Extent::n_growths:
            return n_growths(spec);
        case Extent::layer_embed_dim:
            return spec.layer_embed_dim;
        case Extent::all_layer_embeds:
            return std::uint64_t{spec.layer_embed_dim} * spec.layers.size();
        case Extent::n_experts:
            return layer.n_experts;
        case Extent::ffn_dim:
            return layer.ffn_dim;
        case Extent::shared_dim:
            return layer.shared_dim;
        case Extent::curve:
            return 3;
        case Extent::all_ffn_dims:
            return n_ffns * layer.ffn_dim;
        case Extent::expert_dim:
            return layer.expert_dim;
        case Extent::ffn_in:
            return layer.expert_dim == 0 ? spec.dim : layer.expert_dim;
        case Extent::all_expert_dims:
            return n_ffns * (layer.expert_dim == 0 ? spec.dim : layer.expert_dim);
        case Extent::n_labels:
            return spec.classifier.labels.size();
        case Extent::first_tail_dim:
            return spec.tail.at(0).dim;
        case Extent::second_tail_dim:
            return spec.tail.at(1).dim;
        default:
            return length_in_mixer(extent, spec, layer);
    }
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
    if (spec.ngram_order > 0) return {};
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
