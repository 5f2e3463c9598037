// The parts of a recurrent block that are in files of their own.
#pragma once

#include "lib/model/layer/blocks.h"

namespace quire::model {

// Calls act(first, n, save) for the tokens of a sequence up to each point where its state is saved, and
// for those after the last; save is null for the latter.
template <typename Act>
void for_parts(const SequenceRows& sequence, const Act& act) {
    std::size_t begin = 0;
    for (const SavePoint& save : sequence.saves) {
        act(begin, save.n_tokens - begin, save.state);
        begin = save.n_tokens;
    }
    if (begin < sequence.n_rows) act(begin, sequence.n_rows - begin, nullptr);
}

// memory.cpp, of layers whose heads have memories

// How much each memory keeps and takes in, from the products for that. No barrier.
void open_gates(const Step& step, const LayerView& layer) noexcept;
// Runs the rows of each sequence through its memories; results replace the values. Ends at a barrier.
void scan_memories(const Step& step, const LayerView& layer) noexcept;
// mixed = the results of a row, with norm and gate.
void finish_memories(const Step& step, const LayerView& layer, std::size_t row) noexcept;

// time_mix.cpp, of layers whose recurrence is time_mix

// The products of mixtures of normed (n_rows, dim) with the rows before, and the memories. Ends at a
// barrier.
void advance_time_mix(const Step& step, const LayerView& layer) noexcept;
// mixed = the results of a row, with norms and gate.
void finish_time_mix(const Step& step, const LayerView& layer, std::size_t row) noexcept;

// cells.cpp, of layers with cells

// The products of what a layer reads, and its cells token by token: x (n_rows, dim) = what the layer gives.
// Ends at a barrier.
void advance_cells(const Step& step, const LayerView& layer) noexcept;

}  // namespace quire::model
