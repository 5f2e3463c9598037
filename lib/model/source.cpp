#include "lib/model/source.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/base/assert.h"
#include "lib/model/finite.h"
#include "lib/model/layer/blocks.h"

namespace quire::model {

namespace {

// Rows whose keys and values are computed together.
constexpr std::size_t kMaxRows = 256;

// The hidden states of this thread's rows, as the matrices need them.
void load_rows(const Step& step, const float* hidden) noexcept {
    const std::size_t dim = step.model.spec.dim;
    bool as_codes = false;
    for (const LayerWeights& layer : step.model.weights.layers) {
        for (const Matrix* matrix : {&layer.cross_k, &layer.cross_v}) {
            as_codes = as_codes || (matrix->rows > 0 && is_block(*matrix));
        }
    }
    const base::Range rows = step.rows();
    for (std::size_t row = rows.begin; row < rows.end; ++row) {
        std::memcpy(step.work.normed.row(row), hidden + row * dim, dim * sizeof(float));
        if (as_codes) step.work.normed.quantize(*step.model.kernels, row, {0, dim});
    }
    step.wait_unless_by_rows();
}

void store_all(const Step& step, const float* hidden) noexcept {
    step.arrange_rows();
    step.wait();
    load_rows(step, hidden);
    for (std::size_t i = 0; i < step.model.spec.layers.size(); ++i) {
        const LayerView layer(step.model, i);
        if (layer.spec.cross) store_source(step, layer, step.sequences.front());
    }
}

}  // namespace

SourceWorkspace::SourceWorkspace(const Model& model, std::size_t tokens, int n_threads)
    : n_tokens(tokens),
      encoder(model.encoder->spec, tokens, n_threads),
      decoder(model.spec, std::min(tokens, kMaxRows), n_threads),
      hidden(tokens * model.spec.dim),
      pool(model.encoder->kv_layout.make_pool()) {}

void read_source(const Model& model, SourceWorkspace& work, std::span<const std::uint32_t> tokens,
                 KvCache& source, const PassControl& control) {
    QUIRE_ASSERT(!tokens.empty() && tokens.size() <= work.n_tokens && source.length() == 0);
    const std::size_t dim = model.spec.dim;
    source.reserve(tokens.size());
    KvCache own(model.encoder->kv_layout, work.pool);
    const std::array<SequenceInput, 1> input{{{&own, tokens, tokens.size()}}};
    forward_hidden(*model.encoder, work.encoder, input, work.hidden.data(), control);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        check_finite(own, {work.hidden.at(i * dim), dim}, i, "source");
    }
    if (control.split != nullptr) control.split->reserve(work.decoder.qkv.size());
    for (std::size_t begin = 0; begin < tokens.size(); begin += work.decoder.n_rows) {
        const std::size_t n = std::min(work.decoder.n_rows, tokens.size() - begin);
        const std::array<SequenceRows, 1> rows{{{&source, 0, n, begin, begin + n}}};
        PassState state;
        const Step step{.model = model,
                        .work = work.decoder,
                        .control = control,
                        .state = state,
                        .sequences = rows,
                        .n_rows = n};
        work.decoder.run_threads(control.n_threads, [&](const base::Team& team) {
            store_all(step.of(team), work.hidden.at(begin * dim));
        });
    }
    source.set_length(tokens.size());
}

}  // namespace quire::model
