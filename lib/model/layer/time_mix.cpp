// RWKV-7: each head has a memory whose rows forget on their own, and in which a token replaces what it
// has under its key. What matrices are multiplied with is a mixture of a row and the row before.
// source: Peng et al. 2025, "RWKV-7 Goose with Expressive Dynamic State Evolution".

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <initializer_list>

#include "lib/model/layer/mix.h"

namespace quire::model {

namespace {

// Below what the length of a key is taken for. source: torch.nn.functional.normalize().
constexpr float kUnitSquareEps = 1e-24F;

// Places in MixRows::shifted, and in the tensor `mix_shift`.
enum Mixture : std::size_t { of_q, of_decay, of_k, of_v, of_gain, of_gate };
// Places in MixRows::latent.
enum Latent : std::size_t { for_decay, for_gain, for_gate, for_values };

// Mixtures of normed with the row before.
struct Shift {
    const float* parts;  // (n, dim): how much of the row before
    std::size_t n;
    std::size_t at;                  // of the row before the first, in a state
    std::array<bool, 6> codes = {};  // whether codes are needed
};

// The row before the first of a pass is in the state; before the text there are zeros.
const float* row_before(const Step& step, const SequenceRows& sequence, std::size_t row,
                        std::size_t at) noexcept {
    if (row > sequence.first_row) return step.work.normed.row(row - 1);
    return sequence.cache->state() + at;
}

// Ends at a barrier.
void shift_rows(const Step& step, const Shift& shift) noexcept {
    const std::size_t dim = step.model.spec.dim;
    const kernels::KernelTable& table = *step.model.kernels;
    Workspace& work = step.work;
    const base::Range mine = step.rows();
    const auto for_mine = [&](const auto& act) {
        for (const SequenceRows& sequence : step.sequences) {
            const std::size_t end = std::min(mine.end, sequence.first_row + sequence.n_rows);
            for (std::size_t row = std::max(mine.begin, sequence.first_row); row < end; ++row) {
                act(sequence, row);
            }
        }
    };
    if (step.by_rows()) step.wait();  // others have written the rows before ours
    for_mine([&](const SequenceRows& sequence, std::size_t row) {
        if (row == sequence.first_row && sequence.first_pos == 0) {
            std::memset(sequence.cache->state() + shift.at, 0, dim * sizeof(float));
        }
        const float* x = work.normed.row(row);
        const float* before = row_before(step, sequence, row, shift.at);
        for (std::size_t i = 0; i < shift.n; ++i) {
            ActivationRows& to = work.mix.shifted[i];
            table.blend({to.row(row), x, before, shift.parts + i * dim, dim});
            if (shift.codes[i]) to.quantize(table, row, {0, dim});
        }
    });
    step.wait();
    // Rows stay as they are until their thread goes on, and nobody reads the old state any more.
    for_mine([&](const SequenceRows& sequence, std::size_t row) {
        const std::size_t n_tokens = row - sequence.first_row + 1;
        const float* x = work.normed.row(row);
        for (const SavePoint& save : sequence.saves) {
            if (save.n_tokens == n_tokens)
                std::memcpy(save.state + shift.at, x, dim * sizeof(float));
        }
        if (n_tokens == sequence.n_rows) {
            std::memcpy(sequence.cache->state() + shift.at, x, dim * sizeof(float));
        }
    });
}

// A product, and where its columns go.
struct Projection {
    const Matrix& matrix;
    ActivationRows& in;
    float* out;
    std::size_t stride;
};

// Other rows than its own of the results may be read by a thread only after a barrier.
void project(const Step& step, std::initializer_list<Projection> sides) noexcept {
    for (const Projection& side : sides) {
        const WorkShare mine = step.share(n_panels(side.matrix));
        if (mine.panels.begin == mine.panels.end) continue;
        step.multiply({side.out + mine.rows.begin * side.stride, side.stride},
                      {side.matrix, mine.panels, side.in, mine.rows});
    }
    step.wait_unless_by_rows();
    for (const Projection& side : sides) {
        if (side.matrix.rows == 0) continue;
        step.exchange({side.out, side.stride, step.n_rows, side.matrix.rows, tensor::kPanelRows});
    }
}

// q, k, v, and the first products of the rest, through their functions.
void project_first(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    MixRows& mix = step.work.mix;
    float* q = mix.products.data() + layer.mix.in;
    const std::size_t n = weights.mix_in.rows;
    const auto first = [&](const Matrix& matrix, Mixture from, Latent to) {
        return Projection{matrix, mix.shifted[from], mix.latent[to].values.data(),
                          mix.latent[to].stride};
    };
    project(step, {{weights.mix_in, mix.shifted[of_q], q, mix.stride},
                   {weights.mix_k, mix.shifted[of_k], q + n, mix.stride},
                   {weights.mix_v, mix.shifted[of_v], q + 2 * n, mix.stride},
                   first(weights.mix_decay_a, of_decay, for_decay),
                   first(weights.mix_gain_a, of_gain, for_gain),
                   first(weights.mix_gate_a, of_gate, for_gate),
                   first(weights.mix_value_a, of_v, for_values)});
    const kernels::KernelTable& table = *step.model.kernels;
    constexpr auto kTanh = static_cast<std::size_t>(spec::Activation::tanh);
    constexpr auto kSigmoid = static_cast<std::size_t>(spec::Activation::sigmoid);
    const base::Range mine = step.rows();
    const auto encode = [&](std::size_t row, const Matrix& next, Latent at) {
        if (is_block(next)) mix.latent[at].quantize(table, row, {0, next.columns});
    };
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        float* decay = mix.latent[for_decay].row(row);
        float* gate = mix.latent[for_gate].row(row);
        table.activate[kTanh](decay, decay, layer.spec.decay_rank);
        table.activate[kSigmoid](gate, gate, layer.spec.gate_rank);
        encode(row, weights.mix_decay, for_decay);
        encode(row, weights.mix_gain, for_gain);
        encode(row, weights.mix_gate, for_gate);
        if (layer.spec.value_rank > 0) encode(row, weights.mix_value, for_values);
    }
    step.wait_unless_by_rows();
}

void project_second(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    MixRows& mix = step.work.mix;
    const auto second = [&](const Matrix& matrix, Latent from, std::size_t column) {
        return Projection{matrix, mix.latent[from], mix.products.data() + column, mix.stride};
    };
    project(step, {second(weights.mix_decay, for_decay, layer.mix.decay),
                   second(weights.mix_gain, for_gain, layer.mix.gain),
                   second(weights.mix_gate, for_gate, layer.mix.gate),
                   second(weights.mix_value, for_values, layer.mix.read)});
    step.record(Operation::qkv);
}

// What a row brings to the memories.
void open_row(const Step& step, const LayerView& layer, std::size_t row) noexcept {
    const LayerWeights& weights = layer.weights;
    const kernels::KernelTable& table = *step.model.kernels;
    constexpr auto kSigmoid = static_cast<std::size_t>(spec::Activation::sigmoid);
    const std::size_t n = spec::recurrent_dims(step.model.spec, layer.spec).out;
    float* products = step.work.mix.products.at(row * step.work.mix.stride);
    float* k = products + layer.mix.in + n;
    float* v = k + n;
    float* unit = products + layer.mix.unit;
    table.key_gates({products + layer.mix.decay, products + layer.mix.gain, unit, k,
                     weights.decay_bias, weights.gain_bias, weights.key_unit, weights.key_gain, n});
    // x / sqrt(mean(x^2)) / sqrt(dim) is x / |x|.
    const std::size_t dim = layer.spec.state_key_dim;
    float* ones = step.work.mix.scratch[static_cast<std::size_t>(step.team.thread)].data();
    std::fill_n(ones, dim, 1.0F / std::sqrt(static_cast<float>(dim)));
    for (std::size_t at = 0; at < n; at += dim) {
        table.rms_norm(unit + at, unit + at, dim,
                       {ones, nullptr, kUnitSquareEps / static_cast<float>(dim)});
    }
    float* first = step.work.mix.first_values.at(row * n);
    if (layer.index == 0) std::memcpy(first, v, n * sizeof(float));
    if (layer.spec.value_rank == 0) return;
    float* part = products + layer.mix.read;
    table.add(part, weights.value_bias, n);
    table.activate[kSigmoid](part, part, n);
    table.blend({v, v, first, part, n});
}

// One head of a sequence.
void scan_head(const Step& step, const LayerView& layer, const SequenceRows& sequence,
               std::size_t head) noexcept {
    const std::size_t dim = layer.spec.state_key_dim;
    const std::size_t n = spec::recurrent_dims(step.model.spec, layer.spec).out;
    const std::size_t at = layer.kv.state.memory + head * dim * dim;
    const std::size_t bytes = dim * dim * sizeof(float);
    float* memory = sequence.cache->state() + at;
    if (sequence.first_pos == 0) std::memset(memory, 0, bytes);
    const MixRows& mix = step.work.mix;
    for_parts(sequence, [&](std::size_t first, std::size_t n_tokens, float* save) {
        if (n_tokens > 0) {
            float* row =
                step.work.mix.products.at((sequence.first_row + first) * mix.stride) + head * dim;
            kernels::KeyScanArgs args{};
            args.memory = memory;
            args.q = row + layer.mix.in;
            args.k = args.q + n;
            args.v = args.k + n;
            args.decay = row + layer.mix.decay;
            args.gain = row + layer.mix.gain;
            args.unit = row + layer.mix.unit;
            args.y = row + layer.mix.read;
            args.stride = mix.stride;
            args.n_tokens = n_tokens;
            args.dim = dim;
            step.model.kernels->key_scan(args);
        }
        if (save != nullptr) std::memcpy(save + at, memory, bytes);
    });
}

}  // namespace

