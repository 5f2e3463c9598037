// The memory of a forward pass, allocated once for a number of rows and used by every pass. Row
// strides are whole blocks of activations. Values between a row's end and its stride stay zero.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "lib/base/memory.h"
#include "lib/base/parallel.h"
#include "lib/base/threads/team_size.h"
#include "lib/kernels/kernels.h"
#include "lib/model/activation_rows.h"
#include "lib/spec/model_spec.h"
#include "lib/tensor/panel.h"

namespace quire::model {

// Where q, k, v and the gate of attention are in a row of Workspace::qkv. Each begins at a multiple of 16.
struct QkvColumns {
    QkvColumns(const spec::ModelSpec& spec, const spec::LayerSpec& layer);
    std::size_t q = 0;
    std::size_t k = 0;  // the products of k: the heads' own elements
    std::size_t v = 0;
    std::size_t gate = 0;
    std::size_t n_projected = 0;  // what is before this are the products of q, k, v and the gate
    std::size_t k_rope = 0;       // with kv_rank: the elements that all keys share,
    std::size_t keys = 0;         // and whole keys; otherwise k
    std::size_t stride = 0;
};

// Where the products of a recurrent block are in a row of Workspace::mix. Each begins at a multiple of
// 16.
struct MixColumns {
    MixColumns(const spec::ModelSpec& spec, const spec::LayerSpec& layer);
    std::size_t in = 0;
    std::size_t gate = 0;
    std::size_t decay = 0;
    std::size_t gain = 0;
    std::size_t unit = 0;  // with time_mix: keys of length 1,
    std::size_t read = 0;  // and what is read of the memories
    std::size_t stride = 0;
};

// What recurrent layers need in addition.
struct MixRows {
    MixRows() = default;
    // Empty if the model has no such layers.
    MixRows(const spec::ModelSpec& spec, std::size_t n_rows, int n_threads);

    Buffer<float> products;  // (n_rows, stride); see MixColumns
    // An odd number of cache lines, so that rows do not map to the same cache sets.
    std::size_t stride = 0;
    // Per thread: queries and keys of kScanTokens tokens of a head, and two rows of constants.
    std::vector<Buffer<float>> scratch;
    // With time_mix: mixtures of a row with the one before, for q, decay, k, v, gain and gate; first
    // products for decay, gain, gate and values; and the values of the first layer.
    std::array<ActivationRows, 6> shifted;  // (n_rows, dim)
    std::array<ActivationRows, 4> latent;   // (n_rows, rank)
    Buffer<float> first_values;             // (n_rows, RecurrentDims::out)
    // With cells, of sequences that have a token at the same place in the pass: what was given for the
    // token before, its products, and cells that a further product reads.
    ActivationRows before;   // (n_rows, dim)
    ActivationRows cells;    // (n_rows, n_cells)
    Buffer<float> of_state;  // (n_rows, stride); see MixColumns::in
    std::size_t bytes() const noexcept;

  private:
    void make_room_for_shifts(const spec::ModelSpec& spec, std::size_t n_rows);
    void make_room_for_cells(const spec::ModelSpec& spec, std::size_t n_rows);
};

// Tokens of a sequence that go through a memory at once.
inline constexpr std::size_t kScanTokens = 32;

// What layers with experts need in addition. A token that goes to k experts has k slots, one in the
// rows of each of its experts; the slots of an expert are consecutive.
struct ExpertRows {
    ExpertRows() = default;
    // Empty if the model has no experts.
    ExpertRows(const spec::ModelSpec& spec, std::size_t n_rows);

    Buffer<float> scores;  // (n_rows, score_stride)
    std::size_t score_stride = 0;
    Buffer<float> choice;  // (n_rows, 2, score_stride): scores for the choice, and those of groups
    Buffer<std::uint32_t> chosen;  // (n_rows, n_used): experts, ascending
    Buffer<float> shares;          // (n_rows, n_used): their weights
    Buffer<std::uint32_t> slots;   // (n_rows, n_used)
    Buffer<std::uint32_t> begins;  // (n_experts + 1): first slot of each expert
    ActivationRows latent;         // (n_rows, expert_dim): what experts read; then their sum
    ActivationRows in;             // (n_slots, dim)
    ActivationRows gated;          // (n_slots, ffn_dim)
    Buffer<float> up;              // (n_slots, gated.stride)
    Buffer<float> out;             // (n_slots, projected_stride)
    Buffer<float> shared;          // (n_rows, projected_stride): the result of the shared block
    Buffer<float> shared_shares;   // (n_rows, 16): its weight first
    std::size_t bytes() const noexcept;
};

// Panels of gate and up that are computed before they are multiplied with each other: with 64 rows,
// both tiles take 136 KB and stay in the cache until then.
inline constexpr std::size_t kFfnTilePanels = 16;
static_assert(kFfnTilePanels * tensor::kPanelRows % kernels::kActivationBlock == 0,
              "the columns of a tile are whole blocks of activations");
// Floats from one row of a tile to the next. An odd number of cache lines, so that rows do not map
// to the same cache sets.
inline constexpr std::size_t kFfnTileStride = (kFfnTilePanels + 1) * tensor::kPanelRows;

struct Workspace {
    // For passes of at most n_rows rows on at most n_threads threads.
    Workspace(const spec::ModelSpec& spec, std::size_t n_rows, int n_threads);

    std::size_t n_rows;
    Buffer<float> x;          // (n_rows, dim): the residual stream
    ActivationRows embedded;  // (n_rows, embed_dim): where the embedding is narrower than x
    ActivationRows normed;    // (n_rows, dim)
    Buffer<float> qkv;        // (n_rows, qkv_stride); see QkvColumns
    std::size_t qkv_stride;
    MixRows mix;
    ActivationRows q_latent;   // (n_rows, q_rank)
    ActivationRows kv_latent;  // (n_rows, kv_rank)
    ActivationRows mixed;      // (n_rows, n_heads * head_dim): the result of attention, or likewise
    ActivationRows gated;      // (n_rows, ffn_dim): the input of the down matrix
    Buffer<float> up;          // (n_rows, gated.stride)
    Buffer<float> projected;   // (n_rows, projected_stride): a block's result, before x takes it in
    Buffer<float> deferred;    // (n_rows, projected_stride): attention's result in a parallel layer
    std::size_t projected_stride;  // dim rounded up to 16
    std::size_t rope_pairs;        // of all rotary tables
    Buffer<float> cos;             // (n_rows, rope_pairs)
    Buffer<float> sin;             // (n_rows, rope_pairs)
    ExpertRows experts;
    Buffer<float>
        layer_embeds;  // (n_rows, layer_embed_stride): the second embeddings of all layers
    std::size_t layer_embed_stride = 0;
    ActivationRows final_normed;  // (n_rows with logits, dim); grows on demand
    // Per thread: scratch of the attention kernels, and (2, kernels::kRowBlock, kFfnTileStride).
    std::vector<Buffer<float>> attention_scratch;
    std::vector<Buffer<float>> ffn_tiles;
    Buffer<float> partials;    // of attention that is split by spans; grows on demand
    base::TeamSize team_size;  // how many threads the next pass should have

    // Runs `body` on as many threads as are worth it, at most n_most.
    void run_threads(int n_most, const std::function<void(const base::Team&)>& body);

    int n_threads() const noexcept { return static_cast<int>(ffn_tiles.size()); }
    std::size_t bytes() const noexcept;
};

}  // namespace quire::model
