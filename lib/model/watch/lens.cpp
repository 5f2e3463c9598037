#include "lib/model/watch/lens.h"

#include "lib/base/assert.h"
#include "lib/model/layer/blocks.h"

namespace quire::model {

Lens::Lens(const Model& model, std::size_t n_rows, int n_threads)
    : model_(model),
      n_threads_(n_threads),
      normed_(n_rows, model.spec.dim),
      logits_(n_rows * logits_stride(model.spec)) {
    QUIRE_ASSERT(model.spec.output != spec::OutputKind::none);
}

std::span<const float> Lens::logits(std::span<const float> x) {
    const spec::ModelSpec& spec = model_.spec;
    const Matrix& output = model_.weights.output;
    const kernels::KernelTable& table = *model_.kernels;
    const std::size_t n = x.size() / spec.dim;
    QUIRE_ASSERT(n <= normed_.n_rows());
    normed_.arrange(n);
    base::run_team(n_threads_, [&](const base::Team& team) {
        const base::Range rows = base::share(team, n);
        for (std::size_t i = rows.begin; i < rows.end; ++i) {
            apply_norm(model_, normed_.row(i), x.data() + i * spec.dim, model_.weights.output_norm);
            if (is_block(output)) normed_.quantize(table, i, {0, spec.dim});
        }
        team.wait();
        const base::Range panels = base::share(team, n_panels(output));
        const OutputRows out{logits_.data(), stride()};
        multiply(table, out, {output, panels, normed_, {0, n}});
        const base::Range columns = columns_of(panels, spec.vocab_size);
        add_bias(table, out, model_.weights.output_bias, n, columns);
        for (std::size_t i = 0; i < n && spec.logit_soft_cap != 0.0F; ++i) {
            table.soft_cap(logits_.data() + i * stride() + columns.begin, spec.logit_soft_cap,
                           columns.end - columns.begin);
        }
    });
    return std::span<const float>(logits_).first(n * stride());
}

}  // namespace quire::model
