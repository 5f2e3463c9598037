// What the operations of one forward pass share. One thread team walks through the operations; each
// function is called by every thread and ends at a barrier where it says so.
#pragma once

#include <atomic>
#include <initializer_list>
#include <span>

#include "lib/base/parallel.h"
#include "lib/kernels/kernels.h"
#include "lib/model/bind.h"
#include "lib/model/forward.h"
#include "lib/model/kv/kv_cache.h"
#include "lib/model/workspace.h"

namespace quire::model {

// Consecutive rows of the pass that belong to one sequence.
struct Run {
    KvCache* cache = nullptr;
    std::size_t first_row = 0;
    std::size_t n_rows = 0;
    std::size_t first_pos = 0;  // position of the first row
};

// What one thread computes of an operation. A pass with many rows gives each thread rows of its
// own, with all their columns: operations on rows then follow one another without a barrier, and a
// thread's rows stay in its cache. A pass with few gives each thread columns (panels) of all rows.
struct Part {
    base::Range rows;
    base::Range panels;
    bool whole_rows;
};

struct Step {
    const Model& model;
    Workspace& work;
    std::span<const Run> runs;
    std::size_t n_rows = 0;
    std::atomic<std::size_t>& next_unit;  // deals out attention; see attention.cpp
    bool spans_apart = false;             // attention in parts that are joined

    bool by_rows(const base::Team& team) const noexcept;
    Part part(const base::Team& team, std::size_t n_panels) const noexcept;
    // This thread's share of n units of columns, of those that are this process's.
    base::Range share_columns(const base::Team& team, std::size_t n) const noexcept;
    // Of a model that is split over processes: takes in the columns that others computed, between
    // two barriers; every process has its part of n_units units, `unit` columns each.
    struct Columns {
        float* rows;
        std::size_t stride;
        std::size_t n_rows;
        std::size_t n_units;
        std::size_t unit;
        std::size_t n_columns;
    };
    void exchange(const base::Team& team, const Columns& columns) const noexcept;
    // The rows on which this thread does what needs whole rows.
    base::Range rows(const base::Team& team) const noexcept { return base::share(team, n_rows); }
    // The barrier between operations of which each reads only its own rows of the one before.
    void meet(const base::Team& team) const noexcept {
        if (!by_rows(team)) team.wait();
    }

    // Called behind an operation's last barrier.
    void lap(const base::Team& team, Operation operation) const noexcept {
        if (work.profile != nullptr && team.thread == 0) work.profile->lap(operation);
    }
};

// out (dim) = norm(x) of the model's kind; out may be x.
void apply_norm(const Model& model, float* out, const float* x, const Norm& norm) noexcept;

// In which forms the rows of an input are wanted.
struct Forms {
    bool values = false;
    bool codes = false;
};
// For these matrices (those with no rows do not count), and for whoever observes x.
Forms forms_for(const ActRows& x, std::initializer_list<const Matrix*> matrices) noexcept;

// normed = norm(x), or x as it is when the layer has no norm in front of its blocks; ends by
// meeting.
void norm_rows(const Step& step, const base::Team& team, const Norm& norm, Forms forms) noexcept;

// What a block's last matrix gave joins the residual stream, as the layer's norms stand.
struct Joining {
    spec::NormPlace place;
    const Norm& norm;       // behind the block, if there is one there
    const float* bias;      // of the last matrix; null: none
    bool parallel = false;  // attention's deferred part joins too
};

// x takes in `projected`, of which this thread computed the given part; it points to column 0 of
// the part's first row. Ends with x complete for those who follow: a barrier unless the part is
// whole rows.
void join_residual(const Step& step, const base::Team& team, const Part& part, float* projected,
                   const Joining& joining) noexcept;

// The last product of a block, with `matrix`, joins x; ends as join_residual() does.
void project_residual(const Step& step, const base::Team& team, const Matrix& matrix, ActRows& in,
                      const Joining& joining) noexcept;

// Adds a bias to the columns [begin, end) of some rows; a null bias is none.
void add_bias(const Step& step, float* out, std::size_t stride, const float* bias, base::Range rows,
              base::Range columns) noexcept;

// The columns of the given panels, at most n.
base::Range columns_of(base::Range panels, std::size_t n) noexcept;

// q, k and v of all rows, rotated; keys and values go to the caches. Ends at a barrier.
void attention_inputs(const Step& step, const base::Team& team, std::size_t layer) noexcept;
// Attention from what attention_inputs() left, and its matrix behind it.
void attention_block(const Step& step, const base::Team& team, std::size_t layer) noexcept;
void ffn_block(const Step& step, const base::Team& team, std::size_t layer) noexcept;
void expert_block(const Step& step, const base::Team& team, std::size_t layer) noexcept;

}  // namespace quire::model
