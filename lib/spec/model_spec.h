// What a model computes, as plain data. The file stores it, the forward pass reads nothing else,
// and no family's name appears in it. Linear changes of weights have no field here: `pack` folds
// them into the weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quire::spec {

enum class NormKind : std::uint8_t {
    rms,    // x / sqrt(mean(x^2) + eps) * weight
    layer,  // (x - mean) / sqrt(variance + eps) * weight + bias
};

// Where a block f has its norms.
enum class NormPlace : std::uint8_t {
    before,    // x += f(norm(x))
    after,     // x += norm(f(x))
    around,    // x += norm(f(norm(x))), with two norms
    residual,  // x = norm(x + f(x))
};

// The norm that is applied to queries and keys, before their rotation if nothing else is said. It is of
// the model's kind, but without bias.
enum class QkNorm : std::uint8_t {
    none,
    head,     // each head on its own; all heads share one weight vector
    row,      // all heads of a token together
    rotated,  // as head, but after the rotation
};

// What each head's result of attention is multiplied with before the output matrix.
enum class AttnGate : std::uint8_t {
    none,
    element,  // sigmoid(gate * norm(x)), a number for each element
};

enum class Activation : std::uint8_t {
    silu,
    gelu_tanh,
    gelu_erf,
    gelu_quick,  // x * sigmoid(1.702 x)
    relu,
    tanh,
    sigmoid,
    relu2,               // max(x, 0)^2
    gelu_quick_limited,  // gelu_quick(min(x, 7)); its product with y is with clamp(y, -7, 7) + 1
    // p max(x, 0)^2 + n (e^min(x, 0) - 1 - min(x, 0)) + b x with p, n and b of the layer; not gated.
    xielu,
};
inline constexpr std::size_t kActivationCount = 9;  // without xielu

// How a layer carries a state from token to token.
enum class Recurrence : std::uint8_t {
    none,
    short_conv,  // c * conv(b * x), a convolution over a few tokens
    delta_net,  // a memory for each head that forgets, and corrects what it has under a token's key
    mamba2,     // a memory for each head that forgets, and takes in what a token brings
    // As delta_net, but each row of a memory forgets on its own. What a layer reads is mixed with what
    // it read of the token before (RWKV-7).
    time_mix,
    // Cells: what a layer gives is a function of what it reads and of what it gave for the token before,
    // and takes the place of x. They are the layers of recurrent networks as PyTorch writes them.
    rnn,   // act(W x + U h)
    gru,   // gates decide what of h is replaced
    lstm,  // gates decide what a second state forgets, takes in and shows
};

// The norm of what is read from memories, and of which values, beside their gate.
enum class StateNorm : std::uint8_t {
    none,         // values * silu(gate), without a norm
    head,         // norm(values of a head) * silu(gate); all heads share one weight vector
    gated_group,  // norm(values * silu(gate)), of the values of the heads that share a key
};

// What the product of the router stands for.
enum class RouterScore : std::uint8_t {
    softmax,  // probabilities of the experts, of which one is right
    sigmoid,  // of each expert on its own
};

// The score of a group of experts.
enum class GroupScore : std::uint8_t {
    largest,  // of its experts
    two,      // the sum of the two largest
};

// Which matrix turns the last hidden state into logits.
enum class OutputKind : std::uint8_t {
    tied,         // the embedding matrix
    own,          // a matrix of its own
    none,         // the model has no logits: an encoder
    biased,       // a matrix of its own, and a bias of every logit
    tied_biased,  // the embedding matrix, and a bias of every logit
};

// Which hidden states stand for a whole text.
enum class Pooling : std::uint8_t {
    mean,  // of all tokens, including those that are added around the text
    cls,   // the first token
    last,  // the last token
};

// How the scores of a classification head are reported.
enum class LabelScore : std::uint8_t {
    softmax,  // as probabilities of which exactly one label is right
    sigmoid,  // as a probability of each label, independent of the others
    plain,    // unchanged, such as a relevance
};

// One table of rotary frequencies. Pairs are (i, i + dim / 2).
struct RopeSpec {
    std::uint32_t dim = 0;   // how many of a head's first dimensions are rotated; even
    float amplitude = 1.0F;  // of the cosines and sines: YaRN and longrope scale scores with it

