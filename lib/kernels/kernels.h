// The arithmetic of a model: pure functions over rows, without threads, allocation or state.
//
// The portable variant defines every bit of a result. The other variants are the same source over
// wider vectors and must give the same bits: a vector lane is an output row (matmul), a position
// (scores) or a dimension (values); sums run in the order written here; every product that is added
// is one fma; and reductions use 16 virtual lanes and one fixed tree. Results therefore do not
// depend on the number of threads, the batch or the division into passes either. All inputs must be
// finite.
//
// This header is included by sources that are compiled for several instruction sets, so it holds
// plain types only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/cpu.h"
#include "lib/kernels/recurrent.h"

namespace quire::kernels {

inline constexpr std::size_t kPanelRows = 16;        // tensor::kPanelRows
inline constexpr std::size_t kReductionLanes = 16;   // virtual lanes of a reduction
inline constexpr std::size_t kActivationBlock = 32;  // activations under one scale
inline constexpr std::size_t kRowBlock = 64;         // activation rows of one product at most
inline constexpr std::size_t kSpanPositions = 64;    // of an attention span, and of a page
inline constexpr std::size_t kDTypes = 34;           // values of tensor::DType
inline constexpr std::size_t kActivations = 9;       // values of spec::Activation

// 32 activations as 8-bit codes: x[i] ~ scale * codes[i] + mid, codes in [-127, 127].
struct ActivationBlock {
    float scale;                    // (max - min) / 254
    float mid;                      // (max + min) / 2
    float sum;                      // of the 32 coded values: fma(scale, code_sum, 32 * mid)
    std::int32_t code_sum;          // of the 32 codes
    std::int32_t half_code_sum[2];  // of the first and the last 16
    float half_sum[2];              // fma(scale, half_code_sum, 16 * mid)
};

// A row block: up to kRowBlock activation rows as f32 and as codes. Products with floats read the
// values, products with block types the codes; the other form may be null. Codes are stored block
// by block over all rows, so that a product reads them as one stream.
struct Activations {
    const float* values;            // (n_rows, stride) f32
    std::size_t stride;             // in elements
    const std::int8_t* codes;       // (columns / 32, n_rows, 32)
    const ActivationBlock* blocks;  // (columns / 32, n_rows)
    std::size_t n_rows;
};

// out[t * out_stride + row - first] = sum over k of weight(row, k) * x[t, k], for the panels
// [panel_begin, panel_end) of a matrix with the layout of lib/tensor/panel.h; `first` is the first
// row of these panels. Rows are written 16 at a time, so out must have room for whole panels.
//
// Floats: acc = fma(w[k], x[k], acc), k ascending, acc from 0.
// Block types: for each group of 32 or 16 weights in order (a longer group counts as several of 32
// that have its scale), where d and m are the group's scale and minimum (with two levels of scales the exact product of factor and f16), and o is the code offset
// (types with a table have none: their codes are what the table holds),
//   acc = fma(float(S), d * scale, acc)   S = sum of (code - o) * x.code    (exact integer)
//   acc = fma(d * float(C), mid, acc)     C = sum of (code - o)             (exact integer)
//   acc = fma(m, sum, acc)                only types with a minimum; half_sum for a group of 16
// and at the end acc * the scale of the row, in types with such scales.
struct MatmulArgs {
    float* out;
    std::size_t out_stride;
    const std::byte* weights;
    std::size_t columns;  // a multiple of 32 for block types
    std::size_t panel_begin;
    std::size_t panel_end;
    Activations x;
};

inline constexpr std::size_t kMaxHeadDim = 1024;

// How keys and values are stored.
enum class KvType : std::uint8_t { f16, f32, int8, q8, q4 };
inline constexpr std::size_t kKvTypes = 5;

// A vector of keys is that many neighboring positions at most.
inline constexpr std::size_t kKeyGroup = 16;

// Columns of a row of values as stored, and of a row of attention's sums.
constexpr std::size_t padded_head_dim(std::size_t head_dim) noexcept {
    return (head_dim + 15) / 16 * 16;
}

// Whether keys and values are codes that are multiplied as integers. They are then stored, and
// queries given, as hadamard() transforms them; so are the results of attention.
constexpr bool is_coded(KvType type) noexcept {
    return type == KvType::q8 || type == KvType::q4;
}

// Dimensions that hadamard() mixes with each other: the largest power of two that divides head_dim.
constexpr std::size_t hadamard_block(std::size_t head_dim) noexcept {
    return head_dim & (~head_dim + 1);
}

// f16, f32 and int8. Keys of one head over a span: (4, head_dim, 16) cells, the last index a
// position of a kKeyGroup. Values: (64, padded_head_dim) cells. A cell is an f16, an f32, or for
// int8 a code c that stands for c * scale. The f32 scales of the 64 positions follow the cells. The
// scale of a position is max|x| / 127, and its codes are x * (127 / max|x|) rounded to the nearest,
// ties to even; both are 0 if max|x| is at most 1e-30.
//
// q8 and q4, codes c of N = 8 or 4 bits; T = 2^N - 1. Heads are padded with zeros to whole blocks of
// 32 dimensions. A key has for each block a least value m and a scale s, both bf16: m is the largest
// that is at most the least x, s the least that is at least (max x - m) / T, and x ~ s * c + m with c
// = (x - m) * (1 / s) rounded. A value has one scale h, the least bf16 that is at least max|x| / T,
// and x ~ h * (2 c - T) with c = fma(x, 0.5 / h, T / 2) rounded. If a quotient is at most 1e-30, its
// scale and the factor of x are 0. Rounding is to the nearest, ties to even.
// Keys: (4, blocks, N, 16, 4) bytes: byte j of position r in vector g holds the code of dimension 4g
// + j of the block, and with 4 bits that of dimension 16 + 4g + j in its upper half. Then s and m,
// each (blocks, 64).
// Values: (panels of 16 dimensions, 16, 16, 4) bytes: byte j of dimension r in vector g holds the
// code of position 4g + j; with 4 bits, the even panel of a block is in the lower halves of the
// bytes, the odd one in the upper. Then h (64).
constexpr std::size_t kv_cell_bytes(KvType type) noexcept {
    return type == KvType::f16 ? 2 : type == KvType::f32 ? 4 : 1;
}
constexpr std::size_t kv_scale_bytes(KvType type) noexcept {
    return type == KvType::int8 ? kSpanPositions * sizeof(float) : 0;
}
inline constexpr std::size_t kCodedBlock = 32;  // dimensions
constexpr std::size_t coded_head_dim(std::size_t head_dim) noexcept {
    return (head_dim + kCodedBlock - 1) / kCodedBlock * kCodedBlock;
}
constexpr std::size_t coded_keys_bytes(std::size_t bits, std::size_t head_dim) noexcept {
    const std::size_t dims = coded_head_dim(head_dim);
    return kSpanPositions * (dims * bits / 8 + dims / kCodedBlock * 4);
}
constexpr std::size_t coded_values_bytes(std::size_t bits, std::size_t head_dim) noexcept {
    return kSpanPositions * (coded_head_dim(head_dim) * bits / 8 + 2);
}
constexpr std::size_t keys_bytes(KvType type, std::size_t head_dim) noexcept {
    if (is_coded(type)) return coded_keys_bytes(type == KvType::q8 ? 8 : 4, head_dim);
    return kSpanPositions * head_dim * kv_cell_bytes(type) + kv_scale_bytes(type);
}
constexpr std::size_t values_bytes(KvType type, std::size_t head_dim) noexcept {
    if (is_coded(type)) return coded_values_bytes(type == KvType::q8 ? 8 : 4, head_dim);
    return keys_bytes(type, padded_head_dim(head_dim));
}

// Attention of consecutive tokens of one sequence over the positions up to their own, for the query
// heads that share one key/value head.
//
// A span is 64 consecutive positions from a multiple of 64. For each span in order of which a token
// sees any position, over those that it sees:
//   s[i] = fma chain over d of q[d] * k[i][d]  [+ bias of the distance]
//   s[i] = fma(-slope, |i - own position|, s[i])    only with slopes
//   m' = max s;  p[i] = exp(s[i] - m')
//   l' = sum of p over 16 lanes (i % 16), then the tree
//   o'[d] = fma chain over i of p[i] * v[i][d]; a zero is always +0
// For int8 the chains run over the codes: s[i] is then multiplied by the scale of its key, and p[i]
// before the second chain by the scale of its value.
// For q8 and q4 all sums of products are integers:
//   y[d] = q[d] * (127 / max|q|) rounded; for each block of dimensions in order, from 0,
//     s[i] = fma(float(sum of c * y), s, s[i]);  s[i] = fma(m, float(sum of y), s[i])
//   and then s[i] * (max|q| / 127)
//   w[i] = p[i] * h[i];  u[i] = w[i] * (254 / max w) rounded, over the 64 positions, 0 if unseen
//   o'[d] = float(sum of (2 c - T) * u) * (max w / 254)
// where a maximum of at most 1e-30 makes both of its factors 0.
// The spans are joined in order, where the first one is taken as it is:
//   M = max(m, m');  a = exp(m - M);  b = exp(m' - M)
//   l = fma(l, a, l' * b);  o = fma(o, a, o' * b)
// At the end out = o * (1 / l), and with sinks out = o * (1 / (l + exp(sink - M))).
struct AttentionArgs {
    float* out;  // (n_tokens, out_stride), the group's first head at column 0
    std::size_t out_stride;
    const float* q;  // (n_tokens, q_stride), rotated and scaled by 1 / sqrt(head_dim)
    std::size_t q_stride;
    std::size_t n_tokens;
    std::size_t group;              // query heads that share the key/value head
    std::size_t head_dim;           // of queries and keys
    std::size_t first_pos;          // absolute position of the first token
    const std::byte* const* pages;  // one per span, from position 0
    std::size_t k_offset;           // bytes from the start of a page to the head's keys
    std::size_t v_offset;           // bytes from the start of a page to the head's values
    float* scratch;                 // attention_scratch(v_dim) floats, 64-byte aligned
    bool causal = true;             // false: every token sees all of [0, n_positions)
    std::size_t n_positions = 0;    // in the cache, with these tokens; read if not causal
    // Positions a token sees, its own the last; if not causal, its own the first to each side; 0: no
    // limit.
    std::size_t window = 0;
    // If causal: a token sees nothing before the last multiple of it; 0: it sees all.
    std::size_t chunk = 0;
    float soft_cap = 0.0F;          // s becomes cap * tanh(s / cap); 0: s stays as it is
    std::size_t v_dim = 0;          // of values and results; 0: head_dim
    const float* slopes = nullptr;  // (group); null: distance changes no score
    const float* sinks = nullptr;   // (group): a score more, of no position; null: none
    // Of a group's heads, (group, 2 * bias_distance + 1): added to s by the position of the key minus
    // that of the query, plus bias_distance, where differences beyond bias_distance count as it; null:
    // nothing is.
    const float* bias = nullptr;
    std::size_t bias_distance = 0;

