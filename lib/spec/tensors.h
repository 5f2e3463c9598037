// The tensors of a model, in one table: what each is called, its shape, and which models have it.
// The tensors that a file must hold, the views that a model binds, and the names that
// models/families gives to a checkpoint's tensors all come from it. Spec and tensors are a
// bijection: a reader refuses a file with a tensor missing and one with a tensor too many.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/spec/model_spec.h"
#include "lib/spec/tensor_id.h"

namespace quire::spec {

enum class TensorKind : std::uint8_t {
    matrix,  // (rows, columns) in panels, of any type
    vector,  // (columns), plain f32; has one row
    bias,    // a vector; only in models whose NormKind is layer
};

// The length of one dimension of a tensor.
enum class Extent : std::uint8_t {
    one,
    dim,
    embed_dim,  // of the embedding
    vocab_size,
    n_positions,
    rope_pairs,  // of all rotary tables
    n_growths,   // spec::n_growths()
    layer_embed_dim,
    all_layer_embeds,  // layer_embed_dim, times the number of layers
    q_dim,             // n_heads * head_dim
    kv_dim,            // n_kv_heads * head_dim
    k_dim,             // n_kv_heads * own_key_dim()
    v_dim,             // n_kv_heads * value_dim()
    o_dim,             // n_heads * value_dim()
    q_rank,
    kv_rank,
    q_in,      // q_rank, or dim
    kv_in,     // kv_rank, or dim
    rope_dim,  // of the layer's table
    q_norm,    // head_dim with QkNorm::head, q_dim with QkNorm::row
    k_norm,    // head_dim with QkNorm::head, kv_dim with QkNorm::row
    value_dim,
    n_heads,
    attn_bias,  // n_heads * (2 * bias_distance + 1)
    mix_in,     // spec::RecurrentDims::in, with time_mix mix_out
    mix_from,   // embed_dim with reads_embed, otherwise dim
    mix_out,    // spec::RecurrentDims::out
    conv,       // conv_width * RecurrentDims::channels
    conv_channels,
    state_heads,
    state_norm,  // state_value_dim with StateNorm::head, otherwise mix_out
    all_shifts,  // 6 * dim
    decays,      // mix_out with time_mix, otherwise state_heads
    decay_rank,
    gain_rank,
    gate_rank,
    value_rank,
    decay_in,  // decay_rank, or dim; likewise
    gain_in,
    gate_in,
    n_experts,
    ffn_dim,
    all_ffn_dims,  // ffn_dim, times n_experts where there are experts
    shared_dim,
    curve,  // 3: the numbers p, n and b of xielu
    expert_dim,
    ffn_in,           // expert_dim, or dim
    all_expert_dims,  // ffn_in, times n_experts where there are experts
    n_labels,
    first_tail_dim,   // of the first dense layer of the tail
    second_tail_dim,  // of the second
};

// Which models, or layers, have a tensor.
enum class When : std::uint8_t {
    always,
    attention,  // n_heads > 0
    recurrent,  // recurrence not none
    mix_out,    // the same, but of cells only where their number is not dim
    cells,      // recurrence rnn, gru or lstm
    cell_bias,
    memory,  // recurrence delta_net, mamba2 or time_mix
    conv,    // recurrence short_conv, delta_net or mamba2
    rates,   // recurrence delta_net or mamba2
    gains,   // recurrence delta_net or time_mix
    time_mix,
    value_rank,  // above 0
    ffn_shift,
    mamba2,
    conv_bias,
    state_norm,         // not none, or recurrence time_mix
    ffn,                // ffn_dim > 0
    own_embed,          // not an encoder with shared_embed
    learned_positions,  // n_positions > 0
    second_kind,
    embed_norm,
    narrow_embed,     // embed_dim above 0, and no layer reads_embed
    layer_embed,      // layer_embed_dim > 0
    ropes,            // at least one
    growth,           // growth_positions > 0
    mix_norm_before,  // of a mixer; norm_place before or around, unless the layer has no attn_norm
    mix_norm_after,   // of a mixer; norm_place after, around or residual
    ffn_norm_before,  // of a feed-forward block, likewise
    ffn_norm_after,
    q_rank,   // above 0
    kv_rank,  // above 0
    own_kv,   // attention, and no kv_layer
    qkv_bias,
    kv_bias,  // qkv_bias and own_kv
    o_bias,
    qk_norm,    // not none
    k_norm,     // qk_norm and own_kv
    v_norm,     // with own_kv
    attn_gate,  // not none
    attn_bias,  // bias_distance > 0
    sinks,
    slopes,
    experts,     // n_experts > 0
    expert_dim,  // above 0
    router_bias,
    router_offsets,
    expert_scales,
    shared,        // shared_dim > 0
    shared_gated,  // the same where the layer is gated
    shared_gate,
    expert_norms,
    gated,
    ffn_bias,
    gate_bias,  // ffn_bias of a gated layer
    xielu,      // of this activation
    scaled,
    final_norm,
    own_output,   // output own or biased
    output_bias,  // output biased or tied_biased
    labels,       // a classification head
    dense_head,   // a classification head with a dense layer
    normed_head,  // a norm behind it
    first_tail,   // the tail has this dense layer
    first_tail_bias,
    second_tail,
    second_tail_bias,
};

struct TensorInfo {
    TensorId id;
    std::string_view name;  // in a layer, without "layers.N."
    TensorKind kind;
    Extent rows;
    Extent columns;
    When when;
    bool in_layer = true;
};

// clang-format off
inline constexpr std::array<TensorInfo, kTensorIds> kTensors = [] {
    using T = TensorId;
    using K = TensorKind;
    using E = Extent;
    using W = When;
    return std::array<TensorInfo, kTensorIds>{{
        {T::embed,                 "embed",                 K::matrix, E::vocab_size,      E::embed_dim,  W::own_embed,         false},
        // Added to the embedding.
        {T::positions,             "positions",             K::matrix, E::n_positions,     E::embed_dim,  W::learned_positions, false},
        {T::second_kind,           "second_kind",           K::vector, E::one,             E::embed_dim,  W::second_kind,       false},
        {T::embed_norm,            "embed_norm",            K::vector, E::one,             E::embed_dim,  W::embed_norm,        false},
        {T::embed_norm_bias,       "embed_norm_bias",       K::bias,   E::one,             E::embed_dim,  W::embed_norm,        false},
        {T::embed_project,         "embed_project",         K::matrix, E::dim,             E::embed_dim,  W::narrow_embed,      false},
        {T::embed_project_bias,    "embed_project_bias",    K::vector, E::one,             E::dim,        W::narrow_embed,      false},
        // The second embedding of a token: looked up, and projected from the first.
        {T::layer_embed,           "layer_embed",           K::matrix, E::vocab_size,      E::all_layer_embeds, W::layer_embed,   false},
        {T::layer_embed_proj,      "layer_embed_proj",      K::matrix, E::all_layer_embeds, E::dim,       W::layer_embed,       false},
        {T::layer_embed_norm,      "layer_embed_norm",      K::vector, E::one,             E::layer_embed_dim, W::layer_embed,    false},
        // Radians per position; the rotary tables one after another.
        {T::rope_freqs,            "rope.freqs",            K::vector, E::one,             E::rope_pairs, W::ropes,             false},
        // What queries are multiplied with, for growth_positions positions each.
        {T::query_growth,          "query_growth",          K::vector, E::one,             E::n_growths,  W::growth,            false},
        // Every layer: attention.
        {T::attn_norm,             "attn_norm",             K::vector, E::one,             E::dim,        W::mix_norm_before},
        {T::attn_norm_bias,        "attn_norm_bias",        K::bias,   E::one,             E::dim,        W::mix_norm_before},
        // Latent attention.
        {T::q_a,                   "q_a",                   K::matrix, E::q_rank,          E::dim,        W::q_rank},
        {T::q_a_norm,              "q_a_norm",              K::vector, E::one,             E::q_rank,     W::q_rank},
        {T::kv_a,                  "kv_a",                  K::matrix, E::kv_rank,         E::dim,        W::kv_rank},
        {T::kv_a_norm,             "kv_a_norm",             K::vector, E::one,             E::kv_rank,    W::kv_rank},
        {T::k_rope,                "k_rope",                K::matrix, E::rope_dim,        E::dim,        W::kv_rank},
        {T::q,                     "q",                     K::matrix, E::q_dim,           E::q_in,       W::attention},
        {T::k,                     "k",                     K::matrix, E::k_dim,           E::kv_in,      W::own_kv},
        {T::v,                     "v",                     K::matrix, E::v_dim,           E::kv_in,      W::own_kv},
        {T::o,                     "o",                     K::matrix, E::dim,             E::o_dim,      W::attention},
        {T::q_bias,                "q_bias",                K::vector, E::one,             E::q_dim,      W::qkv_bias},
        {T::k_bias,                "k_bias",                K::vector, E::one,             E::kv_dim,     W::kv_bias},
        {T::v_bias,                "v_bias",                K::vector, E::one,             E::v_dim,      W::kv_bias},
        {T::o_bias,                "o_bias",                K::vector, E::one,             E::dim,        W::o_bias},
        {T::q_norm,                "q_norm",                K::vector, E::one,             E::q_norm,     W::qk_norm},
        {T::k_norm,                "k_norm",                K::vector, E::one,             E::k_norm,     W::k_norm},
        {T::v_norm,                "v_norm",                K::vector, E::one,             E::value_dim,  W::v_norm},
        {T::attn_gate,             "attn_gate",             K::matrix, E::o_dim,           E::dim,        W::attn_gate},
        // Head by head, of the distances from -bias_distance on.
        {T::attn_bias,             "attn_bias",             K::vector, E::one,             E::attn_bias,  W::attn_bias},
        {T::sinks,                 "sinks",                 K::vector, E::one,             E::n_heads,    W::sinks},
        {T::slopes,                "slopes",                K::vector, E::one,             E::n_heads,    W::slopes},
        // Every layer: a recurrent block. Products of mix_in go through the convolution, or are queries.
        // How much of the token before is in what is multiplied for q, decay, k, v, gain and gate.
        {T::mix_shift,             "mix_shift",             K::vector, E::one,             E::all_shifts, W::time_mix},
        {T::mix_in,                "mix_in",                K::matrix, E::mix_in,          E::mix_from,   W::recurrent},
        // What cells make of the layer's result for the token before. Gates are one below the other, as in PyTorch.
        {T::mix_state,             "mix_state",             K::matrix, E::mix_in,          E::dim,        W::cells},
        {T::mix_in_bias,           "mix_in_bias",           K::vector, E::one,             E::mix_in,     W::cell_bias},
        {T::mix_state_bias,        "mix_state_bias",        K::vector, E::one,             E::mix_in,     W::cell_bias},
        {T::mix_k,                 "mix_k",                 K::matrix, E::mix_out,         E::dim,        W::time_mix},
        {T::mix_v,                 "mix_v",                 K::matrix, E::mix_out,         E::dim,        W::time_mix},
        {T::mix_gate_a,            "mix_gate_a",            K::matrix, E::gate_rank,       E::dim,        W::time_mix},
        {T::mix_decay_a,           "mix_decay_a",           K::matrix, E::decay_rank,      E::dim,        W::time_mix},
        {T::mix_gain_a,            "mix_gain_a",            K::matrix, E::gain_rank,       E::dim,        W::time_mix},
        {T::mix_value_a,           "mix_value_a",           K::matrix, E::value_rank,      E::dim,        W::value_rank},
        {T::mix_gate,              "mix_gate",              K::matrix, E::mix_out,         E::gate_in,    W::memory},
        {T::mix_decay,             "mix_decay",             K::matrix, E::decays,          E::decay_in,   W::memory},
        {T::mix_gain,              "mix_gain",              K::matrix, E::decays,          E::gain_in,    W::gains},
        {T::mix_value,             "mix_value",             K::matrix, E::mix_out,         E::value_rank, W::value_rank},
        {T::mix_out,               "mix_out",               K::matrix, E::dim,             E::mix_out,    W::mix_out},
        // (conv_width, channels), the oldest token first.
        {T::conv,                  "conv",                  K::vector, E::one,             E::conv,       W::conv},
        {T::conv_bias,             "conv_bias",             K::vector, E::one,             E::conv_channels, W::conv_bias},
        {T::decay_bias,            "decay_bias",            K::vector, E::one,             E::decays,     W::memory},
        {T::decay_rate,            "decay_rate",            K::vector, E::one,             E::state_heads, W::rates},
        {T::skip,                  "skip",                  K::vector, E::one,             E::state_heads, W::mamba2},
        {T::gain_bias,             "gain_bias",             K::vector, E::one,             E::mix_out,    W::time_mix},
        {T::value_bias,            "value_bias",            K::vector, E::one,             E::mix_out,    W::value_rank},
        // What keys are multiplied with: where a memory is changed, in the part that gain takes away, and
        // beside queries in the part of a token's own value that it reads.
        {T::key_unit,              "key_unit",              K::vector, E::one,             E::mix_out,    W::time_mix},
        {T::key_gain,              "key_gain",              K::vector, E::one,             E::mix_out,    W::time_mix},
        {T::read_gain,             "read_gain",             K::vector, E::one,             E::mix_out,    W::time_mix},
        {T::mix_norm,              "mix_norm",              K::vector, E::one,             E::state_norm, W::state_norm},
        {T::mix_norm_bias,         "mix_norm_bias",         K::vector, E::one,             E::mix_out,    W::time_mix},
        {T::attn_post_norm,        "attn_post_norm",        K::vector, E::one,             E::dim,        W::mix_norm_after},
        {T::attn_post_norm_bias,   "attn_post_norm_bias",   K::bias,   E::one,             E::dim,        W::mix_norm_after},
        // Layers with cross attention: these, as `when` says. Keys and values are made from the encoder's hidden states.
        {T::cross_norm,            "cross_norm",            K::vector, E::one,             E::dim,        W::mix_norm_before},
        {T::cross_norm_bias,       "cross_norm_bias",       K::bias,   E::one,             E::dim,        W::mix_norm_before},
        {T::cross_q,               "cross_q",               K::matrix, E::q_dim,           E::dim,        W::always},
        {T::cross_k,               "cross_k",               K::matrix, E::kv_dim,          E::dim,        W::always},
        {T::cross_v,               "cross_v",               K::matrix, E::kv_dim,          E::dim,        W::always},
        {T::cross_o,               "cross_o",               K::matrix, E::dim,             E::q_dim,      W::always},
        {T::cross_q_bias,          "cross_q_bias",          K::vector, E::one,             E::q_dim,      W::qkv_bias},
        {T::cross_k_bias,          "cross_k_bias",          K::vector, E::one,             E::kv_dim,     W::qkv_bias},
        {T::cross_v_bias,          "cross_v_bias",          K::vector, E::one,             E::kv_dim,     W::qkv_bias},
        {T::cross_o_bias,          "cross_o_bias",          K::vector, E::one,             E::dim,        W::o_bias},
        {T::cross_post_norm,       "cross_post_norm",       K::vector, E::one,             E::dim,        W::mix_norm_after},
        {T::cross_post_norm_bias,  "cross_post_norm_bias",  K::bias,   E::one,             E::dim,        W::mix_norm_after},
        // Every layer: feed-forward. The matrices of experts are one below the other.
        {T::ffn_norm,              "ffn_norm",              K::vector, E::one,             E::dim,        W::ffn_norm_before},
        {T::ffn_norm_bias,         "ffn_norm_bias",         K::bias,   E::one,             E::dim,        W::ffn_norm_before},
        {T::ffn_shift,             "ffn_shift",             K::vector, E::one,             E::dim,        W::ffn_shift},
        {T::router_norm,           "router_norm",           K::vector, E::one,             E::dim,        W::expert_norms},
        {T::experts_norm,          "experts_norm",          K::vector, E::one,             E::dim,        W::expert_norms},
        {T::router,                "router",                K::matrix, E::n_experts,       E::dim,        W::experts},
        {T::router_bias,           "router_bias",           K::vector, E::one,             E::n_experts,  W::router_bias},
        {T::router_offsets,        "router_offsets",        K::vector, E::one,             E::n_experts,  W::router_offsets},
        {T::expert_scales,         "expert_scales",         K::vector, E::one,             E::n_experts,  W::expert_scales},
        {T::experts_in,            "experts_in",            K::matrix, E::expert_dim,      E::dim,        W::expert_dim},
        {T::gate,                  "gate",                  K::matrix, E::all_ffn_dims,    E::ffn_in,     W::gated},
        {T::up,                    "up",                    K::matrix, E::all_ffn_dims,    E::ffn_in,     W::ffn},
        {T::down,                  "down",                  K::matrix, E::all_expert_dims, E::ffn_dim,    W::ffn},
        {T::experts_out,           "experts_out",           K::matrix, E::dim,             E::expert_dim, W::expert_dim},
        {T::gate_bias,             "gate_bias",             K::vector, E::one,             E::all_ffn_dims, W::gate_bias},
        {T::up_bias,               "up_bias",               K::vector, E::one,             E::all_ffn_dims, W::ffn_bias},
        {T::down_bias,             "down_bias",             K::vector, E::one,             E::all_expert_dims, W::ffn_bias},
        {T::curve,                 "curve",                 K::vector, E::one,             E::curve,      W::xielu},
        // The block that every token goes through beside its experts.
        {T::shared_router,         "shared_router",         K::matrix, E::one,             E::dim,        W::shared_gate},
        {T::shared_gate,           "shared_gate",           K::matrix, E::shared_dim,      E::dim,        W::shared_gated},
        {T::shared_up,             "shared_up",             K::matrix, E::shared_dim,      E::dim,        W::shared},
        {T::shared_down,           "shared_down",           K::matrix, E::dim,             E::shared_dim, W::shared},
        {T::experts_post_norm,     "experts_post_norm",     K::vector, E::one,             E::dim,        W::expert_norms},
        {T::shared_post_norm,      "shared_post_norm",      K::vector, E::one,             E::dim,        W::expert_norms},
        {T::ffn_post_norm,         "ffn_post_norm",         K::vector, E::one,             E::dim,        W::ffn_norm_after},
        {T::ffn_post_norm_bias,    "ffn_post_norm_bias",    K::bias,   E::one,             E::dim,        W::ffn_norm_after},
        // The block that the second embedding gates.
        {T::embed_gate,            "embed_gate",            K::matrix, E::layer_embed_dim, E::dim,        W::layer_embed},
        {T::embed_proj,            "embed_proj",            K::matrix, E::dim,             E::layer_embed_dim, W::layer_embed},
        {T::embed_post_norm,       "embed_post_norm",       K::vector, E::one,             E::dim,        W::layer_embed},
        {T::scale,                 "scale",                 K::vector, E::one,             E::one,        W::scaled},
        // After the layers.
        {T::output_norm,           "output_norm",           K::vector, E::one,             E::dim,        W::final_norm,        false},
        {T::output_norm_bias,      "output_norm_bias",      K::bias,   E::one,             E::dim,        W::final_norm,        false},
        {T::output,                "output",                K::matrix, E::vocab_size,      E::dim,        W::own_output,        false},
        {T::output_bias,           "output_bias",           K::vector, E::one,             E::vocab_size, W::output_bias,       false},
        {T::classifier_dense,      "classifier.dense",      K::matrix, E::dim,             E::dim,        W::dense_head,        false},
        {T::classifier_dense_bias, "classifier.dense_bias", K::vector, E::one,             E::dim,        W::dense_head,        false},
        {T::classifier_norm,       "classifier.norm",       K::vector, E::one,             E::dim,        W::normed_head,       false},
        {T::classifier_norm_bias,  "classifier.norm_bias",  K::bias,   E::one,             E::dim,        W::normed_head,       false},
        {T::classifier_out,        "classifier.out",        K::matrix, E::n_labels,        E::dim,        W::labels,            false},
        {T::classifier_out_bias,   "classifier.out_bias",   K::vector, E::one,             E::n_labels,   W::labels,            false},
        {T::tail_first,            "tail.first",            K::matrix, E::first_tail_dim,  E::dim,        W::first_tail,        false},
        {T::tail_first_bias,       "tail.first_bias",       K::vector, E::one,             E::first_tail_dim, W::first_tail_bias, false},
        {T::tail_second,           "tail.second",           K::matrix, E::second_tail_dim, E::first_tail_dim, W::second_tail,   false},
        {T::tail_second_bias,      "tail.second_bias",      K::vector, E::one,             E::second_tail_dim, W::second_tail_bias, false},
    }};
}();
// clang-format on

constexpr const TensorInfo& info(TensorId id) noexcept {
    return kTensors[static_cast<std::size_t>(id)];
}

// Whether only layers with cross attention have it.
constexpr bool is_of_cross(TensorId id) noexcept {
    return id >= TensorId::cross_norm && id <= TensorId::cross_post_norm_bias;
}

// The name of a tensor of the model (kInLayer false) or of each layer. A name that is not in
// kTensors does not compile.
template <bool kInLayer>
class TensorName {
  public:
    consteval TensorName(const char* name) : id_(find(name)) {}  // implicit: {"q", ...} in tables
    constexpr TensorId id() const noexcept { return id_; }
    constexpr std::string_view text() const noexcept { return info(id_).name; }
    auto operator<=>(const TensorName&) const = default;

