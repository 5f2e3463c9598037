// What one thread knows of a forward pass. All threads of a team call the operations of blocks.h in
// the same order, each with its own Step. Step decides which part of an operation a thread
// computes, and where the threads have to wait for each other.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "lib/base/parallel.h"
#include "lib/model/control.h"
#include "lib/model/forward.h"
#include "lib/model/linear.h"
#include "lib/model/profile.h"
#include "lib/model/row_split.h"
#include "lib/model/workspace.h"

namespace quire::model {

// Consecutive rows of the pass that belong to one sequence.
struct SequenceRows {
    KvCache* cache = nullptr;
    std::size_t first_row = 0;
    std::size_t n_rows = 0;
    std::size_t first_pos = 0;        // position of the first row
    std::size_t n_positions = 0;      // the last row sees positions below this one
    const KvCache* source = nullptr;  // keys and values of cross attention
    std::span<const SavePoint> saves = {};
};

// A layer of the model.
struct LayerView {
    LayerView(const Model& model, std::size_t layer)
        : index(layer),
          spec(model.spec.layers[layer]),
          weights(model.weights.layers[layer]),
          kv(model.kv_layout.layers[layer]),
          qkv(model.spec, spec),
          mix(model.spec, spec) {}

    std::size_t index;
    const spec::LayerSpec& spec;
    const LayerWeights& weights;
    const KvLayout::Layer& kv;
    QkvColumns qkv;
    MixColumns mix;
};

// What one thread computes of a product: these panels of these rows.
struct WorkShare {
    base::Range rows;
    base::Range panels;
    bool whole_rows;  // all panels of rows that no other thread computes
};

// In which forms the rows of an input are needed.
struct Encodings {
    bool f32 = false;
    bool int8 = false;
};

// What the threads of a pass share and change.
struct PassState {
    std::atomic<std::size_t> next_task{0};  // of attention; see attention.cpp
    // The layer in which the pass ends early. The first thread sets it before a barrier of that
    // layer and the others read it after that barrier, so all of them leave at the same place.
    std::atomic<std::size_t> last_layer{SIZE_MAX};
};

struct Step {
    const Model& model;
    Workspace& work;
    const PassControl& control;
    PassState& state;
    std::span<const SequenceRows> sequences;
    std::size_t n_rows = 0;
    bool split_spans = false;  // attention is computed in parts that are then joined
    // Rows of the pass that gather_rows() moves to the front, where they become the rows of this
    // step; empty: its rows are those of the pass.
    std::span<const std::size_t> gathered_from = {};
    base::Team team = {};  // of this thread

    Step of(const base::Team& thread) const noexcept {
        Step step = *this;
        step.team = thread;
        return step;
    }

    // A pass with many rows gives each thread rows of its own with all their columns. Operations on
    // rows then follow one another without a barrier, and a thread's rows stay in its cache. A pass
    // with few rows gives each thread columns (panels) of all rows.
    bool by_rows() const noexcept;
    // This thread's share of a product with n_panels panels.
    WorkShare share(std::size_t n_panels) const noexcept;
    // The rows that this thread computes in operations that need whole rows.
    base::Range rows() const noexcept { return base::share(team, n_rows); }
    // This thread's share of n units of columns, of those that this process computes.
    base::Range columns(std::size_t n) const noexcept;

    // Divides the rows of the activations into row blocks: the rows of each thread, or all. A
    // barrier must follow.
    void arrange_rows() const noexcept;

    void wait() const noexcept { team.wait(); }
    // The barrier between two operations of which the second reads only rows that the same thread
    // wrote if each thread has rows of its own.
    void wait_unless_by_rows() const noexcept {
        if (!by_rows()) team.wait();
    }
    // If the model is split over processes, fills in the columns that others computed. Begins and
    // ends at a barrier then.
    void exchange(const SplitColumns& columns) const noexcept;

    // Called after the last barrier of an operation.
    void record(Operation operation) const noexcept {
        if (control.profile != nullptr && team.thread == 0) control.profile->lap(operation);
    }
    // The forms in which these matrices need their input; matrices without rows do not count. An
    // observer needs f32.
    Encodings encodings_for(std::initializer_list<const Matrix*> matrices) const noexcept;
    // multiply(), shown to the observer.
    void multiply(const OutputRows& out, const Product& product) const noexcept {
        quire::model::multiply(*model.kernels, out, product, control.observer);
    }
};

// The columns of the given panels, at most n.
base::Range columns_of(base::Range panels, std::size_t n) noexcept;

}  // namespace quire::model
