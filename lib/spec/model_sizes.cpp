// The sizes that follow from a spec.
#include "lib/spec/model_spec.h"

namespace quire::spec {

std::uint32_t embed_dim(const ModelSpec& spec) noexcept {
    return spec.embed_dim != 0 ? spec.embed_dim : spec.dim;
}

bool has_narrow_embed(const ModelSpec& spec) noexcept {
    return spec.embed_dim > 0 && (spec.layers.empty() || !spec.layers.front().reads_embed);
}

std::uint32_t vector_dim(const ModelSpec& spec) noexcept {
    return spec.tail.empty() ? spec.dim : spec.tail.back().dim;
}

RecurrentDims recurrent_dims(const ModelSpec& spec, const LayerSpec& layer) noexcept {
    const std::uint64_t keys = std::uint64_t{layer.state_key_heads} * layer.state_key_dim;
    const std::uint64_t values = std::uint64_t{layer.state_heads} * layer.state_value_dim;
    switch (layer.recurrence) {
        case Recurrence::none:
            break;
        case Recurrence::short_conv:
            return {spec.dim, 3 * std::uint64_t{spec.dim}, 0, spec.dim};
        case Recurrence::delta_net:
        case Recurrence::mamba2:
            return {2 * keys + values, 2 * keys + values, keys, values};
        case Recurrence::time_mix:
            return {0, 2 * keys + values, keys, values};
        case Recurrence::rnn:
            return {0, layer.n_cells, 0, layer.n_cells};
        case Recurrence::gru:
            return {0, 3 * std::uint64_t{layer.n_cells}, 0, layer.n_cells};
        case Recurrence::lstm:
            return {0, 4 * std::uint64_t{layer.n_cells}, 0, layer.n_cells};
    }
    return {};
}

bool has_cells(const LayerSpec& layer) noexcept {
    return layer.recurrence == Recurrence::rnn || layer.recurrence == Recurrence::gru ||
           layer.recurrence == Recurrence::lstm;
}

std::uint64_t shift_floats(const ModelSpec& spec, const LayerSpec& layer) noexcept {
    if (layer.recurrence == Recurrence::time_mix || has_cells(layer)) return spec.dim;
    return (layer.conv_width - 1) * recurrent_dims(spec, layer).channels;
}

std::uint64_t memory_floats(const LayerSpec& layer) noexcept {
    if (layer.recurrence == Recurrence::lstm) return layer.n_cells;
    return std::uint64_t{layer.state_heads} * layer.state_key_dim * layer.state_value_dim;
}

std::uint64_t state_floats(const ModelSpec& spec) noexcept {
    std::uint64_t sum = 0;
    for (const LayerSpec& layer : spec.layers) {
        if (layer.recurrence == Recurrence::none) continue;
        sum += shift_floats(spec, layer) + memory_floats(layer) + (layer.ffn_shift ? spec.dim : 0);
    }
    return sum;
}

std::uint32_t own_key_dim(const ModelSpec& spec, const LayerSpec& layer) noexcept {
    return layer.kv_rank == 0 ? layer.head_dim : layer.head_dim - spec.ropes[*layer.rope].dim;
}

std::size_t rope_offset(const ModelSpec& spec, std::uint32_t rope) noexcept {
    std::size_t offset = 0;
    for (std::size_t i = 0; i < rope && i < spec.ropes.size(); ++i) {
        offset += spec.ropes[i].dim / 2;
    }
    return offset;
}

std::uint64_t n_growths(const ModelSpec& spec) noexcept {
    return spec.growth_positions == 0 ? 0 : growth_at(spec, spec.context_length - 1) + 1;
}

std::size_t n_rope_pairs(const ModelSpec& spec) noexcept {
    return rope_offset(spec, static_cast<std::uint32_t>(spec.ropes.size()));
}

}  // namespace quire::spec