    bool operator==(const RopeSpec&) const = default;
};

// One layer: attention or a recurrent block, or both from the same input, then in a decoder that reads a
// source cross attention, then a feed-forward block. Each of them may be absent, but not all.
struct LayerSpec {
    std::uint32_t n_heads = 0;  // query heads; 0: no attention, n_kv_heads and head_dim are 0, too
    std::uint32_t n_kv_heads = 0;  // key/value heads; divides n_heads
    std::uint32_t head_dim = 0;    // even
    std::uint32_t v_dim = 0;       // of values, and of what a head reads; 0: head_dim
    // Latent attention: q, or k and v, are products with norm(product with x), which has so many
    // elements; 0: they are products with x itself. With kv_rank, the rotated part of the keys is a
    // product with x, too, and the same in all heads.
    std::uint32_t q_rank = 0;
    std::uint32_t kv_rank = 0;
    std::uint32_t ffn_dim = 0;  // of one expert, if there are experts; 0: no feed-forward block
    NormPlace norm_place = NormPlace::before;
    bool parallel = false;  // both blocks read the x before the layer: x += f(x) + g(x)
    bool attn_norm = true;  // false: where norms are before blocks, attention has none
    // An earlier layer, equal in all fields, whose tensors this one uses; none: it has its own.
    std::optional<std::uint32_t> shares;

    // The earlier layer whose keys and values this one reads; none: it has its own.
    std::optional<std::uint32_t> kv_layer;

    bool qkv_bias = false;
    bool o_bias = false;
    QkNorm qk_norm = QkNorm::none;
    bool v_norm = false;                // each head of the values has a norm
    std::optional<std::uint32_t> rope;  // index of ModelSpec::ropes; none: no rotation
    // Positions that a token sees, its own included; 0: all. In a model that is not causal: as many to
    // each side.
    std::uint32_t window = 0;
    // A text is divided into chunks of so many positions, and a token sees nothing before its own; 0: it
    // is not divided.
    std::uint32_t chunk = 0;
    // Scores have a bias by head and distance: position of the key minus that of the query, limited to
    // this to each side; 0: no bias.
    std::uint32_t bias_distance = 0;
    float query_scale = 0.0F;    // usually 1 / sqrt(head_dim)
    float attn_soft_cap = 0.0F;  // scores become cap * tanh(score / cap); 0: no cap
    AttnGate attn_gate = AttnGate::none;
    bool sinks = false;    // a number of each head is a score more in its softmax, of no position
    bool growing = false;  // queries are multiplied with a number that grows with their position
    bool slopes = false;   // scores are lowered by a number of each head times the distance

    // A second attention block follows, whose keys and values come from the encoder's result. It has
    // the heads, the biases, the scale and the places of norms of the first, but no rotation.
    bool cross = false;

    bool gated = true;  // down(act(gate(x)) * up(x)), otherwise down(act(up(x)))
    Activation activation = Activation::silu;
    bool ffn_bias = false;             // all its matrices have biases
    std::uint32_t n_experts = 0;       // 0: one dense block
    std::uint32_t n_experts_used = 0;  // for each token, those with the largest scores
    bool normalize_experts = false;    // their weights are scaled to sum to 1
    // The rest of a layer with experts. An expert's weight is its score.
    RouterScore router_score = RouterScore::softmax;
    bool router_bias = false;     // a bias of the router's product
    bool router_offsets = false;  // what is added to scores when experts are chosen, only then
    std::uint32_t n_expert_groups = 1;  // neighbors; divides n_experts
    std::uint32_t n_groups_used = 1;  // those with the largest scores; no other has chosen experts
    GroupScore group_score = GroupScore::largest;
    bool expert_scales = false;  // a number of each expert, with which its weight is multiplied
    bool weighs_inputs = false;  // an expert's weight multiplies what it reads, not its result
    // Experts read a product with the input that has so many elements, and their sum is brought back
    // by another; 0: they read the input itself.
    std::uint32_t expert_dim = 0;
    std::uint32_t shared_dim = 0;  // ffn_dim of a block beside the experts; 0: none
    bool shared_gate = false;  // its result is multiplied with sigmoid(a product with the input)
    // Norms of their own for the router's input, and for input and result of the experts and of the
    // block beside them.
    bool expert_norms = false;
    bool scaled = false;  // x *= a number of the layer, after both blocks