    // Of a tensor known by its id, which must be of the same kind.
    static constexpr TensorName of(TensorId id) noexcept { return TensorName(id); }

  private:
    constexpr explicit TensorName(TensorId id) noexcept : id_(id) {}
    static consteval TensorId find(std::string_view name) {
        for (const TensorInfo& tensor : kTensors) {
            if (tensor.in_layer == kInLayer && tensor.name == name) return tensor.id;
        }
        throw "no such tensor in kTensors";
    }
    TensorId id_;
};
using ModelTensorName = TensorName<false>;
using LayerTensorName = TensorName<true>;

// A tensor that one spec calls for.
struct ExpectedTensor {
    TensorId id{};
    std::size_t layer = 0;      // 0 where the tensor is not of a layer
    std::string name;           // in the file: "embed", "layers.3.q", "encoder.layers.3.q"
    std::uint64_t rows = 0;     // output rows; 1 for a vector
    std::uint64_t columns = 0;  // length along k, or of the vector
    bool is_matrix = false;     // in panels, of any type; a vector is plain f32
    bool of_encoder = false;    // id and layer are those of the encoder then
};

// The names of the encoder's tensors begin with this.
inline constexpr std::string_view kEncoderPrefix = "encoder.";

// All tensors of a spec, in file order; those of its encoder come last.
std::vector<ExpectedTensor> expected_tensors(const ModelSpec& spec);

// The matrix to whose product a bias is added, such as `q` for `q_bias`, or the weight of a norm's
// bias. Nothing if `id` is not a bias.
std::optional<TensorId> biased(TensorId id) noexcept;

// Whether a layer has norms before its blocks, and after them.
bool has_norm_before(NormPlace place) noexcept;
bool has_norm_after(NormPlace place) noexcept;

}  // namespace quire::spec