    // Only the spans [span_begin, span_end) are computed. If `partials` is set, they are not joined:
    // o', m' and l' of each row and span are stored there for attention_join, and out is not
    // written. Shape: (spans from position 0, n_tokens * group, attention_partial(v_dim)).
    std::size_t span_begin = 0;
    std::size_t span_end = ~std::size_t{0};
    float* partials = nullptr;
};

constexpr std::size_t value_dim(const AttentionArgs& a) noexcept {
    return a.v_dim == 0 ? a.head_dim : a.v_dim;
}

inline constexpr std::size_t kMaxQueryTile = 8;  // rows of the largest tile of any variant

// Floats of one row of `partials`: o', m', l', and padding.
constexpr std::size_t attention_partial(std::size_t head_dim) noexcept {
    return padded_head_dim(head_dim) + 16;
}

// Floats of scratch that attention needs for any number of rows.
constexpr std::size_t attention_scratch(std::size_t head_dim) noexcept {
    return kMaxQueryTile * (kSpanPositions + padded_head_dim(head_dim));
}

// One group of weights of each of 16 rows, to be quantized as lib/tensor/quantize.h does it, with
// the same bits. The last six fields are tensor::code_range(), has_min and tensor::scale_search()
// of the type.
struct FitArgs {
    std::uint8_t* codes;      // (n, 16)
    std::uint16_t* scale;     // (16) f16
    std::uint16_t* min;       // (16) f16; 0 for types without a minimum
    const float* weights;     // (n, 16)
    const float* importance;  // (n, 16)
    std::size_t n;            // weights of a group: 32 or 16
    float low;                // of the codes minus their offset
    float high;
    bool has_min;
    float first;
    float step;
    int n_steps;
};

struct NormArgs {
    const float* weight;  // (n)
    const float* bias;    // (n) or null; rms_norm does not read it
    float eps;
};

struct KernelTable {
    const char* name;