    Recurrence recurrence = Recurrence::none;
    std::uint32_t conv_width = 0;       // tokens that its convolution sees
    std::uint32_t state_heads = 0;      // of a memory: one for each head of the values
    std::uint32_t state_key_heads = 0;  // heads of queries and keys; divides state_heads
    std::uint32_t state_key_dim = 0;    // rows of a memory: width of a query or key
    std::uint32_t state_value_dim = 0;  // columns of a memory: width of a value
    bool conv_bias = false;             // the convolution has biases
    // Head h has the keys of head h % state_key_heads, otherwise those of h / (state_heads /
    // state_key_heads).
    bool state_tiled = false;
    StateNorm state_norm = StateNorm::none;
    // With time_mix: what decides how much is kept, replaced and read are products with functions of
    // first products, which have so many elements.
    std::uint32_t decay_rank = 0;
    std::uint32_t gain_rank = 0;
    std::uint32_t gate_rank = 0;
    std::uint32_t value_rank = 0;  // of the part of the first layer's values in this one's; 0: none
    // With cells: their number. A layer gives `dim` elements: those of its cells, or of lstm a product
    // with them, where there are more.
    std::uint32_t n_cells = 0;
    bool cell_bias = false;    // of both products that cells are made of
    bool reads_embed = false;  // the first layer: it reads the embedding, of embed_dim elements
    bool ffn_shift = false;    // the feed-forward block reads a mixture with the token before, too

    bool operator==(const LayerSpec&) const = default;
};

// A classification head over the pooled hidden state: out(act(dense(h))), out(norm(act(dense(h)))),
// or out(h).
struct ClassifierSpec {
    std::vector<std::string> labels;       // empty: no head
    std::optional<Activation> activation;  // of the dense layer; none: no dense layer
    bool norm = false;                     // a norm follows the dense layer
    LabelScore score = LabelScore::softmax;
    // Between two texts that are classified as a pair; empty: the head reads single texts only.
    std::vector<std::uint32_t> pair_ids;

    bool operator==(const ClassifierSpec&) const = default;
};

// A dense layer over the pooled hidden state, which makes a text's vector of it.
struct DenseSpec {
    std::uint32_t dim = 0;                 // width of the result
    std::optional<Activation> activation;  // of the result; none: the identity
    bool bias = false;

    bool operator==(const DenseSpec&) const = default;
};
inline constexpr std::size_t kMaxDenseTail = 2;

struct ModelSpec {
    std::uint32_t dim = 0;  // width of the residual stream
    // Width of the embedding, its positions and its norm, which a matrix with a bias brings to dim, unless
    // the first layer reads_embed; 0: dim, without such a matrix.
    std::uint32_t embed_dim = 0;
    std::uint32_t vocab_size = 0;      // rows of the embedding, and of the logits
    std::uint32_t context_length = 0;  // positions the model was made for
    NormKind norm = NormKind::rms;     // of every norm
    float norm_eps = 0.0F;             // added to the mean square in every norm
    float post_norm_eps = 0.0F;        // in norms after blocks; 0: norm_eps
    float state_norm_eps = 0.0F;       // in those of StateNorm; 0: norm_eps
    float latent_norm_eps = 0.0F;      // in norms of q_rank or kv_rank elements; 0: norm_eps
    // Of growing layers: the positions for which queries are multiplied with the same number; 0: none.
    // The first number counts for so many positions less.
    std::uint32_t growth_positions = 0;
    std::uint32_t growth_lead = 0;
    float embed_scale = 1.0F;  // multiplies the embedding
    // Every token has a second embedding with so many elements for each layer, which gates a block at
    // the layer's end; 0: none. layer_embed_scale multiplies it.
    std::uint32_t layer_embed_dim = 0;
    float layer_embed_scale = 1.0F;
    std::uint32_t n_positions = 0;  // learned positions, added to the embedding; 0: none
    // Tokens of the second text of a pair have a vector of their own, which is added like a position.
    bool second_kind = false;
    bool embed_norm = false;  // a norm follows the embedding
    bool causal = true;       // a token sees those before it; otherwise the whole text
    bool final_norm = true;   // a norm follows the last layer
    OutputKind output = OutputKind::own;
    float logit_soft_cap = 0.0F;  // logits become cap * tanh(logit / cap); 0: no cap
    Pooling pooling = Pooling::last;
    std::vector<DenseSpec> tail;  // of vectors, in order; at most kMaxDenseTail
    ClassifierSpec classifier;
    std::vector<RopeSpec> ropes;
    std::vector<LayerSpec> layers;  // none: a text's vector is made of its embeddings alone
    bool shared_embed = false;  // of an encoder: its embedding is that of the model it belongs to
    // Empty, or the encoder that reads a source text: a model of the same width that is not causal
    // and has no logits. Layers with cross attention see its hidden states.
    std::vector<ModelSpec> encoder;
    // Tokens of the longest runs that were counted, in a model of counted n-grams; 0: a network. Such a
    // model has neither width nor layers nor tensors, and all fields but this, vocab_size and
    // context_length have their initial values.
    std::uint32_t ngram_order = 0;

