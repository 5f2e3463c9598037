#include "lib/model/attention.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "lib/base/bytes.h"
#include "lib/model/linear.h"
#include "lib/model/step.h"
#include "lib/tensor/panel.h"

namespace quire::model {

namespace {

// In place, over n values; of the model's kind, without bias.
void qk_norm(const Model& model, float* x, const float* weight, std::size_t n) noexcept {
    switch (model.spec.norm) {
        case spec::NormKind::rms:
            model.kernels->rms_norm(x, x, weight, n, model.spec.norm_eps);
            break;
        case spec::NormKind::layer:
            model.kernels->layer_norm(x, x, weight, nullptr, n, model.spec.norm_eps);
            break;
    }
}

// q, k and v: the panels of the three matrices are one range.
void project_qkv(const Step& step, const base::Team& team, const LayerWeights& weights,
                 const QkvColumns& columns) noexcept {
    const Part mine =
        step.part(team, n_panels(weights.q) + n_panels(weights.k) + n_panels(weights.v));
    const std::size_t stride = step.work.qkv_stride;
    std::size_t before = 0;
    const auto project = [&](const Matrix& matrix, std::size_t column) {
        const std::size_t n = n_panels(matrix);
        const base::Range panels{std::clamp(mine.panels.begin, before, before + n) - before,
                                 std::clamp(mine.panels.end, before, before + n) - before};
        before += n;
        multiply(*step.model.kernels, step.work.qkv.at(mine.rows.begin * stride + column), stride,
                 matrix, panels, step.work.normed, mine.rows.begin,
                 mine.rows.end - mine.rows.begin);
    };
    project(weights.q, columns.q);
    project(weights.k, columns.k);
    project(weights.v, columns.v);
}

// Biases, and the norm over all heads of a row; a norm of each head comes with its rotation.
void adjust_rows(const Step& step, const base::Team& team, std::size_t layer,
                 const QkvColumns& columns) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    if (!spec.qkv_bias && spec.qk_norm != spec::QkNorm::row) return;
    const kernels::KernelTable& table = *step.model.kernels;
    const base::Range mine = step.rows(team);
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        float* q = step.work.qkv.at(row * step.work.qkv_stride) + columns.q;
        float* k = q + columns.k - columns.q;
        float* v = q + columns.v - columns.q;
        if (spec.qkv_bias) {
            table.add(q, weights.q_bias, weights.q.rows);
            table.add(k, weights.k_bias, weights.k.rows);
            table.add(v, weights.v_bias, weights.v.rows);
        }
        if (spec.qk_norm == spec::QkNorm::row) {
            qk_norm(step.model, q, weights.q_norm, weights.q.rows);
            qk_norm(step.model, k, weights.k_norm, weights.k.rows);
        }
    }
    step.meet(team);
}

// Rotates one head of a query or key in place and multiplies it by scale.
void rotate(const Step& step, const spec::LayerSpec& spec, std::size_t row, float* head,
            float scale) noexcept {
    const kernels::KernelTable& table = *step.model.kernels;
    std::size_t turned = 0;
    if (spec.rope) {
        turned = step.model.spec.ropes[*spec.rope].dim;
        const std::size_t at =
            row * step.work.rope_pairs + spec::rope_offset(step.model.spec, *spec.rope);
        table.rope(head, step.work.cos.at(at), step.work.sin.at(at), turned / 2, scale);
    }
    if (turned < spec.head_dim && scale != 1.0F) {
        table.scale(head + turned, scale, spec.head_dim - turned);
    }
}

// Whether a key or value loses no more than precision in the cache.
bool fits(kernels::KvType type, std::span<const float> x) noexcept {
    // f16 rounds to its largest number, 65504, whatever is below 65520.
    const float beyond = type == kernels::KvType::f16 ? 65520.0F : INFINITY;
    return std::ranges::all_of(x, [beyond](float value) { return std::abs(value) < beyond; });
}

