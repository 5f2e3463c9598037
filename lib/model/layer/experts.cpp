// The feed-forward block of a layer with experts: a router chooses a few experts for each token,
// each expert is a gated network, and their results are added, each times the router's weight. A
// shared block may follow.
// source: Jiang et al. 2024, "Mixtral of Experts".
//
// Tokens are sorted by expert, so that an expert's weights are read once for all of its tokens. The
// result of a token depends on no other token: its experts are added in ascending order.

#include <algorithm>
#include <cstring>

#include "lib/base/assert.h"
#include "lib/model/layer/blocks.h"
#include "lib/model/layer/gated_product.h"

namespace quire::model {

namespace {

// One expert's rows of a matrix that holds the rows of all experts, one expert after the other.
Matrix expert_part(const Matrix& all, std::size_t expert, std::size_t n_experts) noexcept {
    const std::size_t bytes = all.data.size() / n_experts;  // NOLINT: there is an expert
    return {all.dtype, all.rows / n_experts, all.columns, all.data.subspan(expert * bytes, bytes)};
}

// One expert's n values of a vector that holds those of all; null: none.
const float* part_of(const float* all, std::size_t expert, std::size_t n) noexcept {
    return all == nullptr ? nullptr : all + expert * n;
}

// Gives every (row, expert) its slot. The slots of each expert are row blocks of their own.
void sort_slots(const Step& step, const spec::LayerSpec& spec) noexcept {
    ExpertRows& experts = step.work.experts;
    const std::size_t n = step.n_rows * spec.n_experts_used;
    std::uint32_t* begins = experts.begins.data();
    std::fill_n(begins, spec.n_experts + 1, 0U);
    for (std::size_t i = 0; i < n; ++i) ++begins[*experts.chosen.at(i) + 1];
    for (std::size_t e = 0; e < spec.n_experts; ++e) begins[e + 1] += begins[e];
    for (std::size_t i = 0; i < n; ++i) *experts.slots.at(i) = begins[*experts.chosen.at(i)]++;
    // Each begin has advanced to that of the next expert: move them back.
    for (std::size_t e = spec.n_experts; e > 0; --e) begins[e] = begins[e - 1];
    begins[0] = 0;
    for (std::size_t e = 0; e < spec.n_experts; ++e) {
        experts.in.arrange(begins[e], begins[e + 1]);
        experts.gated.arrange(begins[e], begins[e + 1]);
    }
}

// The rows of normed go to their slots.
void gather_slots(const Step& step, const LayerView& layer) noexcept {
    ExpertRows& experts = step.work.experts;
    const std::size_t n = layer.weights.up.columns;
    ActivationRows& from = layer.spec.expert_dim > 0 ? experts.latent : step.work.normed;
    const std::size_t n_used = layer.spec.n_experts_used;
    const bool with_codes = is_block(layer.weights.gate) || is_block(layer.weights.up);
    const base::Range mine = base::share(step.team, step.n_rows * n_used);
    for (std::size_t i = mine.begin; i < mine.end; ++i) {
        const std::size_t slot = *experts.slots.at(i);
        std::memcpy(experts.in.row(slot), from.row(i / n_used), from.stride * sizeof(float));
        if (layer.spec.weighs_inputs) {
            step.model.kernels->scale(experts.in.row(slot), *experts.shares.at(i), n);
        }
        if (with_codes) experts.in.quantize(*step.model.kernels, slot, {0, n});
    }
}

base::Range slots_of(const Step& step, std::size_t expert) noexcept {
    ExpertRows& experts = step.work.experts;
    return {*experts.begins.at(expert), *experts.begins.at(expert + 1)};
}

GatedProduct product_of(const Step& step, const LayerView& layer, std::size_t expert) noexcept {
    const LayerWeights& weights = layer.weights;
    ExpertRows& experts = step.work.experts;
    const bool makes_codes = is_block(weights.down);
    return {
        .spec = layer.spec,
        .gate = expert_part(weights.gate, expert, layer.spec.n_experts),
        .up = expert_part(weights.up, expert, layer.spec.n_experts),
        .gate_bias = part_of(weights.gate_bias, expert, layer.spec.ffn_dim),
        .up_bias = part_of(weights.up_bias, expert, layer.spec.ffn_dim),
        .in = experts.in,
        .out = experts.gated,
        .up_rows = experts.up,
        .observer = nullptr,
        .makes_values = !makes_codes || step.control.split != nullptr,
        .makes_codes = makes_codes,
    };
}

// The gated products of all slots.
void gate_and_up_experts(const Step& step, const LayerView& layer) noexcept {
    for (std::size_t expert = 0; expert < layer.spec.n_experts; ++expert) {
        const GatedProduct product = product_of(step, layer, expert);
        const std::size_t n = n_panels(product.up);
        compute_gated(step, product, slots_of(step, expert),
                      panels_of_pairs(step.columns((n + 1) / 2), n));
    }
    step.wait();
    exchange_gated(step, product_of(step, layer, 0), step.n_rows * layer.spec.n_experts_used);
    step.record(Operation::gate_up);
}

// experts.out = the down matrix of each slot's expert times the slot.
void project_down_experts(const Step& step, const LayerView& layer) noexcept {
    ExpertRows& experts = step.work.experts;
    const std::size_t stride = step.work.projected_stride;
    for (std::size_t expert = 0; expert < layer.spec.n_experts; ++expert) {
        const base::Range slots = slots_of(step, expert);
        if (slots.begin == slots.end) continue;
        const Matrix down = expert_part(layer.weights.down, expert, layer.spec.n_experts);
        const OutputRows out{experts.out.at(slots.begin * stride), stride};
        const base::Range panels = step.columns(n_panels(down));
        multiply(*step.model.kernels, out, {down, panels, experts.gated, slots});
        add_bias(*step.model.kernels, out, part_of(layer.weights.down_bias, expert, down.rows),
                 slots.end - slots.begin, columns_of(panels, down.rows));
    }
}

// out = the sum of a row's experts, each times its weight, in the given columns.
void combine(const Step& step, const spec::LayerSpec& spec, const OutputRows& out,
             base::Range columns) noexcept {
    ExpertRows& experts = step.work.experts;
    const std::size_t stride = step.work.projected_stride;
    const std::size_t n = columns.end - columns.begin;
    for (std::size_t row = 0; row < step.n_rows; ++row) {
        float* sum = out.data + row * out.stride + columns.begin;
        std::fill_n(sum, n, 0.0F);
        for (std::size_t k = 0; k < spec.n_experts_used; ++k) {
            const std::size_t i = row * spec.n_experts_used + k;
            const float* part = experts.out.at(*experts.slots.at(i) * stride + columns.begin);
            const float share = spec.weighs_inputs ? 1.0F : *experts.shares.at(i);
            step.model.kernels->add_scaled(sum, part, share, n);
        }
    }
}

// projected += the result of the shared block, in the given columns.
void add_shared(const Step& step, const spec::LayerSpec& spec, base::Range columns) noexcept {
    if (spec.shared_dim == 0 || spec.expert_norms) return;
    ExpertRows& experts = step.work.experts;
    const std::size_t stride = step.work.projected_stride;
    const std::size_t n = columns.end - columns.begin;
    for (std::size_t row = 0; row < step.n_rows; ++row) {
        float* sum = step.work.projected.at(row * stride + columns.begin);
        const float* part = experts.shared.at(row * stride + columns.begin);
        const float* share = experts.shared_shares.at(row * tensor::kPanelRows);
        step.model.kernels->add_scaled(sum, part, spec.shared_gate ? *share : 1.0F, n);
    }
}

// experts.latent = what experts read of each row. Ends at a barrier.
void compress_input(const Step& step, const LayerView& layer) noexcept {
    ActivationRows& latent = step.work.experts.latent;
    const Matrix& matrix = layer.weights.experts_in;
    step.multiply({latent.values.data(), latent.stride},
                  {matrix, step.columns(n_panels(matrix)), step.work.normed, {0, step.n_rows}});
    step.wait();
    step.exchange(
        {latent.values.data(), latent.stride, step.n_rows, matrix.rows, tensor::kPanelRows});
}

// projected = what brings the sum of a row's experts back to the width of x, in the columns of `panels`.
// Begins with the sums of this thread's columns.
void expand_sum(const Step& step, const LayerView& layer, base::Range panels) noexcept {
    ActivationRows& latent = step.work.experts.latent;
    const Matrix& matrix = layer.weights.experts_out;
    const std::size_t n = matrix.columns;
    const base::Range columns = columns_of(step.columns(panels_of(n)), n);
    combine(step, layer.spec, {latent.values.data(), latent.stride}, columns);
    step.wait();
    step.exchange({latent.values.data(), latent.stride, step.n_rows, n, tensor::kPanelRows});
    if (step.team.thread == 0) latent.arrange(step.n_rows);
    step.wait();
    const base::Range mine = step.rows();
    for (std::size_t row = mine.begin; row < mine.end && is_block(matrix); ++row) {
        latent.quantize(*step.model.kernels, row, {0, n});
    }
    step.wait();
    step.multiply({step.work.projected.data(), step.work.projected_stride},
                  {matrix, panels, latent, {0, step.n_rows}});
}

// projected = norm(projected) + norm(experts.shared). Begins and ends at a barrier.
void join_with_norms(const Step& step, const LayerView& layer) noexcept {
    Workspace& work = step.work;
    const std::size_t dim = step.model.spec.dim;
    const std::size_t stride = work.projected_stride;
    step.wait();
    for (float* rows : {work.projected.data(), work.experts.shared.data()}) {
        step.exchange({rows, stride, step.n_rows, dim, tensor::kPanelRows});
    }
    const base::Range mine = step.rows();
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        float* sum = work.projected.at(row * stride);
        float* shared = work.experts.shared.at(row * stride);
        apply_norm(step.model, sum, sum, layer.weights.experts_post_norm);
        apply_norm(step.model, shared, shared, layer.weights.shared_post_norm);
        step.model.kernels->add(sum, shared, dim);
    }
    step.wait();
}

}  // namespace