    bool operator==(const ModelSpec&) const = default;
};

// Throws Error{model} naming `where` and the field when a value is out of range or contradicts
// another. Afterwards every product of two fields fits 64 bits with room to spare.
void validate(const ModelSpec& spec, const std::string& where);

// The width of the embedding, and of a text's vector.
std::uint32_t embed_dim(const ModelSpec& spec) noexcept;
std::uint32_t vector_dim(const ModelSpec& spec) noexcept;
// Whether a matrix brings the embedding to dim.
bool has_narrow_embed(const ModelSpec& spec) noexcept;
// Of the recurrent block of a layer; 0 without one.
struct RecurrentDims {
    std::uint64_t channels = 0;  // of the convolution
    std::uint64_t in =
        0;  // rows of the matrix whose products the convolution sees, or q, k and v, or
            // the gates of cells
    std::uint64_t keys = 0;  // all queries of a token, or all keys
    std::uint64_t out = 0;   // columns of the output matrix
};
RecurrentDims recurrent_dims(const ModelSpec& spec, const LayerSpec& layer) noexcept;
// Whether a layer's recurrence is one of cells.
bool has_cells(const LayerSpec& layer) noexcept;
// Whether what a layer gives is a product with its cells.
inline bool projects_cells(const ModelSpec& spec, const LayerSpec& layer) noexcept {
    return has_cells(layer) && layer.n_cells != spec.dim;
}
// Numbers in the state of a recurrent layer that are of the last tokens: what its convolution saw, or
// with time_mix its input, or with cells what it gave.
std::uint64_t shift_floats(const ModelSpec& spec, const LayerSpec& layer) noexcept;
// Those of its memories, or of the second state of cells.
std::uint64_t memory_floats(const LayerSpec& layer) noexcept;
// Numbers in the states of all layers.
std::uint64_t state_floats(const ModelSpec& spec) noexcept;
// v_dim, or head_dim.
inline std::uint32_t value_dim(const LayerSpec& layer) noexcept {
    return layer.v_dim == 0 ? layer.head_dim : layer.v_dim;
}
// The elements of a key that are its head's own: not those that kv_rank makes the same in all heads.
std::uint32_t own_key_dim(const ModelSpec& spec, const LayerSpec& layer) noexcept;

// The pairs of all rotary tables: the length of "rope.freqs".
std::size_t n_rope_pairs(const ModelSpec& spec) noexcept;
// Numbers that queries are multiplied with in growing layers, and which is that of a position.
std::uint64_t n_growths(const ModelSpec& spec) noexcept;
inline std::uint64_t growth_at(const ModelSpec& spec, std::uint64_t position) noexcept {
    return (position + spec.growth_lead) / spec.growth_positions;
}
// Where the pairs of one table begin in "rope.freqs".
std::size_t rope_offset(const ModelSpec& spec, std::uint32_t rope) noexcept;

}  // namespace quire::spec