// Rotates queries and keys and puts keys and values into the cache, head by head.
void rotate_and_store(const Step& step, const base::Team& team, std::size_t layer,
                      const QkvColumns& columns) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    const KvLayout::Layer& at = step.model.kv_layout.layers[layer];
    const kernels::KernelTable& table = *step.model.kernels;
    const kernels::KvType type = step.model.kv_layout.type;
    const auto kv = static_cast<std::size_t>(type);
    const bool norm_heads = spec.qk_norm == spec::QkNorm::head;
    const std::size_t heads = spec.n_heads + 2 * std::size_t{spec.n_kv_heads};
    const base::Range rows = step.rows(team);
    const base::Range mine = step.by_rows(team) ? base::Range{rows.begin * heads, rows.end * heads}
                                                : base::share(team, step.n_rows * heads);
    for (const Run& run : step.runs) {
        const std::size_t begin = std::max(mine.begin, run.first_row * heads);
        const std::size_t end = std::min(mine.end, (run.first_row + run.n_rows) * heads);
        for (std::size_t i = begin; i < end; ++i) {
            const std::size_t row = i / heads;
            std::size_t head = i % heads;
            const std::size_t pos = run.first_pos + row - run.first_row;
            const std::size_t in_page = pos % kernels::kSpan;
            std::byte* page = run.cache->page(pos / kernels::kSpan);
            float* values = step.work.qkv.at(row * step.work.qkv_stride);
            if (head < spec.n_heads) {
                float* query = values + columns.q + head * spec.head_dim;
                if (norm_heads) qk_norm(step.model, query, weights.q_norm, spec.head_dim);
                rotate(step, spec, row, query, spec.query_scale);
                continue;
            }
            head -= spec.n_heads;
            if (head < spec.n_kv_heads) {
                float* key = values + columns.k + head * spec.head_dim;
                if (norm_heads) qk_norm(step.model, key, weights.k_norm, spec.head_dim);
                rotate(step, spec, row, key, 1.0F);
                if (!fits(type, {key, spec.head_dim})) run.cache->mark_broken(pos);
                table.store_key[kv](page + at.k_offset + head * at.k_head, in_page, key,
                                    spec.head_dim);
                continue;
            }
            head -= spec.n_kv_heads;
            const float* value = values + columns.v + head * spec.head_dim;
            if (!fits(type, {value, spec.head_dim})) run.cache->mark_broken(pos);
            table.store_value[kv](page + at.v_offset + head * at.v_head, in_page, value,
                                  spec.head_dim);
        }
    }
}

kernels::AttentionArgs unit_args(const Step& step, const base::Team& team, std::size_t layer,
                                 const QkvColumns& columns, const Run& run, std::size_t head,
                                 std::size_t first, std::size_t n_tokens) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const KvLayout::Layer& at = step.model.kv_layout.layers[layer];
    const std::size_t group = spec.n_heads / spec.n_kv_heads;
    const std::size_t row = run.first_row + first;
    kernels::AttentionArgs args{};
    args.out = step.work.mixed.row(row) + head * group * spec.head_dim;
    args.out_stride = step.work.mixed.stride;
    args.q =
        step.work.qkv.at(row * step.work.qkv_stride) + columns.q + head * group * spec.head_dim;
    args.q_stride = step.work.qkv_stride;
    args.n_tokens = n_tokens;
    args.group = group;
    args.head_dim = spec.head_dim;
    args.first_pos = run.first_pos + first;
    args.pages = run.cache->pages();
    args.k_offset = at.k_offset + head * at.k_head;
    args.v_offset = at.v_offset + head * at.v_head;
    args.scratch = step.work.attention[static_cast<std::size_t>(team.thread)].data();
    args.causal = step.model.spec.causal;
    args.n_positions = run.first_pos + run.n_rows;
    args.window = spec.window;
    args.soft_cap = spec.attn_soft_cap;
    return args;
}

void attend_rows(const Step& step, const kernels::AttentionArgs& args) noexcept {
    step.model.kernels->attention[static_cast<std::size_t>(step.model.kv_layout.type)](args);
}

