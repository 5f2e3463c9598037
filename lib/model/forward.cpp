#include "lib/model/forward.h"

#include <cmath>

#include "lib/base/bytes.h"
#include "lib/model/linear.h"
#include "lib/model/rope.h"
#include "lib/model/step.h"
#include "lib/tensor/panel.h"

namespace quire::model {

namespace {

// Row `last[i]` of the pass is the i-th that wants logits.
struct Wanted {
    std::vector<std::size_t> rows;
};

void embed_rows(const Step& step, const base::Team& team,
                std::span<const SequenceInput> inputs) noexcept {
    const std::size_t dim = step.model.spec.dim;
    const std::size_t half = step.model.spec.layers.front().head_dim / 2;
    const Matrix& embed = step.model.weights.embed;
    const base::Range mine = base::share(team, step.n_rows);
    for (std::size_t s = 0; s < step.runs.size(); ++s) {
        const Run& run = step.runs[s];
        for (std::size_t i = 0; i < run.n_rows; ++i) {
            const std::size_t row = run.first_row + i;
            if (row < mine.begin || row >= mine.end) continue;
            tensor::decode_row({step.work.x.at(row * dim), dim}, embed.data, embed.dtype,
                               inputs[s].tokens[i]);
            rope_angles(step.work.cos.at(row * half), step.work.sin.at(row * half),
                        step.model.weights.rope_freqs, half, run.first_pos + i);
        }
    }
    team.wait();
}

void output_rows(const Step& step, const base::Team& team, const Wanted& wanted,
                 float* logits) noexcept {
    const kernels::KernelTable& table = *step.model.kernels;
    const Matrix& output = step.model.weights.output;
    const std::size_t dim = step.model.spec.dim;
    const base::Range mine = base::share(team, wanted.rows.size());
    for (std::size_t i = mine.begin; i < mine.end; ++i) {
        table.rms_norm(step.work.last.row(i), step.work.x.at(wanted.rows[i] * dim),
                       step.model.weights.output_norm, dim, step.model.spec.norm_eps);
        if (is_block(output)) step.work.last.quantize(table, i, 0, dim);
    }
    team.wait();
    multiply(table, logits, logits_stride(step.model.spec), output,
             base::share(team, n_panels(output)), step.work.last, 0, wanted.rows.size());
}

}  // namespace

Model::Model(spec::ModelSpec model_spec, const tensor::TensorMap& tensors,
             const kernels::KernelTable& table, const std::string& where)
    : spec(std::move(model_spec)),
      weights(bind_weights(spec, tensors, where)),
      kv_layout(spec),
      kernels(&table),
      query_scale(1.0F / std::sqrt(static_cast<float>(spec.layers.front().head_dim))) {}

std::size_t logits_stride(const spec::ModelSpec& spec) noexcept {
    return base::align_up(spec.vocab_size, tensor::kPanelRows);
}

void norm_rows(const Step& step, const base::Team& team, const float* weight,
               bool with_codes) noexcept {
    const std::size_t dim = step.model.spec.dim;
    const base::Range mine = base::share(team, step.n_rows);
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        step.model.kernels->rms_norm(step.work.normed.row(row), step.work.x.at(row * dim), weight,
                                     dim, step.model.spec.norm_eps);
        if (with_codes) step.work.normed.quantize(*step.model.kernels, row, 0, dim);
    }
    team.wait();
}

void add_projected(const Step& step, base::Range panels) noexcept {
    const std::size_t dim = step.model.spec.dim;
    const std::size_t begin = panels.begin * tensor::kPanelRows;
    const std::size_t end = std::min(panels.end * tensor::kPanelRows, dim);
    if (begin >= end) return;
    for (std::size_t row = 0; row < step.n_rows; ++row) {
        step.model.kernels->add(step.work.x.at(row * dim + begin),
                                step.work.projected.at(row * step.work.projected_stride + begin),
                                end - begin);
    }
}

void forward(const Model& model, Workspace& work, std::span<const SequenceInput> inputs,
             float* logits, int n_threads) {
    std::vector<Run> runs;
    Wanted wanted;
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
    if (work.last.stride == 0 ||
        work.last.values.bytes() / sizeof(float) / work.last.stride < wanted.rows.size()) {
        work.last = ActRows(wanted.rows.size(), model.spec.dim);
    }

    for (ActRows* rows : {&work.normed, &work.mixed, &work.gated}) rows->arrange(n_rows);
    work.last.arrange(wanted.rows.size());

    std::atomic<std::size_t> next_unit{0};
    const Step step{model, work, runs, n_rows, next_unit};
    if (work.profile != nullptr) work.profile->start();
    base::run_team(n_threads, [&](const base::Team& team) {
        embed_rows(step, team, inputs);
        step.lap(team, Operation::embed);
        for (std::size_t layer = 0; layer < model.spec.layers.size(); ++layer) {
            attention_block(step, team, layer);
            ffn_block(step, team, layer);
        }
        if (!wanted.rows.empty()) output_rows(step, team, wanted, logits);
    });
    step.lap({}, Operation::output);
    for (const Run& run : runs) run.cache->set_length(run.first_pos + run.n_rows);
}

}  // namespace quire::model
