// How a pass is run, and who observes it. Nothing here changes a result.
#pragma once

#include <cstddef>
#include <functional>

namespace quire::model {

struct Matrix;
class Profile;
class RowSplit;
class Watcher;

// Rows of f32: (n_rows, stride).
struct InputRows {
    const float* values = nullptr;
    std::size_t stride = 0;
    std::size_t n_rows = 0;
    std::size_t first = 0;  // the index in the pass of the first of them
};

// Called with a matrix and the rows that it is about to be multiplied by. Must not throw. Several
// threads may call it at once, each with other rows.
using InputObserver = std::function<void(const Matrix&, const InputRows&)>;

struct PassControl {
    // At least 1, at most what the workspace was made for. A pass has fewer threads while other
    // processes compute on the same CPUs (lib/base/threads/team_size.h).
    int n_threads = 1;
    RowSplit* split = nullptr;   // shares the work with other processes; null: this one is alone
    Profile* profile = nullptr;  // collects times; null: none are taken
    // Sees the inputs of all matrices but the output matrix and those of experts, each row of a
    // product once. The pass then computes all rows in all layers. Null: nobody looks.
    const InputObserver* observer = nullptr;
    // Sees the residual stream and the weights of attention (watch/watcher.h). The pass then computes all rows in
    // all layers. Null: nobody looks.
    Watcher* watcher = nullptr;
    // Called by one thread when it has finished a layer, while others may still be in it. Must not
    // throw. For callers that walk through a model larger than they want to keep in memory.
    std::function<void(std::size_t layer)> layer_done = {};
    // Asked by one thread before each layer; true ends the pass in that layer. Must not throw.
    std::function<bool()> interrupted = {};
};

}  // namespace quire::model
