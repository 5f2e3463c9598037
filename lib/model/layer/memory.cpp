// Memories: each head has a matrix that every token reads and changes, in the order of the text. Heads
// do not depend on each other, and are divided among threads.
// source: Yang et al. 2024, "Gated Delta Networks"; Dao and Gu 2024, "Transformers are SSMs".

#include <algorithm>
#include <cmath>
#include <cstring>

#include "lib/model/layer/mix.h"

namespace quire::model {

namespace {

using spec::Recurrence;

// Added to the sum of squares of a query or key. source: transformers, l2norm() of Qwen 3.5.
constexpr float kUnitEps = 1e-6F;

// Where a head's queries, keys and values are in a row.
struct HeadColumns {
    HeadColumns(const LayerView& layer, std::size_t head) {
        const spec::LayerSpec& spec = layer.spec;
        const std::size_t keys = std::size_t{spec.state_key_heads} * spec.state_key_dim;
        const std::size_t key_head = spec.state_tiled
                                         ? head % spec.state_key_heads
                                         : head / (spec.state_heads / spec.state_key_heads);
        const std::size_t first = layer.mix.in + key_head * spec.state_key_dim;
        const std::size_t value = layer.mix.in + head * spec.state_value_dim;
        if (spec.recurrence == Recurrence::mamba2) {
            const std::size_t values = std::size_t{spec.state_heads} * spec.state_value_dim;
            v = value;
            k = first + values;
            q = k + keys;
        } else {
            q = first;
            k = first + keys;
            v = value + 2 * keys;
        }
    }
    std::size_t q;
    std::size_t k;
    std::size_t v;
};

// A sequence and a head of it, on one thread.
class HeadScan {
  public:
    HeadScan(const Step& step, const LayerView& layer, const SequenceRows& sequence,
             std::size_t head)
        : step_(step),
          layer_(layer),
          sequence_(sequence),
          head_(head),
          columns_(layer, head),
          n_floats_(std::size_t{layer.spec.state_key_dim} * layer.spec.state_value_dim),
          at_(layer.kv.state.memory + head * n_floats_),
          memory_(sequence.cache->state() + at_),
          keys_(step.work.mix.scratch[static_cast<std::size_t>(step.team.thread)].data()) {}

    void run() noexcept {
        if (sequence_.first_pos == 0) std::memset(memory_, 0, n_floats_ * sizeof(float));
        for_parts(sequence_, [&](std::size_t first, std::size_t n, float* save) {
            for (std::size_t i = 0; i < n; i += kScanTokens) {
                scan(sequence_.first_row + first + i, std::min(kScanTokens, n - i));
            }
            if (save != nullptr) std::memcpy(save + at_, memory_, n_floats_ * sizeof(float));
        });
    }

  private:
    float* row(std::size_t index) const noexcept {
        return step_.work.mix.products.at(index * step_.work.mix.stride);
    }

    // Queries and keys of length 1, the queries then divided by the square root of their width.
    void normalize(std::size_t first, std::size_t n) noexcept {
        const std::size_t width = layer_.spec.state_key_dim;
        const float length = std::sqrt(static_cast<float>(width));
        float* of_keys = keys_ + 2 * kScanTokens * width;
        float* of_queries = of_keys + width;
        std::fill_n(of_keys, width, 1.0F / length);
        std::fill_n(of_queries, width, 1.0F / static_cast<float>(width));
        const float eps = kUnitEps / static_cast<float>(width);
        for (std::size_t i = 0; i < n; ++i) {
            const float* in = row(first + i);
            float* out = keys_ + 2 * i * width;
            step_.model.kernels->rms_norm(out, in + columns_.q, width, {of_queries, nullptr, eps});
            step_.model.kernels->rms_norm(out + width, in + columns_.k, width,
                                          {of_keys, nullptr, eps});
        }
    }

