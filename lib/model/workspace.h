// The scratch of a forward pass: made once for a number of rows and used again for every step. Row
// strides are whole blocks of activations; what lies between a row's end and its stride stays zero.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "lib/base/memory.h"
#include "lib/kernels/kernels.h"
#include "lib/model/profile.h"
#include "lib/model/row_split.h"
#include "lib/spec/model_spec.h"

namespace quire::model {

using base::Buffer;

struct Matrix;

// Rows of f32: (n_rows, stride).
struct InputRows {
    const float* values = nullptr;
    std::size_t stride = 0;
    std::size_t n_rows = 0;
    std::size_t first = 0;  // which row of the pass is the first of them
};

// Sees the rows that a matrix is multiplied with, before they are. Must not throw; several threads
// may call it at once, each with rows of its own.
using InputObserver = std::function<void(const Matrix&, const InputRows&)>;

// Activation rows as f32, (n_rows, stride), and as codes. Codes lie slab by slab, each of at most
// kernels::kSlab consecutive rows, as kernels::Activations has it; arrange() says which rows are
// in use and where slabs begin, and comes before the codes of a pass.
struct ActRows {
    ActRows() = default;
    ActRows(std::size_t n_rows, std::size_t columns);

    // Rows [0, n_rows) as one run: slabs at 0, 64, 128 and so on.
    void arrange(std::size_t n_rows) noexcept;
    // Rows [begin, end) as a run of their own, beginning with a slab.
    void arrange(std::size_t begin, std::size_t end) noexcept;

    float* row(std::size_t i) noexcept { return values.at(i * stride); }
    // The slab that begins at row `first`.
    kernels::Activations slab(std::size_t first) noexcept;
    // Codes of n columns of a row from `begin` on, a multiple of 32: of x, in which zeros follow up
    // to the next multiple of 32.
    void quantize(const kernels::KernelTable& table, std::size_t row_index, std::size_t begin,
                  const float* x, std::size_t n) noexcept;
    // The same of the values here.
    void quantize(const kernels::KernelTable& table, std::size_t row_index, std::size_t begin,
                  std::size_t end) noexcept {
        quantize(table, row_index, begin, row(row_index) + begin, end - begin);
    }

    struct Slab {
        std::size_t first = 0;
        std::size_t n_rows = 0;
    };

    std::size_t columns = 0;
    std::size_t stride = 0;  // columns rounded up to 32
    Buffer<float> values;
    Buffer<std::int8_t> codes;
    Buffer<kernels::ActBlock> blocks;
    std::vector<Slab> slab_of;  // (n_rows)
    const InputObserver* observer = nullptr;
    std::size_t bytes() const noexcept { return values.bytes() + codes.bytes() + blocks.bytes(); }
};

// What a layer of experts needs beside the rest: a token that goes to k experts has k slots, and
// the slots of an expert are consecutive.
struct ExpertRows {
    ExpertRows() = default;
    // Nothing when the model has no experts.
    ExpertRows(const spec::ModelSpec& spec, std::size_t n_rows);

    Buffer<float> scores;  // (n_rows, score_stride)
    std::size_t score_stride = 0;
    Buffer<std::uint32_t> chosen;  // (n_rows, n_used): experts, ascending
    Buffer<float> shares;          // (n_rows, n_used): their weights
    Buffer<std::uint32_t> slots;   // (n_rows, n_used)
    Buffer<std::uint32_t> begins;  // (n_experts + 1): first slot of each expert
    ActRows in;                    // (n_slots, dim)
    ActRows gated;                 // (n_slots, ffn_dim)
    Buffer<float> up;              // (n_slots, gated.stride)
    Buffer<float> out;             // (n_slots, projected_stride)
    std::size_t bytes() const noexcept;
};

// Panels of gate and up that are computed before their product is taken: with 64 rows both parts,
// 136 KB, stay near until it is. A multiple of 2, so that a part is whole blocks.
inline constexpr std::size_t kFfnPanelsAtOnce = 16;
// Of a part's rows; odd in cache lines, so that rows do not fall on each other.
inline constexpr std::size_t kFfnTileStride = (kFfnPanelsAtOnce + 1) * kernels::kLanes16;

struct Workspace {
    Workspace(const spec::ModelSpec& spec, std::size_t n_rows, int n_threads);

    std::size_t n_rows;  // the most rows that one pass takes
    Buffer<float> x;     // (n_rows, dim): the residual stream
    ActRows normed;      // (n_rows, dim)
    Buffer<float> qkv;   // (n_rows, qkv_stride): q, k, v, each rounded up to 16
    std::size_t qkv_stride;
    ActRows mixed;            // (n_rows, n_heads * head_dim): what attention gives
    ActRows gated;            // (n_rows, ffn_dim)
    Buffer<float> up;         // (n_rows, gated.stride)
    Buffer<float> projected;  // (n_rows, dim rounded up to 16): before it joins x
    Buffer<float> deferred;   // (n_rows, the same): attention's part of a parallel layer
    std::size_t projected_stride;
    std::size_t rope_pairs;  // of all rotary tables
    Buffer<float> cos;       // (n_rows, rope_pairs)
    Buffer<float> sin;
    ExpertRows experts;
    ActRows last;                          // (n_rows of logits, dim), grows on demand
    std::vector<Buffer<float>> attention;  // per thread
    std::vector<Buffer<float>> ffn_tiles;  // per thread: (2, kSlab, kFfnTileStride)
    Buffer<float> partials;                // of attention in parts, grows on demand
    Profile* profile = nullptr;            // filled by forward() where there is one
    RowSplit* split = nullptr;             // with which other processes the work is shared
    // Called by one thread when it is through with a layer, while others may still be in it; must
    // not throw. For those who walk through a model larger than they want to keep in memory.
    std::function<void(std::size_t layer)> layer_done;
    // Asked by one thread before each layer; true ends the pass there. Must not throw.
    std::function<bool()> interrupted;

    std::size_t bytes() const noexcept;

    // Shows the inputs of all matrices to `observer`, which must outlive the workspace; of each
    // product every row once.
    void observe(const InputObserver& observer) noexcept;
};

}  // namespace quire::model
