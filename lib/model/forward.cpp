#include "lib/model/forward.h"

#include <cstring>
#include <numeric>

#include "lib/base/bytes.h"
#include "lib/model/attention.h"
#include "lib/model/linear.h"
#include "lib/model/rope.h"
#include "lib/model/step.h"
#include "lib/tensor/panel.h"

namespace quire::model {

namespace {

// Where the results of a pass go: one of the two.
struct Wanted {
    std::vector<std::size_t> rows;  // of the pass, in order
    float* logits = nullptr;        // (rows, logits_stride)
    float* hidden = nullptr;        // (rows, dim)
};

// x and the rotary angles of one row.
void embed_row(const Step& step, std::size_t row, std::uint32_t token, std::size_t pos) noexcept {
    const spec::ModelSpec& spec = step.model.spec;
    const Weights& weights = step.model.weights;
    const kernels::KernelTable& table = *step.model.kernels;
    float* x = step.work.x.at(row * spec.dim);
    tensor::decode_row({x, spec.dim}, weights.embed.data, weights.embed.dtype, token);
    if (spec.embed_scale != 1.0F) table.scale(x, spec.embed_scale, spec.dim);
    if (spec.n_positions > 0) {
        float* position = step.work.normed.row(row);
        tensor::decode_row({position, spec.dim}, weights.positions.data, weights.positions.dtype,
                           pos);
        table.add(x, position, spec.dim);
    }
    if (spec.embed_norm) apply_norm(step.model, x, x, weights.embed_norm);
    std::size_t pair = 0;
    for (const spec::RopeSpec& rope : spec.ropes) {
        const std::size_t at = row * step.work.rope_pairs + pair;
        rope_angles(step.work.cos.at(at), step.work.sin.at(at), weights.rope_freqs + pair,
                    rope.dim / 2, pos, rope.amplitude);
        pair += rope.dim / 2;
    }
}

void embed_rows(const Step& step, const base::Team& team,
                std::span<const SequenceInput> inputs) noexcept {
    const base::Range mine = base::share(team, step.n_rows);
    for (std::size_t s = 0; s < step.runs.size(); ++s) {
        const Run& run = step.runs[s];
        for (std::size_t i = 0; i < run.n_rows; ++i) {
            const std::size_t row = run.first_row + i;
            if (row < mine.begin || row >= mine.end) continue;
            embed_row(step, row, inputs[s].tokens[i], run.first_pos + i);
        }
    }
    team.wait();
}

void output_rows(const Step& step, const base::Team& team, const Wanted& wanted) noexcept {
    const spec::ModelSpec& spec = step.model.spec;
    const Matrix& output = step.model.weights.output;
    const kernels::KernelTable& table = *step.model.kernels;
    const std::size_t dim = spec.dim;
    // The rows wanted are dealt out anew: another thread may have them still in hand.
    if (step.by_rows(team)) team.wait();
    const base::Range mine = base::share(team, wanted.rows.size());
    for (std::size_t i = mine.begin; i < mine.end; ++i) {
        float* out = wanted.hidden != nullptr ? wanted.hidden + i * dim : step.work.last.row(i);
        const float* x = step.work.x.at(wanted.rows[i] * dim);
        apply_norm(step.model, out, x, step.model.weights.output_norm);
        if (wanted.hidden == nullptr && is_block(output)) {
            step.work.last.quantize(table, i, 0, dim);
        }
    }
    if (wanted.hidden != nullptr) return;
    team.wait();
    const std::size_t stride = logits_stride(spec);
    const base::Range panels = step.share_columns(team, n_panels(output));
    multiply(table, wanted.logits, stride, output, panels, step.work.last, 0, wanted.rows.size());
    const base::Range columns = columns_of(panels, spec.vocab_size);
    for (std::size_t i = 0; i < wanted.rows.size() && spec.logit_soft_cap != 0.0F; ++i) {
        table.soft_cap(wanted.logits + i * stride + columns.begin, spec.logit_soft_cap,
                       columns.end - columns.begin);
    }
    step.exchange(team, {wanted.logits, stride, wanted.rows.size(), n_panels(output),
                         tensor::kPanelRows, spec.vocab_size});
}

// Slabs of the rows that a thread has to itself, or of all. A barrier must follow.
void arrange_rows(const Step& step, const base::Team& team) noexcept {
    for (ActRows* rows : {&step.work.normed, &step.work.mixed, &step.work.gated}) {
        if (step.by_rows(team)) {
            const base::Range mine = step.rows(team);
            rows->arrange(mine.begin, mine.end);
        } else if (team.thread == 0) {
            rows->arrange(step.n_rows);
        }
    }
}

// Whether attention of this pass goes in parts that are joined: when runs are of few rows, and so
// few that a thread might wait for another. Makes room for the parts.
bool reserve_partials(const Model& model, Workspace& work, std::span<const Run> runs) {
    std::size_t n_units = 0;
    std::size_t n_floats = 0;
    bool long_enough = false;
    for (const spec::LayerSpec& layer : model.spec.layers) {
        std::size_t floats = 0;
        n_units = std::max<std::size_t>(n_units, runs.size() * layer.n_kv_heads);
        for (const Run& run : runs) {
            if (run.n_rows > kAttentionTokens) return false;
            long_enough = long_enough || spans_of(run) > kSpansAtOnce;
            floats += layer.n_kv_heads * partial_floats(layer, run);
        }
        n_floats = std::max(n_floats, floats);
    }
    if (!long_enough || n_units >= 4 * work.attention.size()) return false;
    if (work.partials.bytes() < n_floats * sizeof(float)) {
        // More than asked for: the next steps are a little longer each.
        work.partials = Buffer<float>(n_floats + n_floats / 2);
    }
    return true;
}

// The runs of the rows that give results, moved together to the front.
std::vector<Run> runs_of_results(std::span<const Run> runs, std::span<const SequenceInput> inputs) {
    std::vector<Run> out;
    std::size_t n_rows = 0;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const std::size_t n = inputs[i].n_logits;
        if (n == 0) continue;
        out.push_back({runs[i].cache, n_rows, n, runs[i].first_pos + runs[i].n_rows - n});
        n_rows += n;
    }
    return out;
}

// What attention needs of the wanted rows, moved to the front; begins and ends at a barrier.
void gather_rows(const Step& step, const base::Team& team, std::span<const std::size_t> rows) {
    Workspace& work = step.work;
    const std::size_t dim = step.model.spec.dim;
    for (std::size_t i = 0; i < rows.size() && team.thread == 0; ++i) {
        if (rows[i] == i) continue;
        std::memcpy(work.x.at(i * dim), work.x.at(rows[i] * dim), dim * sizeof(float));
        std::memcpy(work.qkv.at(i * work.qkv_stride), work.qkv.at(rows[i] * work.qkv_stride),
                    work.qkv_stride * sizeof(float));
    }
    arrange_rows(step, team);
    team.wait();
}

// A layer, all of it for the rows of `step`, once the keys and values of the pass are stored.
void finish_layer(const Step& step, const base::Team& team, std::size_t layer) noexcept {
    attention_block(step, team, layer);
    if (step.model.spec.layers[layer].n_experts > 0) {
        expert_block(step, team, layer);
    } else {
        ffn_block(step, team, layer);
    }
}

// The largest exchange of a pass: of the rows of a whole buffer, or of logits.
std::size_t largest_exchange(const Model& model, const Workspace& work, std::size_t n_wanted) {
    std::size_t n_bytes = n_wanted * logits_stride(model.spec) * sizeof(float);
    for (const Buffer<float>* rows : {&work.x, &work.projected, &work.qkv, &work.gated.values,
                                      &work.experts.gated.values, &work.experts.out}) {
        n_bytes = std::max(n_bytes, rows->bytes());
    }
    return n_bytes / sizeof(float);
}

void run_pass(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
              Wanted wanted, int n_threads) {
    std::vector<Run> runs;
    std::size_t n_rows = 0;
    for (const SequenceInput& input : inputs) {
        const std::size_t n = input.tokens.size();
        input.cache->reserve(input.cache->length() + n);
        runs.push_back({input.cache, n_rows, n, input.cache->length()});
        n_rows += n;
        for (std::size_t i = n - input.n_logits; i < n; ++i) {
            wanted.rows.push_back(n_rows - n + i);
        }
    }
    const std::size_t n_wanted = wanted.rows.size();
    if (wanted.logits != nullptr) {
        if (work.last.slab_of.size() < n_wanted) {
            work.last = ActRows(n_wanted, model.spec.dim);
        }
        work.last.arrange(n_wanted);
    }

    if (work.split != nullptr) {
        work.split->reserve(largest_exchange(model, work, wanted.logits != nullptr ? n_wanted : 0));
    }

    std::atomic<std::size_t> next_unit{0};
    const Step step{model, work, runs, n_rows, next_unit, reserve_partials(model, work, runs)};
    // Behind its keys and values the last layer is for the rows that give results alone. Whoever
    // observes a pass sees all rows of all layers.
    const bool drops_rows = n_wanted < n_rows && work.normed.observer == nullptr;
    const std::vector<Run> last_runs = drops_rows ? runs_of_results(runs, inputs) : runs;
    const Step last{model,     work,
                    last_runs, drops_rows ? n_wanted : n_rows,
                    next_unit, reserve_partials(model, work, last_runs)};
    std::vector<std::size_t> result_rows = wanted.rows;
    if (drops_rows) std::iota(result_rows.begin(), result_rows.end(), std::size_t{0});
    const Wanted results{std::move(result_rows), wanted.logits, wanted.hidden};

    // The layer in which the pass ends early. The first thread decides before a barrier of that
    // layer, the others look behind it, so that all of them leave at the same place.
    std::atomic<std::size_t> last_layer{SIZE_MAX};
    if (work.profile != nullptr) work.profile->start();
    base::run_team(n_threads, [&](const base::Team& team) {
        arrange_rows(step, team);
        embed_rows(step, team, inputs);
        step.lap(team, Operation::embed);
        const std::size_t n_layers = model.spec.layers.size();
        for (std::size_t layer = 0; layer < n_layers; ++layer) {
            const bool is_last = layer + 1 == n_layers;
            if (team.thread == 0 && work.interrupted && work.interrupted()) last_layer = layer;
            attention_inputs(step, team, layer);
            if (last_layer <= layer) return;
            if (is_last && drops_rows) gather_rows(last, team, wanted.rows);
            if (!is_last || last.n_rows > 0) finish_layer(is_last ? last : step, team, layer);
            if (team.thread == 0 && work.layer_done) work.layer_done(layer);
        }
        if (n_wanted > 0) output_rows(last, team, results);
    });
    step.lap({}, Operation::output);
    if (last_layer != SIZE_MAX) throw Interrupted();
    for (const Run& run : runs) run.cache->set_length(run.first_pos + run.n_rows);
}

}  // namespace

Model::Model(spec::ModelSpec model_spec, const tensor::TensorMap& tensors,
             const kernels::KernelTable& table, const std::string& where, kernels::KvType kv_type)
    : spec(std::move(model_spec)),
      weights(bind_weights(spec, tensors, where)),
      kv_layout(spec, kv_type),
      kernels(&table) {}

std::size_t logits_stride(const spec::ModelSpec& spec) noexcept {
    return base::align_up(spec.vocab_size, tensor::kPanelRows);
}

void forward(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
             float* logits, int n_threads) {
    run_pass(model, work, inputs, {{}, logits, nullptr}, n_threads);
}

void forward_hidden(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
                    float* hidden, int n_threads) {
    run_pass(model, work, inputs, {{}, nullptr, hidden}, n_threads);
}

}  // namespace quire::model
