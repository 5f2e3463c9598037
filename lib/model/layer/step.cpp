#include "lib/model/layer/step.h"

#include <algorithm>

namespace quire::model {

namespace {

// With at least this many rows per thread, rows are divided among threads: reading all weights on
// every thread then costs less than the barriers of sharing rows.
constexpr std::size_t kRowsPerThread = 40;

}  // namespace

bool Step::by_rows() const noexcept {
    return control.split == nullptr &&
           n_rows >= kRowsPerThread * static_cast<std::size_t>(team.n_threads);
}

WorkShare Step::share(std::size_t n_panels) const noexcept {
    if (by_rows()) return {rows(), {0, n_panels}, true};
    return {{0, n_rows}, columns(n_panels), false};
}

base::Range Step::columns(std::size_t n) const noexcept {
    if (control.split == nullptr) return base::share(team, n);
    const base::Range ours = control.split->part(n);
    const base::Range mine = base::share(team, ours.end - ours.begin);
    return {ours.begin + mine.begin, ours.begin + mine.end};
}

void Step::arrange_rows() const noexcept {
    const auto arrange = [&](ActivationRows& activations) {
        if (activations.n_rows() == 0) return;
        if (by_rows()) {
            const base::Range mine = rows();
            activations.arrange(mine.begin, mine.end);
        } else if (team.thread == 0) {
            activations.arrange(n_rows);
        }
    };
    for (ActivationRows* activations : {&work.normed, &work.q_latent, &work.kv_latent, &work.mixed,
                                        &work.gated, &work.embedded}) {
        arrange(*activations);
    }
    for (ActivationRows& activations : work.mix.shifted) arrange(activations);
    for (ActivationRows& activations : work.mix.latent) arrange(activations);
}

void Step::exchange(const SplitColumns& split) const noexcept {
    if (control.split == nullptr) return;
    team.wait();
    if (team.thread == 0) control.split->exchange(split);
    team.wait();
}

Encodings Step::encodings_for(std::initializer_list<const Matrix*> matrices) const noexcept {
    Encodings encodings{control.observer != nullptr, false};
    for (const Matrix* matrix : matrices) {
        if (matrix->rows == 0) continue;
        (is_block(*matrix) ? encodings.int8 : encodings.f32) = true;
    }
    return encodings;
}

base::Range columns_of(base::Range panels, std::size_t n) noexcept {
    return {std::min(panels.begin * tensor::kPanelRows, n),
            std::min(panels.end * tensor::kPanelRows, n)};
}

}  // namespace quire::model