// Codes of what a unit gave, where the columns of its heads are whole blocks.
bool codes_by_unit(const Step& step, std::size_t layer) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    return spec.n_heads / spec.n_kv_heads * spec.head_dim % kernels::kActBlock == 0;
}
void quantize_unit(const Step& step, std::size_t layer, std::size_t head, std::size_t row,
                   std::size_t n_rows) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    if (!is_block(step.model.weights.layers[layer].o) || !codes_by_unit(step, layer)) return;
    const std::size_t width = spec.n_heads / spec.n_kv_heads * spec.head_dim;
    for (std::size_t i = row; i < row + n_rows; ++i) {
        step.work.mixed.quantize(*step.model.kernels, i, head * width, (head + 1) * width);
    }
}

// A unit: some tokens of a run, and the query heads of one key/value head.
struct Unit {
    const Run* run;
    std::size_t head;
    std::size_t first;
    std::size_t n_tokens;
};

// Deals out units, the longest contexts of a run first; a thread takes others when it is done,
// which evens out what causality makes uneven and changes no result. The heads of a run lie behind
// one another: where there are many short runs, a thread takes all heads of one and reads on.
class Units {
  public:
    Units(const Step& step, const base::Team& team, std::size_t n_kv_heads)
        : step_(step),
          n_kv_heads_(n_kv_heads),
          at_once_(step.runs.size() >= 4 * static_cast<std::size_t>(team.n_threads) ? n_kv_heads
                                                                                    : 1) {}

    std::optional<Unit> take() noexcept {
        if (next_ == end_) {
            next_ = step_.next_unit.fetch_add(at_once_);
            end_ = next_ + at_once_;
        }
        const std::size_t unit = next_++;
        for (; run_ < step_.runs.size(); ++run_) {
            const Run& run = step_.runs[run_];
            const std::size_t n_parts = (run.n_rows + kAttentionTokens - 1) / kAttentionTokens;
            if (unit < before_ + n_parts * n_kv_heads_) {
                const std::size_t part = n_parts - 1 - (unit - before_) / n_kv_heads_;
                const std::size_t first = part * kAttentionTokens;
                return Unit{&run, (unit - before_) % n_kv_heads_, first,
                            std::min(kAttentionTokens, run.n_rows - first)};
            }
            before_ += n_parts * n_kv_heads_;
        }
        return std::nullopt;
    }

  private:
    const Step& step_;
    std::size_t n_kv_heads_;
    std::size_t at_once_;
    std::size_t next_ = 0;
    std::size_t end_ = 0;  // of the units that this thread has
    std::size_t run_ = 0;
    std::size_t before_ = 0;  // units of the runs before
};

void attend_units(const Step& step, const base::Team& team, std::size_t layer,
                  const QkvColumns& columns) noexcept {
    Units units(step, team, step.model.spec.layers[layer].n_kv_heads);
    while (const std::optional<Unit> unit = units.take()) {
        attend_rows(step, unit_args(step, team, layer, columns, *unit->run, unit->head, unit->first,
                                    unit->n_tokens));
        quantize_unit(step, layer, unit->head, unit->run->first_row + unit->first, unit->n_tokens);
    }
    team.wait();
}

// Few rows over many positions: spans are dealt out too, kSpansAtOnce to a unit, and joined behind
// a barrier, in order.
void attend_spans(const Step& step, const base::Team& team, std::size_t layer,
                  const QkvColumns& columns) noexcept {
    const std::size_t n_kv_heads = step.model.spec.layers[layer].n_kv_heads;
    const auto for_units = [&](bool in_parts, const auto& act) {
        std::size_t unit = 0;
        std::size_t partial = 0;
        for (const Run& run : step.runs) {
            const std::size_t n_spans = spans_of(run);
            const std::size_t n_parts =
                in_parts ? (n_spans + kSpansAtOnce - 1) / kSpansAtOnce : std::size_t{1};
            for (std::size_t head = 0; head < n_kv_heads; ++head) {
                auto args = unit_args(step, team, layer, columns, run, head, 0, run.n_rows);
                args.partials = step.work.partials.at(partial);
                partial += partial_floats(step.model.spec.layers[layer], run);
                for (std::size_t part = 0; part < n_parts; ++part, ++unit) {
                    if (unit % static_cast<std::size_t>(team.n_threads) !=
                        static_cast<std::size_t>(team.thread)) {
                        continue;
                    }
                    args.span_begin = part * kSpansAtOnce;
                    args.span_end = args.span_begin + kSpansAtOnce;
                    act(args, run, head);
                }
            }
        }
    };
    for_units(true, [&](const kernels::AttentionArgs& args, const Run&, std::size_t) {
        attend_rows(step, args);
    });
    team.wait();
    for_units(false, [&](const kernels::AttentionArgs& args, const Run& run, std::size_t head) {
        step.model.kernels->attention_join(args);
        quantize_unit(step, layer, head, run.first_row, run.n_rows);
    });
    team.wait();
}

