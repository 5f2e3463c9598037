#include <cstring>

#include "lib/model/layer/blocks.h"

namespace quire::model {

namespace {

// Moves what is still to be read of the rows of `step` to the front. Begins and ends at a barrier.
void gather_rows(const Step& step) noexcept {
    Workspace& work = step.work;
    const auto move = [&](Buffer<float>& rows, std::size_t stride) {
        for (std::size_t i = 0; i < step.gathered_from.size() && stride > 0; ++i) {
            const std::size_t from = step.gathered_from[i];
            if (from == i) continue;
            std::memcpy(rows.at(i * stride), rows.at(from * stride), stride * sizeof(float));
        }
    };
    if (step.team.thread == 0) {
        move(work.x, step.model.spec.dim);
        move(work.qkv, work.qkv_stride);
        move(work.mix.products, work.mix.stride);
    }
    step.arrange_rows();
    step.wait();
}

// The feed-forward block, or the experts in its place.
void feed_forward(const Step& step, const LayerView& layer) noexcept {
    if (layer.spec.ffn_dim == 0) return;
    if (layer.spec.n_experts > 0) {
        mixture_of_experts(step, layer);
        return;
    }
    const LayerWeights& weights = layer.weights;
    normalize(step, weights.ffn_norm, step.encodings_for({&weights.gate, &weights.up}));
    gate_and_up(step, layer);
    project_down(step, layer);
}

// The rest of a layer whose feed-forward block reads rows and those before them: it computes all rows
// and only then leaves those of `rest`.
void shifted_layer(const Step& step, const Step& rest, const LayerView& layer) noexcept {
    project_mixed(step, layer);
    show_residual(step, layer.index, Moment::attended);
    normalize(step, layer.weights.ffn_norm, {.f32 = true, .int8 = false});
    shift_ffn_input(step, layer);
    gate_and_up(step, layer);
    project_down(step, layer);
    show_residual(step, layer.index, Moment::finished);
    if (rest.gathered_from.empty()) return;
    step.wait();
    gather_rows(rest);
}

}  // namespace

void show_residual(const Step& step, std::size_t layer, Moment moment) noexcept {
    Watcher* const watcher = step.control.watcher;
    if (watcher == nullptr) return;
    step.wait();
    if (step.team.thread == 0) {
        const std::size_t dim = step.model.spec.dim;
        watcher->see_residual(layer, moment, {step.work.x.data(), dim, step.n_rows, 0});
    }
    step.wait();
}

void transformer_layer(const Step& step, const Step& rest, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    const bool attention = layer.spec.n_heads > 0;
    const bool recurrent = layer.spec.recurrence != spec::Recurrence::none;
    if (attention || (recurrent && !layer.spec.reads_embed)) {
        normalize(step, weights.attn_norm, attention_encodings(step, layer));
    }
    if (recurrent) advance_state(step, layer);
    if (attention) {
        compress(step, layer);
        project_qkv(step, layer);
        adjust_qkv(step, layer);
        rotate_and_store(step, layer);
    }
    if (!attention && !recurrent) step.wait();

    if (step.state.last_layer <= layer.index) return;
    if (layer.spec.ffn_shift) return shifted_layer(step, rest, layer);
    if (rest.n_rows == 0) return;
    if (!rest.gathered_from.empty()) gather_rows(rest);

    if (recurrent) project_mixed(rest, layer);
    if (attention) {
        if (recurrent) rest.wait();  // others may still read their rows of `mixed`
        attend(rest, layer, Keys::own);
        show_attention(rest, layer);
        project_attention(rest, layer);
    }
    if (!layer.spec.parallel) show_residual(rest, layer.index, Moment::attended);
    if (layer.spec.cross) attend_to_source(rest, layer);
    feed_forward(rest, layer);
    if (layer.spec.ffn_dim > 0 && rest.model.spec.layer_embed_dim > 0) {
        add_layer_embedding(rest, layer);
    }
    show_residual(rest, layer.index, Moment::finished);
}

}  // namespace quire::model
