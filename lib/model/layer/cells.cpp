// Cells: recurrent networks as PyTorch writes them. The products with what a layer reads are those of all
// tokens at once. The products with what it gave for the token before come one token after the other, of all
// sequences together that have a token at that place in the pass.
// source: Hochreiter and Schmidhuber 1997, "Long Short-Term Memory"; Cho et al. 2014; Elman 1990.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>

#include "lib/model/layer/mix.h"

namespace quire::model {

namespace {

using spec::Recurrence;

// This thread's part of n elements, in whole blocks of codes.
base::Range elements(const Step& step, std::size_t n) noexcept {
    constexpr std::size_t kBlock = kernels::kActivationBlock;
    const base::Range blocks = base::share(step.team, (n + kBlock - 1) / kBlock);
    return {std::min(blocks.begin * kBlock, n), std::min(blocks.end * kBlock, n)};
}

std::size_t size(const base::Range& range) noexcept {
    return range.end - range.begin;
}

// A layer's walk through the tokens of a pass, on one thread.
class CellWalk {
  public:
    CellWalk(const Step& step, const LayerView& layer)
        : step_(step),
          layer_(layer),
          mix_(step.work.mix),
          projects_(spec::projects_cells(step.model.spec, layer.spec)),
          cells_(elements(step, layer.spec.n_cells)),
          given_(elements(step, step.model.spec.dim)) {}

    // Ends at a barrier.
    void run() noexcept {
        std::size_t n_tokens = 0;
        for (const SequenceRows& one : step_.sequences) n_tokens = std::max(n_tokens, one.n_rows);
        for (std::size_t token = 0; token < n_tokens; ++token) {
            arrange(token);
            for_sequences(token, [&](const SequenceRows& sequence, std::size_t slot) {
                read_state(sequence, slot, token);
            });
            step_.wait();
            multiply(layer_.weights.mix_state, mix_.before);
            for_sequences(token, [&](const SequenceRows& sequence, std::size_t slot) {
                compute(sequence, slot, token);
            });
            if (projects_) {
                step_.wait();
                multiply(layer_.weights.mix_out, mix_.cells);
            }
            for_sequences(token, [&](const SequenceRows& sequence, std::size_t slot) {
                give(sequence, slot, token);
            });
        }
        step_.wait();
    }

  private:
    // Calls act(sequence, slot) for the sequences that have this token.
    template <typename Act>
    void for_sequences(std::size_t token, const Act& act) const noexcept {
        std::size_t slot = 0;
        for (const SequenceRows& sequence : step_.sequences) {
            if (token < sequence.n_rows) act(sequence, slot++);
        }
    }
    float* state(const SequenceRows& sequence) const noexcept {
        return sequence.cache->state() + layer_.kv.state.conv;
    }
    float* second_state(const SequenceRows& sequence) const noexcept {
        return sequence.cache->state() + layer_.kv.state.memory;
    }

    // The row blocks of as many rows as there are sequences with this token.
    void arrange(std::size_t token) noexcept {
        std::size_t n = 0;
        for_sequences(token, [&](const SequenceRows&, std::size_t slot) { n = slot + 1; });
        if (n == n_slots_) return;
        n_slots_ = n;
        step_.wait();  // others may still read codes
        if (step_.team.thread == 0) {
            mix_.before.arrange(n);
            if (projects_) mix_.cells.arrange(n);
        }
        step_.wait();
    }

    // What was given for the token before, in the forms in which it is multiplied.
    void read_state(const SequenceRows& sequence, std::size_t slot, std::size_t token) noexcept {
        if (size(given_) == 0) return;
        float* in = state(sequence) + given_.begin;
        if (sequence.first_pos + token == 0) std::memset(in, 0, size(given_) * sizeof(float));
        std::memcpy(mix_.before.row(slot) + given_.begin, in, size(given_) * sizeof(float));
        if (is_block(layer_.weights.mix_state)) {
            mix_.before.quantize(*step_.model.kernels, slot, given_);
        }
    }

    // Ends at a barrier.
    void multiply(const Matrix& matrix, ActivationRows& in) noexcept {
        const base::Range panels = step_.columns(n_panels(matrix));
        if (panels.begin < panels.end) {
            step_.multiply({mix_.of_state.data(), mix_.stride},
                           {matrix, panels, in, {0, n_slots_}});
        }
        step_.wait();
        step_.exchange(
            {mix_.of_state.data(), mix_.stride, n_slots_, matrix.rows, tensor::kPanelRows});
    }