// Attention of all rows, and codes for the matrix behind it; ends at a barrier.
void attend(const Step& step, const base::Team& team, std::size_t layer,
            const QkvColumns& columns) noexcept {
    if (step.spans_apart) {
        attend_spans(step, team, layer, columns);
    } else {
        attend_units(step, team, layer, columns);
    }
    const Matrix& o = step.model.weights.layers[layer].o;
    if (!is_block(o) || codes_by_unit(step, layer)) return;
    const base::Range rows = step.rows(team);
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
        step.work.mixed.quantize(*step.model.kernels, row, 0, o.columns);
    }
    team.wait();
}

}  // namespace

std::size_t spans_of(const Run& run) noexcept {
    return (run.first_pos + run.n_rows + kernels::kSpan - 1) / kernels::kSpan;
}

std::size_t partial_floats(const spec::LayerSpec& layer, const Run& run) noexcept {
    return spans_of(run) * run.n_rows * (layer.n_heads / layer.n_kv_heads) *
           kernels::attention_partial(layer.head_dim);
}

QkvColumns::QkvColumns(const spec::LayerSpec& layer) {
    const auto wide = [&](std::size_t n_heads) {
        return base::align_up(n_heads * layer.head_dim, tensor::kPanelRows);
    };
    k = wide(layer.n_heads);
    v = k + wide(layer.n_kv_heads);
    stride = v + wide(layer.n_kv_heads);
}

void attention_inputs(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const LayerWeights& weights = step.model.weights.layers[layer];
    const QkvColumns columns(step.model.spec.layers[layer]);
    norm_rows(step, team, weights.attn_norm,
              forms_for(step.work.normed, {&weights.q, &weights.k, &weights.v}));
    step.lap(team, Operation::norm);
    project_qkv(step, team, weights, columns);
    step.meet(team);
    step.exchange(team, {step.work.qkv.data(), step.work.qkv_stride, step.n_rows,
                         panels_of(columns.stride), tensor::kPanelRows, columns.stride});
    step.lap(team, Operation::qkv);
    adjust_rows(step, team, layer, columns);
    rotate_and_store(step, team, layer, columns);
    if (team.thread == 0) step.next_unit = 0;
    team.wait();
    step.lap(team, Operation::rope);
}

void attention_block(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    const spec::LayerSpec& spec = step.model.spec.layers[layer];
    const LayerWeights& weights = step.model.weights.layers[layer];
    const QkvColumns columns(spec);
    attend(step, team, layer, columns);
    step.lap(team, Operation::attention);
    if (spec.parallel) {
        // It joins x behind the feed-forward block, which reads the same x.
        const Part part = step.part(team, n_panels(weights.o));
        const std::size_t stride = step.work.projected_stride;
        Buffer<float>& out = step.work.deferred;
        multiply(*step.model.kernels, out.at(part.rows.begin * stride), stride, weights.o,
                 part.panels, step.work.mixed, part.rows.begin, part.rows.end - part.rows.begin);
        add_bias(step, out.data(), stride, weights.o_bias, part.rows,
                 columns_of(part.panels, step.model.spec.dim));
        step.meet(team);
        step.lap(team, Operation::attn_out);
        return;
    }
    project_residual(step, team, weights.o, step.work.mixed,
                     {spec.norm_place, weights.attn_post_norm, weights.o_bias});
    step.lap(team, Operation::attn_out);
}

}  // namespace quire::model