    void scan(std::size_t first, std::size_t n) noexcept {
        kernels::ScanArgs args{};
        args.memory = memory_;
        args.delta = layer_.spec.recurrence == Recurrence::delta_net;
        if (args.delta) {
            normalize(first, n);
            args.q = keys_;
            args.k = keys_ + layer_.spec.state_key_dim;
            args.key_stride = 2 * std::size_t{layer_.spec.state_key_dim};
        } else {
            args.q = row(first) + columns_.q;
            args.k = row(first) + columns_.k;
            args.key_stride = step_.work.mix.stride;
            args.skip = layer_.weights.skip[head_];
        }
        args.v = row(first) + columns_.v;
        args.value_stride = step_.work.mix.stride;
        args.decay = row(first) + layer_.mix.decay + head_;
        args.gain = row(first) + layer_.mix.gain + head_;
        args.gate_stride = step_.work.mix.stride;
        args.n_tokens = n;
        args.key_dim = layer_.spec.state_key_dim;
        args.value_dim = layer_.spec.state_value_dim;
        step_.model.kernels->scan(args);
    }

    const Step& step_;
    const LayerView& layer_;
    const SequenceRows& sequence_;
    std::size_t head_;
    HeadColumns columns_;
    std::size_t n_floats_;
    std::size_t at_;  // in a state
    float* memory_;
    float* keys_;  // (kScanTokens, query | key), then the weights of their norms
};

}  // namespace

void open_gates(const Step& step, const LayerView& layer) noexcept {
    const kernels::KernelTable& table = *step.model.kernels;
    const std::size_t n = layer.spec.state_heads;
    // Mamba-2 takes in as much as its step says.
    const bool gates = layer.spec.recurrence == Recurrence::delta_net;
    constexpr auto kSigmoid = static_cast<std::size_t>(spec::Activation::sigmoid);
    const base::Range mine = step.rows();
    for (std::size_t row = mine.begin; row < mine.end; ++row) {
        float* products = step.work.mix.products.at(row * step.work.mix.stride);
        float* decay = products + layer.mix.decay;
        float* gain = products + layer.mix.gain;
        const LayerWeights& weights = layer.weights;
        table.decays(
            {decay, gates ? decay : gain, decay, weights.decay_bias, weights.decay_rate, n});
        if (gates) table.activate[kSigmoid](gain, gain, n);
    }
}

void scan_memories(const Step& step, const LayerView& layer) noexcept {
    const std::size_t n_heads = layer.spec.state_heads;
    const auto n_threads = static_cast<std::size_t>(step.team.n_threads);
    for (std::size_t s = 0; s < step.sequences.size(); ++s) {
        const std::size_t begin =
            (static_cast<std::size_t>(step.team.thread) + n_threads - s * n_heads % n_threads) %
            n_threads;
        for (std::size_t head = begin; head < n_heads; head += n_threads) {
            HeadScan(step, layer, step.sequences[s], head).run();
        }
    }
    step.wait();
}

void finish_memories(const Step& step, const LayerView& layer, std::size_t row) noexcept {
    const spec::LayerSpec& spec = layer.spec;
    const kernels::KernelTable& table = *step.model.kernels;
    constexpr auto kSilu = static_cast<std::size_t>(spec::Activation::silu);
    const float* products = step.work.mix.products.at(row * step.work.mix.stride);
    const std::size_t n = layer.weights.mix_out.columns;
    const float* in = products + HeadColumns(layer, 0).v;
    const float* gate = products + layer.mix.gate;
    float* out = step.work.mixed.row(row);
    const float eps = step.model.spec.state_norm_eps;
    kernels::NormArgs norm{layer.weights.mix_norm, nullptr,
                           eps > 0.0F ? eps : step.model.spec.norm_eps};
    if (spec.state_norm != spec::StateNorm::head) table.gate[kSilu](out, gate, in, n);
    switch (spec.state_norm) {
        case spec::StateNorm::none:
            break;
        case spec::StateNorm::head:
            for (std::size_t at = 0; at < n; at += spec.state_value_dim) {
                table.rms_norm(out + at, in + at, spec.state_value_dim, norm);
            }
            table.gate[kSilu](out, gate, out, n);
            break;
        case spec::StateNorm::gated_group: {
            const std::size_t width = n / spec.state_key_heads;
            for (std::size_t at = 0; at < n; at += width, norm.weight += width) {
                table.rms_norm(out + at, out + at, width, norm);
            }
            break;
        }
    }
}

}  // namespace quire::model
