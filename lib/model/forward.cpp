#include "lib/model/forward.h"

#include <algorithm>
#include <numeric>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/model/layer/blocks.h"
#include "lib/model/ngram/ngram_pass.h"
#include "lib/tensor/panel.h"

namespace quire::model {

namespace {

// Where the results of a pass go: one of the two.
struct Results {
    float* logits = nullptr;  // (n, logits_stride)
    float* hidden = nullptr;  // (n, dim)
};

// The rows of a pass.
struct PassRows {
    std::vector<SequenceRows> sequences;
    std::vector<std::size_t> with_results;  // ascending
    std::size_t n_rows = 0;
};

// logits = output matrix * norm(x) + bias, or hidden = norm(x), of the given rows of x.
void output_rows(const Step& step, std::span<const std::size_t> rows,
                 const Results& results) noexcept {
    const spec::ModelSpec& spec = step.model.spec;
    const Matrix& output = step.model.weights.output;
    const kernels::KernelTable& table = *step.model.kernels;
    ActivationRows& normed = step.work.final_normed;
    // The rows are divided among threads anew: another thread may still be writing them.
    if (step.by_rows()) step.wait();
    const base::Range mine = base::share(step.team, rows.size());
    for (std::size_t i = mine.begin; i < mine.end; ++i) {
        float* out = results.hidden != nullptr ? results.hidden + i * spec.dim : normed.row(i);
        apply_norm(step.model, out, step.work.x.at(rows[i] * spec.dim),
                   step.model.weights.output_norm);
        if (results.hidden == nullptr && is_block(output)) normed.quantize(table, i, {0, spec.dim});
    }
    if (results.hidden != nullptr) return;
    step.wait();
    const std::size_t stride = logits_stride(spec);
    const base::Range panels = step.columns(n_panels(output));
    multiply(table, {results.logits, stride}, {output, panels, normed, {0, rows.size()}});
    const base::Range columns = columns_of(panels, spec.vocab_size);
    add_bias(table, {results.logits, stride}, step.model.weights.output_bias, rows.size(), columns);
    for (std::size_t i = 0; i < rows.size() && spec.logit_soft_cap != 0.0F; ++i) {
        table.soft_cap(results.logits + i * stride + columns.begin, spec.logit_soft_cap,
                       columns.end - columns.begin);
    }
    step.exchange({results.logits, stride, rows.size(), spec.vocab_size, tensor::kPanelRows});
}

// What forward() promises to be told.
void check_inputs(const Model& model, const Workspace& work, std::span<const SequenceInput> inputs,
                  const PassControl& control) {
    QUIRE_ASSERT(control.n_threads >= 1 && control.n_threads <= work.n_threads());
    std::size_t n_rows = 0;
    for (const SequenceInput& input : inputs) {
        QUIRE_ASSERT(input.cache != nullptr);
        QUIRE_ASSERT(input.cache->page_bytes() == model.kv_layout.page_bytes);
        QUIRE_ASSERT(input.cache->is_whole());
        QUIRE_ASSERT(std::ranges::all_of(input.saves, [&](const SavePoint& save) {
            return save.n_tokens >= 1 && save.n_tokens <= input.tokens.size();
        }));
        QUIRE_ASSERT(input.n_results + input.n_skipped_last <= input.tokens.size());
        QUIRE_ASSERT(model.spec.causal || input.cache->length() == 0);
        QUIRE_ASSERT((input.source != nullptr && input.source->length() > 0) ==
                     (model.encoder != nullptr));
        QUIRE_ASSERT(model.spec.n_positions == 0 ||
                     input.cache->length() + input.tokens.size() <= model.spec.n_positions);
        QUIRE_ASSERT(std::ranges::all_of(
            input.tokens, [&](std::uint32_t token) { return token < model.spec.vocab_size; }));
        n_rows += input.tokens.size();
    }
    QUIRE_ASSERT(n_rows <= work.n_rows);
}

// Makes room in the caches.
PassRows place_rows(std::span<const SequenceInput> inputs) {
    PassRows rows;
    for (const SequenceInput& input : inputs) {
        const std::size_t n = input.tokens.size();
        const std::size_t before = input.cache->length();
        input.cache->reserve(before + n);
        rows.sequences.push_back(
            {input.cache, rows.n_rows, n, before, before + n, input.source, input.saves});
        rows.n_rows += n;
        const std::size_t end = rows.n_rows - input.n_skipped_last;
        for (std::size_t row = end - input.n_results; row < end; ++row) {
            rows.with_results.push_back(row);
        }
    }
    return rows;
}

// The rows with results, moved together to the front.
std::vector<SequenceRows> sequences_with_results(const Model& model, const PassRows& rows,
                                                 std::span<const SequenceInput> inputs) {
    std::vector<SequenceRows> out;
    std::size_t n_rows = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const std::size_t n = inputs[i].n_results;
        if (n == 0) continue;
        const SequenceRows& all = rows.sequences[i];
        const std::size_t end = all.first_pos + all.n_rows - inputs[i].n_skipped_last;
        // Without causality every token sees the whole text.
        out.push_back(
            {all.cache, n_rows, n, end - n, model.spec.causal ? end : all.n_positions, all.source});
        n_rows += n;
    }
    return out;
}

// The most floats that processes exchange at once: the rows of a whole buffer, or logits.
std::size_t largest_exchange(const Model& model, const Workspace& work, std::size_t n_logits) {
    std::size_t n_floats = n_logits * logits_stride(model.spec);
    for (const Buffer<float>* rows :
         {&work.x, &work.projected, &work.qkv, &work.mix.products, &work.mix.of_state,
          &work.gated.values, &work.experts.gated.values, &work.experts.out, &work.experts.shared,
          &work.layer_embeds, &work.q_latent.values, &work.kv_latent.values,
          &work.experts.latent.values}) {
        n_floats = std::max(n_floats, rows->size());
    }
    for (const ActivationRows& rows : work.mix.latent) {
        n_floats = std::max(n_floats, rows.values.size());
    }
    return n_floats;
}

// Throws std::bad_alloc.
void reserve_results(const Model& model, Workspace& work, std::size_t n_logits,
                     const PassControl& control) {
    if (work.final_normed.n_rows() < n_logits) {
        work.final_normed = ActivationRows(n_logits, model.spec.dim);
    }
    work.final_normed.arrange(n_logits);
    if (control.split != nullptr) {
        control.split->reserve(largest_exchange(model, work, n_logits));
    }
}

// `last` is for the last layer from its attention on, and for the results.
void run_layers(const Step& step, const Step& last) noexcept {
    const std::size_t n_layers = step.model.spec.layers.size();
    const PassControl& control = step.control;
    for (std::size_t layer = 0; layer < n_layers; ++layer) {
        if (step.team.thread == 0 && control.interrupted && control.interrupted()) {
            step.state.last_layer = layer;
        }
        transformer_layer(step, layer + 1 < n_layers ? step : last, LayerView(step.model, layer));
        if (step.state.last_layer <= layer) return;
        if (step.team.thread == 0 && control.layer_done) control.layer_done(layer);
    }
}

void run_pass(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
              const Results& results, const PassControl& control) {
    check_inputs(model, work, inputs, control);
    if (model.ngram) return ngram_pass(model, work, inputs, results.logits, control);
    const PassRows rows = place_rows(inputs);
    const std::size_t n_results = rows.with_results.size();
    reserve_results(model, work, results.logits != nullptr ? n_results : 0, control);

    PassState state;
    const Step step{.model = model,
                    .work = work,
                    .control = control,
                    .state = state,
                    .sequences = rows.sequences,
                    .n_rows = rows.n_rows,
                    .split_spans = reserve_partials(model, work, rows.sequences)};
    // Once the last layer has stored its keys and values, only the rows with results are needed.
    // An observer or a watcher sees all rows of all layers.
    Step last = step;
    std::vector<SequenceRows> last_sequences;
    std::vector<std::size_t> result_rows = rows.with_results;
    const bool has_layers = !model.spec.layers.empty();
    const bool all_rows = control.observer != nullptr || control.watcher != nullptr;
    if (n_results < rows.n_rows && !all_rows && has_layers) {
        last_sequences = sequences_with_results(model, rows, inputs);
        last.sequences = last_sequences;
        last.n_rows = n_results;
        last.split_spans = reserve_partials(model, work, last_sequences);
        last.gathered_from = rows.with_results;
        std::iota(result_rows.begin(), result_rows.end(), std::size_t{0});
    }

    for (const SequenceRows& sequence : rows.sequences) sequence.cache->begin_pass();
    if (control.profile != nullptr) control.profile->start();
    work.run_threads(control.n_threads, [&](const base::Team& team) {
        const Step mine = step.of(team);
        const Step mine_last = last.of(team);
        mine.arrange_rows();
        embed(mine, inputs);
        embed_for_layers(mine);
        show_residual(mine, 0, Moment::embedded);
        run_layers(mine, mine_last);
        if (n_results > 0 && state.last_layer == SIZE_MAX) {
            output_rows(mine_last, result_rows, results);
        }
    });
    step.record(Operation::output);
    if (state.last_layer != SIZE_MAX) throw Interrupted();
    for (const SequenceRows& sequence : rows.sequences) {
        sequence.cache->end_pass(sequence.first_pos + sequence.n_rows);
    }
}

}  // namespace