    // Indexed by tensor::DType.
    void (*matmul[kDTypes])(const MatmulArgs&) noexcept;

    // Codes for n values of one row, n a multiple of 32. The codes of block b go to codes + b * step
    // * 32, its scale and sums to blocks[b * step]; step is the number of rows of the row block.
    void (*quantize)(std::int8_t* codes, ActivationBlock* blocks, const float* x, std::size_t n,
                     std::size_t step) noexcept;

    // out[i] = x[i] * (1 / sqrt(sum(x^2) / n + eps)) * weight[i]; source: Zhang and Sennrich 2019,
    // "Root Mean Square Layer Normalization". out may be x.
    void (*rms_norm)(float* out, const float* x, std::size_t n, const NormArgs&) noexcept;

    // x[i] += y[i]
    void (*add)(float* x, const float* y, std::size_t n) noexcept;

    // out[i] = (x[i] - mean) * (1 / sqrt(variance + eps)) * weight[i] [+ bias[i]], where the
    // variance is the mean square of x - mean. source: Ba et al. 2016, "Layer Normalization". out
    // may be x.
    void (*layer_norm)(float* out, const float* x, std::size_t n, const NormArgs&) noexcept;

    // x[i] *= by
    void (*scale)(float* x, float by, std::size_t n) noexcept;

