// Recurrent blocks: what a token passes on to the next ones is a state of fixed size. The state of a
// sequence goes through the tokens of a pass in order. Channels of a convolution and heads of a memory
// do not depend on each other, and are divided among threads.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <initializer_list>

#include "lib/base/assert.h"
#include "lib/model/layer/mix.h"
#include "lib/spec/limits.h"

namespace quire::model {

namespace {

using spec::Recurrence;

static_assert(spec::kMaxConvWidth == kernels::kMaxConvWidth);

// Channels and tokens that go through a convolution together: their rows stay in the cache.
constexpr std::size_t kConvChannels = 256;
constexpr std::size_t kConvTokens = 16;

// A matrix, and where its products begin in a row.
struct Side {
    const Matrix& matrix;
    std::size_t column;
};

// The panels of all matrices are divided among threads as one range.
void project_sides(const Step& step, std::initializer_list<Side> sides) noexcept {
    std::size_t n_all = 0;
    for (const Side& side : sides) n_all += n_panels(side.matrix);
    const WorkShare mine = step.share(n_all);
    const std::size_t stride = step.work.mix.stride;
    std::size_t before = 0;
    for (const Side& side : sides) {
        const std::size_t n = n_panels(side.matrix);
        const base::Range panels{std::clamp(mine.panels.begin, before, before + n) - before,
                                 std::clamp(mine.panels.end, before, before + n) - before};
        before += n;
        if (panels.begin == panels.end) continue;
        step.multiply({step.work.mix.products.at(mine.rows.begin * stride + side.column), stride},
                      {side.matrix, panels, step.work.normed, mine.rows});
    }
    step.wait();
    step.exchange({step.work.mix.products.data(), stride, step.n_rows, n_all * tensor::kPanelRows,
                   tensor::kPanelRows});
    step.record(Operation::qkv);
}

// Channels [begin, begin + n) of a sequence.
void convolve_sequence(const Step& step, const LayerView& layer, const SequenceRows& sequence,
                       base::Range channels) noexcept {
    const spec::LayerSpec& spec = layer.spec;
    MixRows& mix = step.work.mix;
    const std::size_t n_channels = spec::recurrent_dims(step.model.spec, spec).channels;
    const std::size_t n = channels.end - channels.begin;
    const bool gates = spec.recurrence == Recurrence::short_conv;
    const std::size_t at = layer.kv.state.conv + channels.begin;
    float* history = sequence.cache->state() + at;
    const auto for_history = [&](const auto& act) {
        for (std::size_t j = 0; j + 1 < spec.conv_width; ++j) act(j * n_channels);
    };
    if (sequence.first_pos == 0) {
        for_history([&](std::size_t row) { std::memset(history + row, 0, n * sizeof(float)); });
    }
    for_parts(sequence, [&](std::size_t first, std::size_t n_tokens, float* save) {
        for (std::size_t i = 0; i < n_tokens; i += kConvTokens) {
            const std::size_t row = sequence.first_row + first + i;
            float* in = mix.products.at(row * mix.stride + layer.mix.in + channels.begin);
            kernels::ConvArgs args{};
            args.x = gates ? in + 2 * n_channels : in;
            args.in_gate = gates ? in : nullptr;
            args.out_gate = gates ? in + n_channels : nullptr;
            args.stride = mix.stride;
            args.history = history;
            args.weights = layer.weights.conv + channels.begin;
            args.bias = spec.conv_bias ? layer.weights.conv_bias + channels.begin : nullptr;
            args.channel_stride = n_channels;
            args.n_channels = n;
            args.n_tokens = std::min(kConvTokens, n_tokens - i);
            args.width = spec.conv_width;
            args.silu = !gates;
            step.model.kernels->convolve(args);
        }
        if (save == nullptr) return;
        for_history([&](std::size_t row) {
            std::memcpy(save + at + row, history + row, n * sizeof(float));
        });
    });
}

// Ends at a barrier.
void convolve(const Step& step, const LayerView& layer) noexcept {
    const std::size_t n_channels = spec::recurrent_dims(step.model.spec, layer.spec).channels;
    const base::Range units = base::share(step.team, n_channels / tensor::kPanelRows);
    const std::size_t end = units.end * tensor::kPanelRows;
    for (const SequenceRows& sequence : step.sequences) {
        for (std::size_t i = units.begin * tensor::kPanelRows; i < end; i += kConvChannels) {
            convolve_sequence(step, layer, sequence, {i, std::min(i + kConvChannels, end)});
        }
    }
    step.wait();
}

// The result of a row, as the output matrix reads it.
void finish_row(const Step& step, const LayerView& layer, std::size_t row) noexcept {
    if (layer.spec.recurrence == Recurrence::time_mix) return finish_time_mix(step, layer, row);
    if (layer.spec.state_heads > 0) return finish_memories(step, layer, row);
    const std::size_t n = layer.weights.mix_out.columns;
    const float* in = step.work.mix.products.at(row * step.work.mix.stride + layer.mix.in);
    float* out = step.work.mixed.row(row);
    std::memcpy(out, in + 2 * n, n * sizeof(float));
}

}  // namespace

void advance_state(const Step& step, const LayerView& layer) noexcept {
    if (layer.spec.recurrence == Recurrence::time_mix) return advance_time_mix(step, layer);
    if (has_cells(layer.spec)) return advance_cells(step, layer);
    const LayerWeights& weights = layer.weights;
    project_sides(step, {{weights.mix_in, layer.mix.in},
                         {weights.mix_gate, layer.mix.gate},
                         {weights.mix_decay, layer.mix.decay},
                         {weights.mix_gain, layer.mix.gain}});
    const bool memory = layer.spec.state_heads > 0;
    if (memory) open_gates(step, layer);
    convolve(step, layer);
    if (memory) scan_memories(step, layer);
    step.record(Operation::recurrent);
}

void project_mixed(const Step& step, const LayerView& layer) noexcept {
    if (has_cells(layer.spec)) return;  // x is what they give
    const Matrix& matrix = layer.weights.mix_out;
    const base::Range mine = step.rows();
    for (const SequenceRows& sequence : step.sequences) {
        const std::size_t end = std::min(mine.end, sequence.first_row + sequence.n_rows);
        for (std::size_t row = std::max(mine.begin, sequence.first_row); row < end; ++row) {
            finish_row(step, layer, row);
            const std::span<const float> out(step.work.mixed.row(row), matrix.columns);
            const auto is_number = [](float value) { return std::abs(value) < INFINITY; };
            if (!std::ranges::all_of(out, is_number)) {
                sequence.cache->mark_broken(sequence.first_pos + row - sequence.first_row);
            }
            if (is_block(matrix)) {
                step.work.mixed.quantize(*step.model.kernels, row, {0, matrix.columns});
            }
        }
    }
    step.wait_unless_by_rows();
    project_to_residual(step, matrix, step.work.mixed,
                        {layer.spec.norm_place, layer.weights.attn_post_norm, nullptr});
    step.record(Operation::attn_out);
}

}  // namespace quire::model
