// The residual stream before the first layer: the embedding, its positions, its norm and projection,
// and the rotary angles of each row.

#include <algorithm>

#include "lib/model/layer/blocks.h"
#include "lib/model/rope.h"

namespace quire::model {

namespace {

struct Token {
    std::uint32_t id;
    std::size_t position;
    bool is_second;  // of the second text of a pair
};

// out (the embedding's width) = norm(embedding of the token + embedding of its position + kind)
void embed_row(const Step& step, float* out, std::size_t row, const Token& token) noexcept {
    const spec::ModelSpec& spec = step.model.spec;
    const Weights& weights = step.model.weights;
    const kernels::KernelTable& table = *step.model.kernels;
    const std::size_t dim = embed_dim(spec);
    tensor::decode_row({out, dim}, weights.embed.data, weights.embed.dtype, token.id);
    if (spec.embed_scale != 1.0F) table.scale(out, spec.embed_scale, dim);
    if (spec.n_positions > 0) {
        float* position = step.work.normed.row(row);  // free until the first norm
        tensor::decode_row({position, dim}, weights.positions.data, weights.positions.dtype,
                           token.position);
        table.add(out, position, dim);
    }
    if (spec.second_kind && token.is_second) table.add(out, weights.second_kind, dim);
    if (spec.embed_norm) apply_norm(step.model, out, out, weights.embed_norm, dim);
    if (spec.layer_embed_dim == 0) return;
    const std::size_t n = weights.layer_embed.columns;
    float* embeds = step.work.layer_embeds.at(row * step.work.layer_embed_stride);
    tensor::decode_row({embeds, n}, weights.layer_embed.data, weights.layer_embed.dtype, token.id);
    table.scale(embeds, spec.layer_embed_scale, n);
}

void set_angles(const Step& step, std::size_t row, std::size_t pos) noexcept {
    std::size_t pair = 0;
    for (const spec::RopeSpec& rope : step.model.spec.ropes) {
        const std::size_t at = row * step.work.rope_pairs + pair;
        rope_angles({step.work.cos.at(at), step.work.sin.at(at)},
                    {step.model.weights.rope_freqs + pair, rope.dim / 2}, pos, rope.amplitude);
        pair += rope.dim / 2;
    }
}

// x (n_rows, dim) = embedded (n_rows, embed_dim) times the matrix (dim, embed_dim), and its bias.
// Begins and ends at a barrier.
void project_embedded(const Step& step) noexcept {
    const Weights& weights = step.model.weights;
    const kernels::KernelTable& table = *step.model.kernels;
    Workspace& work = step.work;
    const std::size_t dim = step.model.spec.dim;
    step.wait();
    const WorkShare share = step.share(n_panels(weights.embed_project));
    const base::Range columns = columns_of(share.panels, dim);
    const std::size_t n_rows = share.rows.end - share.rows.begin;
    const OutputRows out{work.projected.at(share.rows.begin * work.projected_stride),
                         work.projected_stride};
    step.multiply(out, {weights.embed_project, share.panels, work.embedded, share.rows});
    add_bias(table, out, weights.embed_project_bias, n_rows, columns);
    for (std::size_t i = 0; i < n_rows; ++i) {
        const float* row = out.data + i * out.stride;
        std::copy(row + columns.begin, row + columns.end,
                  work.x.at((share.rows.begin + i) * dim + columns.begin));
    }
    step.wait();
    step.exchange({work.x.data(), dim, step.n_rows, dim, tensor::kPanelRows});
}

}  // namespace

void embed(const Step& step, std::span<const SequenceInput> inputs) noexcept {
    const spec::ModelSpec& spec = step.model.spec;
    const bool narrow = spec.embed_dim > 0;
    const bool projects = has_narrow_embed(spec);
    const Weights& weights = step.model.weights;
    const Encodings encodings = step.encodings_for(
        {narrow && !projects ? &weights.layers.front().mix_in : &weights.embed_project});
    const base::Range mine = step.rows();
    // Row blocks of all rows, which thread 0 arranges, are needed for codes.
    if (narrow && encodings.int8 && !step.by_rows()) step.wait();
    for (std::size_t s = 0; s < step.sequences.size(); ++s) {
        const SequenceRows& sequence = step.sequences[s];
        for (std::size_t i = 0; i < sequence.n_rows; ++i) {
            const std::size_t row = sequence.first_row + i;
            if (row < mine.begin || row >= mine.end) continue;
            float* out = narrow ? step.work.embedded.row(row) : step.work.x.at(row * spec.dim);
            const std::size_t pos = sequence.first_pos + i;
            embed_row(step, out, row, {inputs[s].tokens[i], pos, i >= inputs[s].second_begin});
            set_angles(step, row, pos);
            if (narrow && !projects) std::fill_n(step.work.x.at(row * spec.dim), spec.dim, 0.0F);
            if (narrow && encodings.int8) {
                step.work.embedded.quantize(*step.model.kernels, row, {0, spec.embed_dim});
            }
        }
    }
    if (projects) {
        project_embedded(step);
    } else {
        step.wait();
    }
    step.record(Operation::embed);
}

}  // namespace quire::model