    // x[i] = fma(y[i], by, x[i])
    void (*add_scaled)(float* x, const float* y, float by, std::size_t n) noexcept;

    // x[i] = cap * tanh(x[i] / cap); cap > 0.
    void (*soft_cap)(float* x, float cap, std::size_t n) noexcept;

    // Indexed by spec::Activation. out[i] = f(x[i]); out may be x.
    void (*activate[kActivations])(float* out, const float* x, std::size_t n) noexcept;

    // Indexed by spec::Activation. out[i] = f(x[i]) * up[i], or what spec::Activation says of it;
    // out may be x or up.
    void (*gate[kActivations])(float* out, const float* x, const float* up, std::size_t n) noexcept;

    // x[i] = spec::Activation::xielu of it; curve: p, n and b.
    void (*xielu)(float* x, const float* curve, std::size_t n) noexcept;

    // Rotates (x[i], x[i + half]) by the angle with cos[i] and sin[i] and multiplies by scale; half
    // = head_dim / 2. source: Su et al. 2021, "RoFormer".
    void (*rope)(float* x, const float* cos, const float* sin, std::size_t half,
                 float scale) noexcept;

    // The Walsh-Hadamard transform of each hadamard_block(n) values, divided by the square root of
    // their number, which makes it its own inverse. It spreads outliers over the block. source:
    // Ashkboos et al. 2024, "QuaRot". Butterflies of the largest distance come first.
    void (*hadamard)(float* x, std::size_t n) noexcept;

    // Stores x (head_dim) as the key or value of a position of a span, [0, 64); the head's keys or
    // values begin at `head`. Indexed by KvType.
    void (*store_key[kKvTypes])(std::byte* head, std::size_t position, const float* x,
                                std::size_t head_dim) noexcept;
    void (*store_value[kKvTypes])(std::byte* head, std::size_t position, const float* x,
                                  std::size_t head_dim) noexcept;

    // Indexed by KvType.
    void (*attention[kKvTypes])(const AttentionArgs&) noexcept;

    // Joins the partials of all visible spans in order and writes out, with the same bits as one
    // call of attention(). All other fields must be the same as in the calls that wrote partials.
    void (*attention_join)(const AttentionArgs&) noexcept;

    // out[i] = exp(x[i] - shift) for x[i] <= shift; x[i] - shift is clamped to at least -87.
    void (*exp_shifted)(float* out, const float* x, std::size_t n, float shift) noexcept;

    void (*fit_weights)(const FitArgs&) noexcept;

    // Of layers with a state; see recurrent.h.
    void (*convolve)(const ConvArgs&) noexcept;
    void (*scan)(const ScanArgs&) noexcept;
    void (*decays)(const DecayArgs&) noexcept;
    void (*key_gates)(const KeyArgs&) noexcept;
    void (*key_scan)(const KeyScanArgs&) noexcept;
    void (*key_read)(const KeyReadArgs&) noexcept;
    void (*blend)(const BlendArgs&) noexcept;
    void (*rnn_cells)(const CellArgs&) noexcept;
    void (*gru_cells)(const CellArgs&) noexcept;
    void (*lstm_cells)(const CellArgs&) noexcept;
};

// The kernels of an instruction set that this build has code for; dispatch.h chooses one.
template <base::Isa isa>
const KernelTable& table_of() noexcept;

}  // namespace quire::kernels