void mixture_of_experts(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    const bool norms = layer.spec.expert_norms;
    const Encodings encodings =
        norms ? step.encodings_for({&weights.router})
              : step.encodings_for({&weights.router, &weights.experts_in, &weights.shared_router,
                                    &weights.shared_gate, &weights.shared_up});
    normalize(step, norms ? weights.router_norm : weights.ffn_norm, {true, encodings.int8});
    step.wait();
    route(step, layer);
    if (step.team.thread == 0) sort_slots(step, layer.spec);
    step.wait();
    if (norms) {
        normalize(step, weights.experts_norm, {true, false});
        step.wait();
    }
    if (layer.spec.expert_dim > 0) compress_input(step, layer);
    gather_slots(step, layer);
    step.wait();
    gate_and_up_experts(step, layer);
    project_down_experts(step, layer);
    if (layer.spec.shared_dim > 0) shared_expert(step, layer);
    // Each of these matrices has as many panels, so a thread combines the columns that it computed.
    const base::Range panels = step.columns(panels_of(step.model.spec.dim));
    const base::Range columns = columns_of(panels, step.model.spec.dim);
    if (layer.spec.expert_dim > 0) {
        expand_sum(step, layer, panels);
    } else {
        combine(step, layer.spec, {step.work.projected.data(), step.work.projected_stride},
                columns);
    }
    add_shared(step, layer.spec, columns);
    if (norms) join_with_norms(step, layer);
    add_to_residual(step, {{0, step.n_rows}, panels, false}, step.work.projected.data(),
                    {layer.spec.norm_place, weights.ffn_post_norm, nullptr, false,
                     scale_after_ffn(step, layer)});
    step.record(Operation::down);
}

}  // namespace quire::model
