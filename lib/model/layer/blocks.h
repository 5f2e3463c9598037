// The operations of a transformer layer. transformer_layer() calls them in order; all threads of
// the team call each of them, each thread with its own step. After an operation a thread may read
// the rows of step.rows(); after one that ends at a barrier it may read all rows. Buffers are those
// of Workspace.
#pragma once

#include "lib/model/layer/step.h"
#include "lib/model/watch/watcher.h"

namespace quire::model {

// layer.cpp

// One layer changes x (n_rows, dim):
//   x += output(attention(qkv(norm(x)))), or likewise through a recurrent block, or x = cells(x)
//   x += down(act(gate(norm(x))) * up(norm(x)))
// with norms where layer.spec.norm_place has them, and cross attention between the two where the
// layer has it; in a parallel layer both blocks read the same x. In a
// scaled layer x is multiplied at the end.
// source: Vaswani et al. 2017, "Attention Is All You Need"; Touvron et al. 2023, "LLaMA".
//
// Once keys and values are stored and states advanced, only the rows of `rest` are computed: all rows, or in the last
// layer those that give results.
void transformer_layer(const Step& step, const Step& rest, const LayerView& layer) noexcept;

// Shows x to the watcher, if there is one; begins and ends at a barrier then.
void show_residual(const Step& step, std::size_t layer, Moment moment) noexcept;

// embed.cpp

// x (n_rows, dim) of all tokens before the first layer, and the rotary angles. Where the first layer
// reads_embed, the embedding stays in `embedded`, and x is zero. Ends at a barrier.
void embed(const Step& step, std::span<const SequenceInput> inputs) noexcept;

// residual.cpp: norms, and the residual stream x

// out (n) = norm(x (n)), of the model's kind; x itself without weights. out may be x.
void apply_norm(const Model& model, float* out, const float* x, const Norm& norm,
                std::size_t n) noexcept;
// The same with n = dim.
void apply_norm(const Model& model, float* out, const float* x, const Norm& norm) noexcept;

// x (n) = norm(x), of the model's kind, without bias.
void head_norm(const Model& model, float* x, const float* weight, std::size_t n) noexcept;

// normed (n_rows, dim) = norm(x) in the forms asked for; x itself where the layer has no norm
// before its blocks.
void normalize(const Step& step, const Norm& norm, Encodings encodings) noexcept;

// How the result of a block is added to x.
struct ResidualUpdate {
    spec::NormPlace place;
    const Norm& norm;              // the one after the block; used if `place` has one there
    const float* bias;             // (dim), of the block's last matrix; null: none
    bool add_deferred = false;     // adds attention's deferred result, too
    const float* scale = nullptr;  // multiplies x at the end; null: nothing does
};

// x += projected, with bias and norm. `share` is what this thread has computed of `projected`,
// (n_rows of the share, projected_stride). Ends at a barrier unless the share is whole rows.
void add_to_residual(const Step& step, const WorkShare& share, float* projected,
                     const ResidualUpdate& update) noexcept;

// The last product of a block, and add_to_residual(). matrix (dim, columns), in (n_rows, columns).
void project_to_residual(const Step& step, const Matrix& matrix, ActivationRows& in,
                         const ResidualUpdate& update) noexcept;

// recurrent.cpp

// The products of normed (n_rows, dim), their convolution, and the memories: mix.products (n_rows,
// stride), in which results replace what they were computed from. A layer with cells changes x. Ends at a
// barrier.
void advance_state(const Step& step, const LayerView& layer) noexcept;
// x += the results times the output matrix (dim, RecurrentDims::out).
void project_mixed(const Step& step, const LayerView& layer) noexcept;

// time_mix.cpp

// In layers with ffn_shift: what the feed-forward block reads, mix.shifted[0] (n_rows, dim), of normed
// (n_rows, dim) and the rows before. Ends at a barrier.
void shift_ffn_input(const Step& step, const LayerView& layer) noexcept;

// latent.cpp

// The forms in which the products of attention need normed.
Encodings attention_encodings(const Step& step, const LayerView& layer) noexcept;
// q_latent (n_rows, q_rank) and kv_latent (n_rows, kv_rank) = norms of products with normed, also as
// codes if the matrices behind need them, and the part that all keys share.
void compress(const Step& step, const LayerView& layer) noexcept;

// attention_inputs.cpp

// qkv (n_rows, q | k | v | gate) = normed (n_rows, dim) times these matrices.
void project_qkv(const Step& step, const LayerView& layer) noexcept;
// Adds biases to q, k and v, and applies the norms of q and k that span all heads of a row.
void adjust_qkv(const Step& step, const LayerView& layer) noexcept;
// Applies norms of single heads, rotates q and k by their positions, scales q, and stores k and v
// in the caches. Ends at a barrier.
void rotate_and_store(const Step& step, const LayerView& layer) noexcept;

// attention_gate.cpp

// Multiplies the given columns of a row of `mixed` by what layer.spec.attn_gate says.
void gate_heads(const Step& step, const LayerView& layer, std::size_t row,
                base::Range columns) noexcept;

// How a head of a key or value is stored: transformed where the cache is coded. Marks the position
// of one that does not fit the cache's type.
struct KvPlace {
    KvCache& cache;
    std::size_t pos;
    std::size_t head;
    bool is_key;
};
void store_head(const Model& model, const LayerView& layer, const KvPlace& place,
                float* x) noexcept;

// attention.cpp

// Whose keys and values a query attends to: those of its own text, or of the source.
enum class Keys : std::uint8_t { own, source };

// mixed (n_rows, n_heads * head_dim) = softmax(q * k^T) * v for each head, gated, also as codes if the
// output matrix needs them. Ends at a barrier.
void attend(const Step& step, const LayerView& layer, Keys keys) noexcept;
// x += mixed times the output matrix (dim, n_heads * head_dim). In a parallel layer the product
// goes to `deferred` instead.
void project_attention(const Step& step, const LayerView& layer) noexcept;
// Shows the weights of attend() to the watcher. Ends at a barrier.
void show_attention(const Step& step, const LayerView& layer) noexcept;
// Whether the attention of a pass is split by spans (as in flash decoding): when there are so few
// rows that threads would have nothing to do. Makes room for the partial results. Throws
// std::bad_alloc.
bool reserve_partials(const Model& model, Workspace& work, std::span<const SequenceRows> sequences);

// cross.cpp

// The block of cross attention: x += output(attention(query(norm(x)))) over the source.
void attend_to_source(const Step& step, const LayerView& layer) noexcept;
// Stores keys and values of rows of the source, of which `normed` holds the encoder's hidden states,
// at the positions of `sequence`. Ends at a barrier.
void store_source(const Step& step, const LayerView& layer, const SequenceRows& sequence) noexcept;

// What multiplies x after the feed-forward block; null where another block follows.
inline const float* scale_after_ffn(const Step& step, const LayerView& layer) noexcept {
    return step.model.spec.layer_embed_dim > 0 ? nullptr : layer.weights.scale;
}

// ffn.cpp

// gated (n_rows, ffn_dim) = act(gate * normed) * (up * normed), or act(up * normed) in a layer
// without gate. gate and up are (ffn_dim, dim).
void gate_and_up(const Step& step, const LayerView& layer) noexcept;
// x += gated times the down matrix (dim, ffn_dim).
void project_down(const Step& step, const LayerView& layer) noexcept;

// router.cpp

// The chosen experts of each row and their weights, from `normed`. Begins and ends at a barrier.
void route(const Step& step, const LayerView& layer) noexcept;

// shared_expert.cpp

// experts.shared (n_rows, dim) = the shared block's result for normed, in this thread's columns, and
// before its last barrier experts.shared_shares, the result of its gate.
void shared_expert(const Step& step, const LayerView& layer) noexcept;

// layer_embedding.cpp

// Adds the projection of x to the second embeddings, which are in work.layer_embeds. Begins and ends at
// a barrier.
void embed_for_layers(const Step& step) noexcept;
// x += norm(proj * (act(gate * x) * the layer's part of the second embedding)).
void add_layer_embedding(const Step& step, const LayerView& layer) noexcept;

// experts.cpp

// The feed-forward block of a layer with experts, its norm included.
void mixture_of_experts(const Step& step, const LayerView& layer) noexcept;

}  // namespace quire::model