    // The cells, which are what is given or what a further product reads.
    void compute(const SequenceRows& sequence, std::size_t slot, std::size_t token) noexcept {
        if (size(cells_) == 0) return;
        const std::size_t at = cells_.begin;
        const auto offset = [&](const float* all) { return all == nullptr ? nullptr : all + at; };
        float* second = second_state(sequence) + at;
        const std::size_t row = sequence.first_row + token;
        kernels::CellArgs args{};
        args.out = (projects_ ? mix_.cells.row(slot) : state(sequence)) + at;
        args.second = second;
        args.before = args.out;
        args.x = mix_.products.at(row * mix_.stride + layer_.mix.in) + at;
        args.h = mix_.of_state.at(slot * mix_.stride) + at;
        args.x_bias = offset(layer_.weights.mix_in_bias);
        args.h_bias = offset(layer_.weights.mix_state_bias);
        args.gate_stride = layer_.spec.n_cells;
        args.n = size(cells_);
        args.relu = layer_.spec.activation == spec::Activation::relu;
        const kernels::KernelTable& table = *step_.model.kernels;
        switch (layer_.spec.recurrence) {
            case Recurrence::gru:
                table.gru_cells(args);
                break;
            case Recurrence::lstm:
                if (sequence.first_pos + token == 0) std::fill_n(second, args.n, 0.0F);
                table.lstm_cells(args);
                save(sequence, token, layer_.kv.state.memory, cells_);
                break;
            default:
                table.rnn_cells(args);
                break;
        }
        if (projects_ && is_block(layer_.weights.mix_out)) {
            mix_.cells.quantize(table, slot, cells_);
        }
    }

    // The layer's result for a token, which the next one reads.
    void give(const SequenceRows& sequence, std::size_t slot, std::size_t token) noexcept {
        const std::size_t n = size(given_);
        if (n == 0) return;
        float* now = state(sequence) + given_.begin;
        if (projects_) {
            std::memcpy(now, mix_.of_state.at(slot * mix_.stride) + given_.begin,
                        n * sizeof(float));
        }
        const auto is_number = [](float value) { return std::abs(value) < INFINITY; };
        if (!std::ranges::all_of(std::span(now, n), is_number)) {
            sequence.cache->mark_broken(sequence.first_pos + token);
        }
        const std::size_t row = sequence.first_row + token;
        std::memcpy(step_.work.x.at(row * step_.model.spec.dim + given_.begin), now,
                    n * sizeof(float));
        save(sequence, token, layer_.kv.state.conv, given_);
    }

    // This thread's part of a state, where it is saved after this token.
    void save(const SequenceRows& sequence, std::size_t token, std::size_t at,
              base::Range part) const noexcept {
        for (const SavePoint& point : sequence.saves) {
            if (point.n_tokens != token + 1) continue;
            std::memcpy(point.state + at + part.begin, sequence.cache->state() + at + part.begin,
                        size(part) * sizeof(float));
        }
    }

    const Step& step_;
    const LayerView& layer_;
    MixRows& mix_;
    bool projects_;
    base::Range cells_;  // those of this thread
    base::Range given_;  // of what is given
    std::size_t n_slots_ = 0;
};

// The products of what the layer reads. Ends at a barrier.
void project_read(const Step& step, const LayerView& layer) noexcept {
    const Matrix& matrix = layer.weights.mix_in;
    const std::size_t stride = step.work.mix.stride;
    ActivationRows& in = layer.spec.reads_embed ? step.work.embedded : step.work.normed;
    const WorkShare mine = step.share(n_panels(matrix));
    float* out = step.work.mix.products.data() + layer.mix.in;
    if (mine.panels.begin < mine.panels.end) {
        step.multiply({out + mine.rows.begin * stride, stride},
                      {matrix, mine.panels, in, mine.rows});
    }
    step.wait();
    step.exchange({out, stride, step.n_rows, matrix.rows, tensor::kPanelRows});
    step.record(Operation::qkv);
}

}  // namespace

void advance_cells(const Step& step, const LayerView& layer) noexcept {
    project_read(step, layer);
    CellWalk(step, layer).run();
    step.record(Operation::recurrent);
}

}  // namespace quire::model
