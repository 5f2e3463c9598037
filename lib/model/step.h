// What the operations of one forward pass share. One thread team walks through the operations; each
// function is called by every thread and ends at a barrier where it says so.
#pragma once

#include <atomic>
#include <span>

#include "lib/base/parallel.h"
#include "lib/kernels/kernels.h"
#include "lib/model/bind.h"
#include "lib/model/forward.h"
#include "lib/model/kv_cache.h"
#include "lib/model/workspace.h"

namespace quire::model {

// Consecutive rows of the pass that belong to one sequence.
struct Run {
    KvCache* cache = nullptr;
    std::size_t first_row = 0;
    std::size_t n_rows = 0;
    std::size_t first_pos = 0;  // position of the first row
};

struct Step {
    const Model& model;
    Workspace& work;
    std::span<const Run> runs;
    std::size_t n_rows = 0;
    std::atomic<std::size_t>& next_unit;  // deals out attention; see attention.cpp

    // Called behind an operation's last barrier.
    void lap(const base::Team& team, Operation operation) const noexcept {
        if (work.profile != nullptr && team.thread == 0) work.profile->lap(operation);
    }
};

// normed = norm(x), and its codes when a matrix that follows needs them; ends at a barrier.
void norm_rows(const Step& step, const base::Team& team, const float* weight,
               bool with_codes) noexcept;

// x += projected for the columns of the given panels, by the thread that computed them.
void add_projected(const Step& step, base::Range panels) noexcept;

void attention_block(const Step& step, const base::Team& team, std::size_t layer) noexcept;
void ffn_block(const Step& step, const base::Team& team, std::size_t layer) noexcept;

}  // namespace quire::model
