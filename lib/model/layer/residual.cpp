// The residual stream: the norms before the blocks of a layer, and how x takes in their results.

#include <algorithm>
#include <cstring>

#include "lib/model/layer/blocks.h"

namespace quire::model {

void apply_norm(const Model& model, float* out, const float* x, const Norm& norm,
                std::size_t n) noexcept {
    if (norm.weight == nullptr) {
        if (out != x) std::memcpy(out, x, n * sizeof(float));
        return;
    }
    switch (model.spec.norm) {
        case spec::NormKind::rms:
            model.kernels->rms_norm(out, x, n, {norm.weight, nullptr, norm.eps});
            break;
        case spec::NormKind::layer:
            model.kernels->layer_norm(out, x, n, {norm.weight, norm.bias, norm.eps});
            break;
    }
}

void apply_norm(const Model& model, float* out, const float* x, const Norm& norm) noexcept {
    apply_norm(model, out, x, norm, model.spec.dim);
}

void head_norm(const Model& model, float* x, const float* weight, std::size_t n) noexcept {
    switch (model.spec.norm) {
        case spec::NormKind::rms:
            model.kernels->rms_norm(x, x, n, {weight, nullptr, model.spec.norm_eps});
            break;
        case spec::NormKind::layer:
            model.kernels->layer_norm(x, x, n, {weight, nullptr, model.spec.norm_eps});
            break;
    }
}

void normalize(const Step& step, const Norm& norm, Encodings encodings) noexcept {
    const std::size_t dim = step.model.spec.dim;
    ActivationRows& normed = step.work.normed;
    const base::Range mine = step.rows();
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        // Values that nobody needs all go to the first row, which stays in the cache.
        float* out = normed.row(encodings.f32 ? row : mine.begin);
        apply_norm(step.model, out, step.work.x.at(row * dim), norm);
        if (encodings.int8) normed.quantize(*step.model.kernels, row, 0, out, dim);
    }
    step.wait_unless_by_rows();
    step.record(Operation::norm);
}

void add_to_residual(const Step& step, const WorkShare& share, float* projected,
                     const ResidualUpdate& update) noexcept {
    const std::size_t dim = step.model.spec.dim;
    const std::size_t stride = step.work.projected_stride;
    const kernels::KernelTable& table = *step.model.kernels;
    const base::Range columns = columns_of(share.panels, dim);
    const std::size_t n = columns.end - columns.begin;
    const bool norm_first =
        update.place == spec::NormPlace::after || update.place == spec::NormPlace::around;
    const bool norm_last = update.place == spec::NormPlace::residual;
    for (std::size_t row = share.rows.begin; row < share.rows.end; ++row) {
        float* block = projected + (row - share.rows.begin) * stride + columns.begin;
        if (update.bias != nullptr) table.add(block, update.bias + columns.begin, n);
        if (norm_first) continue;
        float* x = step.work.x.at(row * dim + columns.begin);
        if (update.add_deferred) {
            table.add(x, step.work.deferred.at(row * stride + columns.begin), n);
        }
        table.add(x, block, n);
        if (update.scale != nullptr && !norm_last) table.scale(x, *update.scale, n);
    }
    if (!share.whole_rows) step.wait();
    step.exchange({norm_first ? projected : step.work.x.data(), norm_first ? stride : dim,
                   step.n_rows, dim, tensor::kPanelRows});
    if (update.place == spec::NormPlace::before) return;
    const base::Range mine = share.whole_rows ? share.rows : step.rows();
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        float* x = step.work.x.at(row * dim);
        float* block = norm_first ? projected + (row - share.rows.begin) * stride : x;
        apply_norm(step.model, block, block, update.norm);
        if (norm_first) table.add(x, block, dim);
        if (update.scale != nullptr) table.scale(x, *update.scale, dim);
    }
    if (!share.whole_rows) step.wait();
}

void project_to_residual(const Step& step, const Matrix& matrix, ActivationRows& in,
                         const ResidualUpdate& update) noexcept {
    const std::size_t stride = step.work.projected_stride;
    const WorkShare share = step.share(n_panels(matrix));
    const OutputRows out{step.work.projected.at(share.rows.begin * stride), stride};
    if (!share.whole_rows) {
        step.multiply(out, {matrix, share.panels, in, share.rows});
        add_to_residual(step, share, out.data, update);
        return;
    }
    // One row block after another goes through the same memory, which stays in the cache.
    for (std::size_t row = share.rows.begin; row < share.rows.end;) {
        const base::Range rows{row, row + in.row_block(row).n_rows};
        step.multiply(out, {matrix, share.panels, in, rows});
        add_to_residual(step, {rows, share.panels, true}, out.data, update);
        row = rows.end;
    }
}

}  // namespace quire::model