void advance_time_mix(const Step& step, const LayerView& layer) noexcept {
    const LayerWeights& weights = layer.weights;
    const auto codes = [&](const Matrix& matrix) { return matrix.rows > 0 && is_block(matrix); };
    shift_rows(step, {weights.mix_shift,
                      6,
                      layer.kv.state.conv,
                      {codes(weights.mix_in), codes(weights.mix_decay_a), codes(weights.mix_k),
                       codes(weights.mix_v) || codes(weights.mix_value_a),
                       codes(weights.mix_gain_a), codes(weights.mix_gate_a)}});
    project_first(step, layer);
    project_second(step, layer);
    const base::Range mine = step.rows();
    for (std::size_t row = mine.begin; row < mine.end; ++row) open_row(step, layer, row);
    step.wait();
    const std::size_t n_heads = layer.spec.state_heads;
    const base::Range tasks = base::share(step.team, step.sequences.size() * n_heads);
    for (std::size_t task = tasks.begin; task < tasks.end; ++task) {
        scan_head(step, layer, step.sequences[task / n_heads], task % n_heads);
    }
    step.wait();
    step.record(Operation::recurrent);
}

void finish_time_mix(const Step& step, const LayerView& layer, std::size_t row) noexcept {
    const LayerWeights& weights = layer.weights;
    const kernels::KernelTable& table = *step.model.kernels;
    const std::size_t dim = layer.spec.state_key_dim;
    const std::size_t n = weights.mix_out.columns;
    float* products = step.work.mix.products.at(row * step.work.mix.stride);
    float* read = products + layer.mix.read;
    const float* q = products + layer.mix.in;
    const float eps = step.model.spec.state_norm_eps;
    for (std::size_t at = 0; at < n; at += dim) {
        table.layer_norm(read + at, read + at, dim,
                         {weights.mix_norm + at, weights.mix_norm_bias + at,
                          eps > 0.0F ? eps : step.model.spec.norm_eps});
        table.key_read({step.work.mixed.row(row) + at, read + at, q + at, q + n + at,
                        q + 2 * n + at, weights.read_gain + at, products + layer.mix.gate + at,
                        dim});
    }
}

void shift_ffn_input(const Step& step, const LayerView& layer) noexcept {
    shift_rows(step,
               {layer.weights.ffn_shift, 1, layer.kv.state.ffn, {is_block(layer.weights.up)}});
}

}  // namespace quire::model
