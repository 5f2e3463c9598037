// The feed-forward block of a layer with several experts: a router names a few for every token,
// each is a gated block, and their results are added with the router's weights. source: Jiang et
// al. 2024, "Mixtral of Experts".
//
// Tokens are sorted by expert, so that an expert's weights are read once for all of its tokens.
// What a token gets depends on no other token: its experts are added in ascending order.

#include <algorithm>
#include <cstring>

#include "lib/model/linear.h"
#include "lib/model/step.h"
#include "lib/tensor/panel.h"

namespace quire::model {

namespace {

// One expert's part of a matrix that holds them one below the other.
Matrix expert_part(const Matrix& all, std::size_t expert, std::size_t n_experts) noexcept {
    const std::size_t bytes = all.data.size() / n_experts;
    return {all.dtype, all.rows / n_experts, all.columns, all.data.subspan(expert * bytes, bytes)};
}

// The likeliest experts of one row and their weights; of equal ones the lower.
void choose(const Step& step, const spec::LayerSpec& spec, std::size_t row) noexcept {
    ExpertRows& experts = step.work.experts;
    float* scores = experts.scores.at(row * experts.score_stride);
    std::uint32_t* chosen = experts.chosen.at(row * spec.n_experts_used);
    float* shares = experts.shares.at(row * spec.n_experts_used);
    const float top = *std::max_element(scores, scores + spec.n_experts);
    step.model.kernels->exp_shifted(scores, scores, spec.n_experts, top);
    float all = 0.0F;
    for (std::size_t e = 0; e < spec.n_experts; ++e) all += scores[e];

    float sum = 0.0F;
    for (std::size_t k = 0; k < spec.n_experts_used; ++k) {
        std::uint32_t best = 0;
        for (std::uint32_t e = 1; e < spec.n_experts; ++e) {
            if (scores[e] > scores[best]) best = e;
        }
        sum += scores[best];
        // Ascending, by insertion: there are few.
        std::size_t at = k;
        for (; at > 0 && chosen[at - 1] > best; --at) {
            chosen[at] = chosen[at - 1];
            shares[at] = shares[at - 1];
        }
        chosen[at] = best;
        shares[at] = scores[best];
        scores[best] = -1.0F;
    }
    const float scale = spec.normalize_experts ? sum : all;
    for (std::size_t k = 0; k < spec.n_experts_used; ++k) shares[k] /= scale;
}

void route(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const Matrix& router = step.model.weights.layers[layer].router;
    ExpertRows& experts = step.work.experts;
    multiply(*step.model.kernels, experts.scores.data(), experts.score_stride, router,
             base::share(team, n_panels(router)), step.work.normed, 0, step.n_rows);
    team.wait();
    const base::Range mine = base::share(team, step.n_rows);
    for (std::size_t row = mine.begin; row < mine.end; ++row) choose(step, spec, row);
    team.wait();
}

// Gives every (row, expert) its slot; an expert's slots are slabs of their own.
void sort_slots(const Step& step, const spec::LayerSpec& spec) noexcept {
    ExpertRows& experts = step.work.experts;
    const std::size_t n = step.n_rows * spec.n_experts_used;
    std::uint32_t* begins = experts.begins.data();
    std::fill_n(begins, spec.n_experts + 1, 0U);
    for (std::size_t i = 0; i < n; ++i) ++begins[*experts.chosen.at(i) + 1];
    for (std::size_t e = 0; e < spec.n_experts; ++e) begins[e + 1] += begins[e];
    for (std::size_t i = 0; i < n; ++i) *experts.slots.at(i) = begins[*experts.chosen.at(i)]++;
    // Every begin has moved to the next expert's.
    for (std::size_t e = spec.n_experts; e > 0; --e) begins[e] = begins[e - 1];
    begins[0] = 0;
    for (std::size_t e = 0; e < spec.n_experts; ++e) {
        experts.in.arrange(begins[e], begins[e + 1]);
        experts.gated.arrange(begins[e], begins[e + 1]);
    }
}

void gather(const Step& step, const base::Team& team, const spec::LayerSpec& spec,
            bool with_codes) noexcept {
    ExpertRows& experts = step.work.experts;
    ActRows& from = step.work.normed;
    const base::Range mine = base::share(team, step.n_rows * spec.n_experts_used);
    for (std::size_t i = mine.begin; i < mine.end; ++i) {
        const std::size_t slot = *experts.slots.at(i);
        std::memcpy(experts.in.row(slot), from.row(i / spec.n_experts_used),
                    from.stride * sizeof(float));
        if (with_codes) experts.in.quantize(*step.model.kernels, slot, 0, from.columns);
    }
}

// Gate, up and their product for this thread's columns of one expert; as in ffn.cpp.
void gate_and_up(const Step& step, const base::Team& team, std::size_t layer,
                 std::size_t expert) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    const kernels::KernelTable& table = *step.model.kernels;
    ExpertRows& experts = step.work.experts;
    const std::size_t first = *experts.begins.at(expert);
    const std::size_t n = *experts.begins.at(expert + 1) - first;
    if (n == 0) return;
    const Matrix gate = expert_part(weights.gate, expert, spec.n_experts);
    const Matrix up = expert_part(weights.up, expert, spec.n_experts);
    const std::size_t panels = n_panels(up);
    const base::Range pairs = step.share_columns(team, (panels + 1) / 2);
    const base::Range mine{std::min(2 * pairs.begin, panels), std::min(2 * pairs.end, panels)};
    const base::Range columns = columns_of(mine, up.rows);
    if (columns.begin == columns.end) return;
    ActRows& gated = experts.gated;
    multiply(table, gated.row(first), gated.stride, gate, mine, experts.in, first, n);
    multiply(table, experts.up.at(first * gated.stride), gated.stride, up, mine, experts.in, first,
             n);
    for (std::size_t slot = first; slot < first + n; ++slot) {
        float* x = gated.row(slot) + columns.begin;
        table.gate[static_cast<std::size_t>(spec.activation)](
            x, x, experts.up.at(slot * gated.stride + columns.begin), columns.end - columns.begin);
        if (is_block(weights.down)) gated.quantize(table, slot, columns.begin, columns.end);
    }
}

// The others' part of the products of all slots, and codes for it.
void exchange_gated(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    if (step.work.split == nullptr) return;
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    ActRows& gated = step.work.experts.gated;
    const std::size_t n = weights.up.rows / spec.n_experts;
    const std::size_t n_slots = step.n_rows * spec.n_experts_used;
    step.exchange(team, {gated.values.data(), gated.stride, n_slots, (panels_of(n) + 1) / 2,
                         2 * kernels::kLanes16, n});
    if (!is_block(weights.down)) return;
    const base::Range slots = base::share(team, n_slots);
    for (std::size_t slot = slots.begin; slot < slots.end; ++slot) {
        gated.quantize(*step.model.kernels, slot, 0, n);
    }
    team.wait();
}

void project_down(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    ExpertRows& experts = step.work.experts;
    const std::size_t stride = step.work.projected_stride;
    for (std::size_t e = 0; e < spec.n_experts; ++e) {
        const std::size_t first = *experts.begins.at(e);
        const std::size_t n = *experts.begins.at(e + 1) - first;
        if (n == 0) continue;
        const Matrix down = expert_part(step.model.weights.layers[layer].down, e, spec.n_experts);
        multiply(*step.model.kernels, experts.out.at(first * stride), stride, down,
                 step.share_columns(team, n_panels(down)), experts.gated, first, n);
    }
}

// projected = the sum of a row's experts, each times its weight, for this thread's columns.
void combine(const Step& step, const spec::LayerSpec& spec, base::Range columns) noexcept {
    ExpertRows& experts = step.work.experts;
    const std::size_t stride = step.work.projected_stride;
    const std::size_t n = columns.end - columns.begin;
    for (std::size_t row = 0; row < step.n_rows; ++row) {
        float* sum = step.work.projected.at(row * stride + columns.begin);
        std::fill_n(sum, n, 0.0F);
        for (std::size_t k = 0; k < spec.n_experts_used; ++k) {
            const std::size_t i = row * spec.n_experts_used + k;
            const float* part = experts.out.at(*experts.slots.at(i) * stride + columns.begin);
            step.model.kernels->add_scaled(sum, part, *experts.shares.at(i), n);
        }
    }
}

}  // namespace

void expert_block(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    norm_rows(step, team, weights.ffn_norm, {true, is_block(weights.router)});
    team.wait();
    step.lap(team, Operation::norm);
    route(step, team, layer);
    if (team.thread == 0) sort_slots(step, spec);
    team.wait();
    gather(step, team, spec, is_block(weights.gate) || is_block(weights.up));
    team.wait();
    for (std::size_t e = 0; e < spec.n_experts; ++e) gate_and_up(step, team, layer, e);
    team.wait();
    exchange_gated(step, team, layer);
    step.lap(team, Operation::gate_up);
    project_down(step, team, layer);
    // A thread combines the columns it computed: the panels of every expert are dealt out alike.
    const std::size_t n_down = n_panels(expert_part(weights.down, 0, spec.n_experts));
    const base::Range panels = step.share_columns(team, n_down);
    combine(step, spec, columns_of(panels, step.model.spec.dim));
    join_residual(step, team, {{0, step.n_rows}, panels, false}, step.work.projected.data(),
                  {spec.norm_place, weights.ffn_post_norm, nullptr, false});
    step.lap(team, Operation::down);
}

}  // namespace quire::model
