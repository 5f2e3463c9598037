// The residual stream: norms in front of the blocks of a layer, and what joins it behind them.

#include <algorithm>
#include <cstring>

#include "lib/model/linear.h"
#include "lib/model/step.h"
#include "lib/tensor/panel.h"

namespace quire::model {

void apply_norm(const Model& model, float* out, const float* x, const Norm& norm) noexcept {
    const std::size_t dim = model.spec.dim;
    if (norm.weight == nullptr) {
        if (out != x) std::memcpy(out, x, dim * sizeof(float));
        return;
    }
    switch (model.spec.norm) {
        case spec::NormKind::rms:
            model.kernels->rms_norm(out, x, norm.weight, dim, model.spec.norm_eps);
            break;
        case spec::NormKind::layer:
            model.kernels->layer_norm(out, x, norm.weight, norm.bias, dim, model.spec.norm_eps);
            break;
    }
}

// From so many rows a thread on, reading every weight on every thread costs less than sharing rows.
constexpr std::size_t kRowsOfThread = 40;

bool Step::by_rows(const base::Team& team) const noexcept {
    return work.split == nullptr &&
           n_rows >= kRowsOfThread * static_cast<std::size_t>(team.n_threads);
}

Part Step::part(const base::Team& team, std::size_t n_panels) const noexcept {
    if (by_rows(team)) return {rows(team), {0, n_panels}, true};
    return {{0, n_rows}, share_columns(team, n_panels), false};
}

base::Range Step::share_columns(const base::Team& team, std::size_t n) const noexcept {
    if (work.split == nullptr) return base::share(team, n);
    const base::Range ours = work.split->part(n);
    const base::Range mine = base::share(team, ours.end - ours.begin);
    return {ours.begin + mine.begin, ours.begin + mine.end};
}

void Step::exchange(const base::Team& team, const Columns& columns) const noexcept {
    if (work.split == nullptr) return;
    team.wait();
    if (team.thread == 0) {
        work.split->exchange(columns.rows, columns.stride, columns.n_rows, columns.n_units,
                             columns.unit, columns.n_columns);
    }
    team.wait();
}

Forms forms_for(const ActRows& x, std::initializer_list<const Matrix*> matrices) noexcept {
    Forms forms{x.observer != nullptr, false};
    for (const Matrix* matrix : matrices) {
        if (matrix->rows == 0) continue;
        (is_block(*matrix) ? forms.codes : forms.values) = true;
    }
    return forms;
}

void norm_rows(const Step& step, const base::Team& team, const Norm& norm, Forms forms) noexcept {
    const std::size_t dim = step.model.spec.dim;
    ActRows& normed = step.work.normed;
    const base::Range mine = step.rows(team);
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        // Values that nobody asks for share the room of the first row, which stays in the cache.
        float* out = normed.row(forms.values ? row : mine.begin);
        apply_norm(step.model, out, step.work.x.at(row * dim), norm);
        if (forms.codes) normed.quantize(*step.model.kernels, row, 0, out, dim);
    }
    step.meet(team);
}

base::Range columns_of(base::Range panels, std::size_t n) noexcept {
    return {std::min(panels.begin * tensor::kPanelRows, n),
            std::min(panels.end * tensor::kPanelRows, n)};
}

void add_bias(const Step& step, float* out, std::size_t stride, const float* bias, base::Range rows,
              base::Range columns) noexcept {
    if (bias == nullptr) return;
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
        step.model.kernels->add(out + row * stride + columns.begin, bias + columns.begin,
                                columns.end - columns.begin);
    }
}

void join_residual(const Step& step, const base::Team& team, const Part& part, float* projected,
                   const Joining& joining) noexcept {
    const std::size_t dim = step.model.spec.dim;
    const std::size_t stride = step.work.projected_stride;
    const kernels::KernelTable& table = *step.model.kernels;
    const base::Range columns = columns_of(part.panels, dim);
    const std::size_t n = columns.end - columns.begin;
    const bool norm_first =
        joining.place == spec::NormPlace::after || joining.place == spec::NormPlace::around;
    for (std::size_t row = part.rows.begin; row < part.rows.end; ++row) {
        float* block = projected + (row - part.rows.begin) * stride + columns.begin;
        if (joining.bias != nullptr) table.add(block, joining.bias + columns.begin, n);
        if (norm_first) continue;
        float* x = step.work.x.at(row * dim + columns.begin);
        if (joining.parallel) table.add(x, step.work.deferred.at(row * stride + columns.begin), n);
        table.add(x, block, n);
    }
    if (!part.whole_rows) team.wait();
    step.exchange(team, {norm_first ? projected : step.work.x.data(), norm_first ? stride : dim,
                         step.n_rows, panels_of(dim), tensor::kPanelRows, dim});
    if (joining.place == spec::NormPlace::before) return;
    const base::Range mine = part.whole_rows ? part.rows : step.rows(team);
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        float* x = step.work.x.at(row * dim);
        float* block = norm_first ? projected + (row - part.rows.begin) * stride : x;
        apply_norm(step.model, block, block, joining.norm);
        if (norm_first) table.add(x, block, dim);
    }
    if (!part.whole_rows) team.wait();
}

void project_residual(const Step& step, const base::Team& team, const Matrix& matrix, ActRows& in,
                      const Joining& joining) noexcept {
    const kernels::KernelTable& table = *step.model.kernels;
    const std::size_t stride = step.work.projected_stride;
    const Part part = step.part(team, n_panels(matrix));
    float* projected = step.work.projected.at(part.rows.begin * stride);
    // Whole rows go slab by slab, through the same room, which stays in the cache.
    for (std::size_t row = part.rows.begin; part.whole_rows && row < part.rows.end;) {
        const base::Range rows{row, row + in.slab(row).n_rows};
        multiply(table, projected, stride, matrix, part.panels, in, row, rows.end - row);
        join_residual(step, team, {rows, part.panels, true}, projected, joining);
        row = rows.end;
    }
    if (part.whole_rows) return;
    multiply(table, projected, stride, matrix, part.panels, in, 0, step.n_rows);
    join_residual(step, team, part, projected, joining);
}

}  // namespace quire::model
