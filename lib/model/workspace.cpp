#include "lib/model/workspace.h"

#include <algorithm>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"

namespace quire::model {

QkvColumns::QkvColumns(const spec::ModelSpec& spec, const spec::LayerSpec& layer) {
    const auto padded = [](std::size_t n_heads, std::size_t width) {
        return base::align_up(n_heads * width, tensor::kPanelRows);
    };
    const std::size_t v_dim = spec::value_dim(layer);
    const std::size_t n_kv = layer.kv_layer ? 0 : layer.n_kv_heads;
    k = padded(layer.n_heads, layer.head_dim);
    v = k + padded(n_kv, spec::own_key_dim(spec, layer));
    gate = v + padded(n_kv, v_dim);
    n_projected = gate;
    if (layer.attn_gate != spec::AttnGate::none) n_projected += padded(layer.n_heads, v_dim);
    keys = k;
    k_rope = stride = n_projected;
    if (layer.kv_rank == 0) return;
    keys = k_rope + padded(1, layer.head_dim);
    stride = keys + padded(n_kv, layer.head_dim);
}

MixColumns::MixColumns(const spec::ModelSpec& spec, const spec::LayerSpec& layer) {
    const spec::RecurrentDims dims = spec::recurrent_dims(spec, layer);
    const auto padded = [](std::size_t n) { return base::align_up(n, tensor::kPanelRows); };
    const bool memory = layer.state_heads > 0;
    const bool time_mix = layer.recurrence == spec::Recurrence::time_mix;
    const std::size_t n_decays = padded(time_mix ? dims.out : layer.state_heads);
    gate = padded(dims.in);
    decay = gate + (memory ? padded(dims.out) : 0);
    gain = decay + n_decays;
    unit = gain + n_decays;
    read = unit + (time_mix ? n_decays : 0);
    stride = read + (time_mix ? n_decays : 0);
}

MixRows::MixRows(const spec::ModelSpec& spec, std::size_t n_rows, int n_threads) {
    std::size_t key_dim = 0;
    for (const spec::LayerSpec& layer : spec.layers) {
        stride = std::max(stride, MixColumns(spec, layer).stride);
        key_dim = std::max<std::size_t>(key_dim, layer.state_key_dim);
    }
    if (stride == 0) return;
    stride = base::align_up(stride, tensor::kPanelRows);
    if (stride / tensor::kPanelRows % 2 == 0) stride += tensor::kPanelRows;
    products = Buffer<float>(n_rows * stride);
    for (int t = 0; t < n_threads; ++t) scratch.emplace_back(2 * (kScanTokens + 1) * key_dim);
    make_room_for_shifts(spec, n_rows);
    make_room_for_cells(spec, n_rows);
}

void MixRows::make_room_for_cells(const spec::ModelSpec& spec, std::size_t n_rows) {
    const bool any = std::ranges::any_of(spec.layers, spec::has_cells);
    if (!any) return;
    before = ActivationRows(n_rows, spec.dim);
    of_state = Buffer<float>(n_rows * stride);
    std::size_t n_cells = 0;
    for (const spec::LayerSpec& layer : spec.layers) {
        if (spec::projects_cells(spec, layer)) {
            n_cells = std::max<std::size_t>(n_cells, layer.n_cells);
        }
    }
    if (n_cells > 0) cells = ActivationRows(n_rows, n_cells);
}

void MixRows::make_room_for_shifts(const spec::ModelSpec& spec, std::size_t n_rows) {
    std::array<std::size_t, 4> ranks = {};
    std::size_t n_values = 0;
    for (const spec::LayerSpec& layer : spec.layers) {
        if (layer.recurrence != spec::Recurrence::time_mix) continue;
        const std::array<std::size_t, 4> of_layer = {layer.decay_rank, layer.gain_rank,
                                                     layer.gate_rank, layer.value_rank};
        for (std::size_t i = 0; i < ranks.size(); ++i) ranks[i] = std::max(ranks[i], of_layer[i]);
        n_values = std::max<std::size_t>(n_values, spec::recurrent_dims(spec, layer).out);
    }
    if (n_values == 0) return;
    for (ActivationRows& rows : shifted) rows = ActivationRows(n_rows, spec.dim);
    for (std::size_t i = 0; i < ranks.size(); ++i) latent[i] = ActivationRows(n_rows, ranks[i]);
    first_values = Buffer<float>(n_rows * n_values);
}

std::size_t MixRows::bytes() const noexcept {
    std::size_t sum = products.bytes();
    for (const Buffer<float>& one : scratch) sum += one.bytes();
    for (const ActivationRows& rows : shifted) sum += rows.bytes();
    for (const ActivationRows& rows : latent) sum += rows.bytes();
    return sum + first_values.bytes() + before.bytes() + cells.bytes() + of_state.bytes();
}

ExpertRows::ExpertRows(const spec::ModelSpec& spec, std::size_t n_rows) {
    std::size_t n_experts = 0;
    std::size_t n_used = 0;
    std::size_t ffn_dim = 0;
    std::size_t latent_dim = 0;
    bool has_shared = false;
    for (const spec::LayerSpec& layer : spec.layers) {
        if (layer.n_experts == 0) continue;
        has_shared = has_shared || layer.shared_dim > 0;
        n_experts = std::max<std::size_t>(n_experts, layer.n_experts);
        n_used = std::max<std::size_t>(n_used, layer.n_experts_used);
        ffn_dim = std::max<std::size_t>(ffn_dim, layer.ffn_dim);
        latent_dim = std::max<std::size_t>(latent_dim, layer.expert_dim);
    }
    if (n_experts == 0) return;
    if (latent_dim > 0) latent = ActivationRows(n_rows, latent_dim);
    const std::size_t n_slots = n_rows * n_used;
    score_stride = base::align_up(n_experts, tensor::kPanelRows);
    scores = Buffer<float>(n_rows * score_stride);
    choice = Buffer<float>(n_rows * 2 * score_stride);
    chosen = Buffer<std::uint32_t>(n_slots);
    shares = Buffer<float>(n_slots);
    slots = Buffer<std::uint32_t>(n_slots);
    begins = Buffer<std::uint32_t>(n_experts + 1);
    in = ActivationRows(n_slots, spec.dim);
    gated = ActivationRows(n_slots, ffn_dim);
    up = Buffer<float>(n_slots * gated.stride);
    const std::size_t stride = base::align_up(spec.dim, tensor::kPanelRows);
    out = Buffer<float>(n_slots * stride);
    if (!has_shared) return;
    shared = Buffer<float>(n_rows * stride);
    shared_shares = Buffer<float>(n_rows * tensor::kPanelRows);
}

std::size_t ExpertRows::bytes() const noexcept {
    return scores.bytes() + choice.bytes() + shared.bytes() + shared_shares.bytes() +
           chosen.bytes() + shares.bytes() + slots.bytes() + begins.bytes() + latent.bytes() +
           in.bytes() + gated.bytes() + up.bytes() + out.bytes();
}

Workspace::Workspace(const spec::ModelSpec& spec, std::size_t rows, int n_threads)
    : n_rows(rows),
      x(rows * spec.dim),
      embedded(spec.embed_dim > 0 ? rows : 0, spec.embed_dim),
      normed(rows, spec.dim),
      qkv_stride(0),
      mix(spec, rows, n_threads),
      projected_stride(base::align_up(spec.dim, tensor::kPanelRows)),
      rope_pairs(spec::n_rope_pairs(spec)),
      experts(spec, rows) {
    QUIRE_ASSERT(rows >= 1 && n_threads >= 1);
    std::size_t mixed_dim = 0;
    std::size_t q_rank = 0;
    std::size_t kv_rank = 0;
    std::size_t ffn_dim = 0;
    std::size_t scratch = 0;
    bool parallel = false;
    for (const spec::LayerSpec& layer : spec.layers) {
        mixed_dim = std::max(mixed_dim, std::size_t{layer.n_heads} * spec::value_dim(layer));
        mixed_dim = std::max<std::size_t>(mixed_dim, spec::recurrent_dims(spec, layer).out);
        qkv_stride = std::max(qkv_stride, QkvColumns(spec, layer).stride);
        q_rank = std::max<std::size_t>(q_rank, layer.q_rank);
        kv_rank = std::max<std::size_t>(kv_rank, layer.kv_rank);
        ffn_dim =
            std::max<std::size_t>(ffn_dim, layer.n_experts == 0 ? layer.ffn_dim : layer.shared_dim);
        ffn_dim = std::max<std::size_t>(ffn_dim, spec.layer_embed_dim);
        parallel = parallel || layer.parallel;
        scratch = std::max(scratch, kernels::attention_scratch(spec::value_dim(layer)));
    }
    qkv = Buffer<float>(rows * qkv_stride);
    mixed = ActivationRows(rows, mixed_dim);
    if (q_rank > 0) q_latent = ActivationRows(rows, q_rank);
    if (kv_rank > 0) kv_latent = ActivationRows(rows, kv_rank);
    gated = ActivationRows(rows, ffn_dim);
    up = Buffer<float>(rows * gated.stride);
    projected = Buffer<float>(rows * projected_stride);
    if (parallel) deferred = Buffer<float>(rows * projected_stride);
    if (spec.layer_embed_dim > 0) {
        layer_embed_stride =
            base::align_up(spec.layers.size() * spec.layer_embed_dim, tensor::kPanelRows);
        layer_embeds = Buffer<float>(rows * layer_embed_stride);
    }
    cos = Buffer<float>(rows * rope_pairs);
    sin = Buffer<float>(rows * rope_pairs);
    for (int t = 0; t < n_threads; ++t) {
        attention_scratch.emplace_back(scratch);
        ffn_tiles.emplace_back(2 * kernels::kRowBlock * kFfnTileStride);
    }
}

void Workspace::run_threads(int n_most, const std::function<void(const base::Team&)>& body) {
    if (n_most == 1) return base::run_team(1, body);
    team_size.add(base::run_timed_team(team_size.choose(n_most), body));
}

std::size_t Workspace::bytes() const noexcept {
    std::size_t sum = x.bytes() + embedded.bytes() + normed.bytes() + q_latent.bytes() +
                      kv_latent.bytes() + qkv.bytes() + mixed.bytes() + gated.bytes() + up.bytes() +
                      projected.bytes() + deferred.bytes() + cos.bytes() + sin.bytes() +
                      experts.bytes() + mix.bytes() + layer_embeds.bytes() + final_normed.bytes() +
                      partials.bytes();
    for (const Buffer<float>& scratch : attention_scratch) sum += scratch.bytes();
    for (const Buffer<float>& tile : ffn_tiles) sum += tile.bytes();
    return sum;
}

}  // namespace quire::model
