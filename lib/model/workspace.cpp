#include "lib/model/workspace.h"

#include <algorithm>

#include "lib/base/bytes.h"
#include "lib/model/attention.h"
#include "lib/tensor/panel.h"

namespace quire::model {

ActRows::ActRows(std::size_t n_rows, std::size_t n_columns)
    : columns(n_columns),
      stride(base::align_up(n_columns, kernels::kActBlock)),
      values(n_rows * stride),
      codes(n_rows * stride),
      blocks(n_rows * stride / kernels::kActBlock),
      slab_of(n_rows) {
    arrange(n_rows);
}

void ActRows::arrange(std::size_t n_rows) noexcept {
    arrange(0, n_rows);
}

void ActRows::arrange(std::size_t begin, std::size_t end) noexcept {
    for (std::size_t row = begin; row < end; ++row) {
        const std::size_t first = row - (row - begin) % kernels::kSlab;
        slab_of[row] = {first, std::min(kernels::kSlab, end - first)};
    }
}

kernels::Activations ActRows::slab(std::size_t first) noexcept {
    return {values.at(first * stride), stride, codes.at(first * stride),
            blocks.at(first * stride / kernels::kActBlock), slab_of[first].n_rows};
}

void ActRows::quantize(const kernels::KernelTable& table, std::size_t row_index, std::size_t begin,
                       const float* x, std::size_t n) noexcept {
    const Slab slab = slab_of[row_index];
    const std::size_t block = slab.first * stride / kernels::kActBlock +
                              begin / kernels::kActBlock * slab.n_rows + row_index - slab.first;
    table.quantize(codes.at(block * kernels::kActBlock), blocks.at(block), x,
                   base::align_up(n, kernels::kActBlock), slab.n_rows);
}

ExpertRows::ExpertRows(const spec::ModelSpec& spec, std::size_t n_rows) {
    std::size_t n_experts = 0;
    std::size_t n_used = 0;
    std::size_t ffn_dim = 0;
    for (const spec::LayerSpec& layer : spec.layers) {
        if (layer.n_experts == 0) continue;
        n_experts = std::max<std::size_t>(n_experts, layer.n_experts);
        n_used = std::max<std::size_t>(n_used, layer.n_experts_used);
        ffn_dim = std::max<std::size_t>(ffn_dim, layer.ffn_dim);
    }
    if (n_experts == 0) return;
    const std::size_t n_slots = n_rows * n_used;
    score_stride = base::align_up(n_experts, tensor::kPanelRows);
    scores = Buffer<float>(n_rows * score_stride);
    chosen = Buffer<std::uint32_t>(n_slots);
    shares = Buffer<float>(n_slots);
    slots = Buffer<std::uint32_t>(n_slots);
    begins = Buffer<std::uint32_t>(n_experts + 1);
    in = ActRows(n_slots, spec.dim);
    gated = ActRows(n_slots, ffn_dim);
    up = Buffer<float>(n_slots * gated.stride);
    out = Buffer<float>(n_slots * base::align_up(spec.dim, tensor::kPanelRows));
}

std::size_t ExpertRows::bytes() const noexcept {
    return scores.bytes() + chosen.bytes() + shares.bytes() + slots.bytes() + begins.bytes() +
           in.bytes() + gated.bytes() + up.bytes() + out.bytes();
}

Workspace::Workspace(const spec::ModelSpec& spec, std::size_t rows, int n_threads)
    : n_rows(rows),
      x(rows * spec.dim),
      normed(rows, spec.dim),
      qkv_stride(0),
      projected_stride(base::align_up(spec.dim, tensor::kPanelRows)),
      rope_pairs(spec::n_rope_pairs(spec)),
      experts(spec, rows) {
    std::size_t q_dim = 0;
    std::size_t ffn_dim = 0;
    std::size_t scratch = 0;
    bool parallel = false;
    for (const spec::LayerSpec& layer : spec.layers) {
        q_dim = std::max(q_dim, std::size_t{layer.n_heads} * layer.head_dim);
        qkv_stride = std::max(qkv_stride, QkvColumns(layer).stride);
        if (layer.n_experts == 0) ffn_dim = std::max<std::size_t>(ffn_dim, layer.ffn_dim);
        parallel = parallel || layer.parallel;
        scratch = std::max(scratch, kernels::attention_scratch(layer.head_dim));
    }
    qkv = Buffer<float>(rows * qkv_stride);
    mixed = ActRows(rows, q_dim);
    gated = ActRows(rows, ffn_dim);
    up = Buffer<float>(rows * gated.stride);
    projected = Buffer<float>(rows * projected_stride);
    if (parallel) deferred = Buffer<float>(rows * projected_stride);
    cos = Buffer<float>(rows * rope_pairs);
    sin = Buffer<float>(rows * rope_pairs);
    for (int t = 0; t < n_threads; ++t) {
        attention.emplace_back(scratch);
        ffn_tiles.emplace_back(2 * kernels::kSlab * kFfnTileStride);
    }
}

std::size_t Workspace::bytes() const noexcept {
    std::size_t sum = x.bytes() + normed.bytes() + qkv.bytes() + mixed.bytes() + gated.bytes() +
                      up.bytes() + projected.bytes() + deferred.bytes() + cos.bytes() +
                      sin.bytes() + experts.bytes() + last.bytes() + partials.bytes();
    for (const Buffer<float>& scratch : attention) sum += scratch.bytes();
    for (const Buffer<float>& tile : ffn_tiles) sum += tile.bytes();
    return sum;
}

void Workspace::observe(const InputObserver& observer) noexcept {
    for (ActRows* rows : {&normed, &mixed, &gated}) rows->observer = &observer;
}

}  // namespace quire::model