Model::Model(spec::ModelSpec model_spec, const tensor::TensorMap& tensors,
             const kernels::KernelTable& table, const std::string& where, kernels::KvType kv_type)
    : spec(std::move(model_spec)),
      weights(bind_weights(spec, tensors, where)),
      kv_layout(spec, kv_type),
      kernels(&table) {
    if (spec.encoder.empty()) return;
    encoder = std::shared_ptr<const Model>(
        new Model(spec.encoder.front(), std::move(weights.encoder.front()), table, kv_type));
    weights.encoder.clear();
}

Model::Model(const spec::ModelSpec& model_spec, Weights bound, const kernels::KernelTable& table,
             kernels::KvType kv_type)
    : spec(model_spec), weights(std::move(bound)), kv_layout(spec, kv_type), kernels(&table) {}

Model::Model(spec::ModelSpec model_spec, Ngram tables, const kernels::KernelTable& table)
    : spec(std::move(model_spec)),
      kv_layout(spec, kernels::KvType::f16),
      kernels(&table),
      ngram(tables) {
    QUIRE_ASSERT(spec.ngram_order == ngram->order());
    weights.bytes = ngram->bytes();
}

std::size_t logits_stride(const spec::ModelSpec& spec) noexcept {
    return base::align_up(spec.vocab_size, tensor::kPanelRows);
}

void forward(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
             float* logits, const PassControl& control) {
    run_pass(model, work, inputs, {logits, nullptr}, control);
}

void forward_hidden(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
                    float* hidden, const PassControl& control) {
    run_pass(model, work, inputs, {nullptr, hidden}, control);
}

}  // namespace quire::model
