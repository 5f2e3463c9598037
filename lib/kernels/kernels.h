// The arithmetic of a model: pure functions over rows, without threads, allocation or state.
//
// The portable variant defines every bit of a result. The others are the same source over wider
// vectors and must equal it: a vector lane is an output row (matmul), a position (scores) or a
// dimension (values), sums run in the order written here, every product that is added is one fma,
// and reductions over a vector use 16 virtual lanes and one fixed tree. A result therefore depends
// on no thread count, batch or chunk either. All inputs must be finite.
//
// This header is included by sources compiled for several instruction sets: it holds only PODs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/cpu.h"

namespace quire::kernels {

inline constexpr std::size_t kLanes16 = 16;     // rows of a panel, virtual lanes of a reduction
inline constexpr std::size_t kActBlock = 32;    // activations under one scale
inline constexpr std::size_t kSlab = 64;        // activation rows that one product takes at most
inline constexpr std::size_t kSpan = 64;        // positions of one attention span and KV page
inline constexpr std::size_t kActivations = 6;  // values of spec::Activation

// 32 activations as 8-bit codes: x[i] ~ scale * codes[i] + mid, codes in [-127, 127].
struct ActBlock {
    float scale;                    // (max - min) / 254
    float mid;                      // (max + min) / 2
    float sum;                      // of the 32 values as coded: fma(scale, code_sum, 32 * mid)
    std::int32_t code_sum;          // of the 32 codes
    std::int32_t half_code_sum[2];  // of the first and the last 16
    float half_sum[2];              // fma(scale, half_code_sum, 16 * mid)
};

// A slab of at most kSlab activation rows in both forms; what a matrix type does not need may be
// null. Codes lie block by block, so that a product reads them as one stream.
struct Activations {
    const float* values;       // (n_rows, stride) f32
    std::size_t stride;        // in elements
    const std::int8_t* codes;  // (columns / 32, n_rows, 32)
    const ActBlock* blocks;    // (columns / 32, n_rows)
    std::size_t n_rows;
};

// out[t * out_stride + row - first] = sum over k of weight(row, k) * x[t, k], for the panels
// [panel_begin, panel_end) of a matrix laid out as lib/tensor/panel.h says, of which `first` is the
// first row. Rows are written 16 at a time, so out has room for whole panels.
//
// Floats: acc = fma(w[k], x[k], acc), k ascending, acc from 0.
// Blocks, per group of 32 or 16 weights in order, d, m the group's scale and minimum, o the code
// offset:
//   acc = fma(float(S), d * scale, acc)   S = sum of (code - o) * x.code    (exact integer)
//   acc = fma(d * float(C), mid, acc)     C = sum of (code - o)             (exact integer)
//   acc = fma(m, sum, acc)                only types with a minimum; half_sum for a group of 16
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

// How keys and values are kept.
enum class KvType : std::uint8_t { f16, f32, int8 };
inline constexpr std::size_t kKvTypes = 3;

// Keys of one head over a span: (4, head_dim, 16) cells, so that a vector is neighbouring
// positions. Values: (64, head_dim rounded up to 16) cells. A cell is an f16, an f32, or with int8
// a code c that stands for c * scale: the 64 cells' scales, f32, follow behind, one a position. A
// position's scale is max|x| / 127, its codes x * (127 / max|x|) to the nearest, ties to even; both
// 0 where max|x| is at most 1e-30.
constexpr std::size_t kv_cell_bytes(KvType type) noexcept {
    return type == KvType::f16 ? 2 : type == KvType::f32 ? 4 : 1;
}
constexpr std::size_t kv_scale_bytes(KvType type) noexcept {
    return type == KvType::int8 ? kSpan * sizeof(float) : 0;
}
constexpr std::size_t keys_bytes(KvType type, std::size_t head_dim) noexcept {
    return kSpan * head_dim * kv_cell_bytes(type) + kv_scale_bytes(type);
}
constexpr std::size_t values_bytes(KvType type, std::size_t head_dim) noexcept {
    return keys_bytes(type, (head_dim + 15) / 16 * 16);
}

// Attention of consecutive tokens of one sequence with the positions up to their own, for the query
// heads that share one key/value head.
//
// For each span of 64 absolute positions in order of which a token sees any, over those it sees:
//   s[i] = fma chain over d of q[d] * k[i][d];  m' = max s;  p[i] = exp(s[i] - m')
//   l' = sum of p over 16 lanes (i % 16), then the tree;  o'[d] = fma chain over i of p[i] *
//   v[i][d], a zero always +0
// With int8 the chains run over the codes: s[i] is then multiplied by its key's scale, p[i] before
// the second chain by its value's.
// spans are then joined in order: M = max(m, m'), a = exp(m - M), b = exp(m' - M),
//   l = fma(l, a, l' * b), o = fma(o, a, o' * b); the first span stands as it is; out = o * (1 /
//   l).
struct AttentionArgs {
    float* out;  // (n_tokens, out_stride), this group's first head at column 0
    std::size_t out_stride;
    const float* q;  // (n_tokens, q_stride), rotated and scaled by 1 / sqrt(head_dim)
    std::size_t q_stride;
    std::size_t n_tokens;
    std::size_t group;  // query heads that share the key/value head
    std::size_t head_dim;
    std::size_t first_pos;          // absolute position of the first token
    const std::byte* const* pages;  // one per span, from position 0
    std::size_t k_offset;           // bytes from a page's start to this head's keys
    std::size_t v_offset;           // likewise to its values
    float* scratch;                 // attention_scratch(...) floats, 64-byte aligned
    bool causal = true;             // false: every token sees all of [0, n_positions)
    std::size_t n_positions = 0;    // in the cache, these tokens included; read when not causal
    std::size_t window = 0;         // positions a token sees, its own the last; 0: all before it
    float soft_cap = 0.0F;          // s becomes cap * tanh(s / cap); 0: as it is

    // Spans [span_begin, span_end) of those seen. With `partials`, (spans from position 0, n_tokens
    // * group, attention_partial(head_dim)), nothing is joined: each row's o', m' and l' of each
    // span are kept there for attention_join, and out is left alone.
    std::size_t span_begin = 0;
    std::size_t span_end = ~std::size_t{0};
    float* partials = nullptr;
};

inline constexpr std::size_t kMaxQueryTile = 6;  // rows of the largest tile of any variant

// Floats that one row's part of one span takes.
constexpr std::size_t attention_partial(std::size_t head_dim) noexcept {
    return (head_dim + 15) / 16 * 16 + 16;
}

// Floats of scratch that attention needs, for any number of rows.
constexpr std::size_t attention_scratch(std::size_t head_dim) noexcept {
    const std::size_t wide = (head_dim + 15) / 16 * 16;
    return kMaxQueryTile * (kSpan + wide);
}

// Codes for the weights of 16 rows, n of each under one scale, as lib/tensor/quantize.h describes
// them: the same bits.
struct FitArgs {
    std::uint8_t* codes;      // (n, 16)
    std::uint16_t* scale;     // (16) f16
    std::uint16_t* min;       // (16) f16; 0 without minimum
    const float* weights;     // (n, 16)
    const float* importance;  // (n, 16)
    std::size_t n;
    float low;  // of the codes minus their offset
    float high;
    bool has_min;
    float first;  // tensor::ScaleSearch
    float step;
    int n_steps;
};

struct KernelTable {
    const char* name;

    // Indexed by tensor::DType.
    void (*matmul[16])(const MatmulArgs&) noexcept;

    // Codes for n values of one row, n a multiple of 32: block b's codes at codes + b * step * 32,
    // its scale and sums at blocks[b * step].
    void (*quantize)(std::int8_t* codes, ActBlock* blocks, const float* x, std::size_t n,
                     std::size_t step) noexcept;

    // out[i] = x[i] * (1 / sqrt(sum(x^2) / n + eps)) * weight[i]; source: Zhang and Sennrich 2019,
    // "Root Mean Square Layer Normalization". out may be x.
    void (*rms_norm)(float* out, const float* x, const float* weight, std::size_t n,
                     float eps) noexcept;

    // x[i] += y[i]
    void (*add)(float* x, const float* y, std::size_t n) noexcept;

    // out[i] = (x[i] - mean) * (1 / sqrt(variance + eps)) * weight[i] [+ bias[i]], the variance
    // being the mean square of x - mean; bias may be null. source: Ba et al. 2016, "Layer
    // Normalization". out may be x.
    void (*layer_norm)(float* out, const float* x, const float* weight, const float* bias,
                       std::size_t n, float eps) noexcept;

    // x[i] *= by
    void (*scale)(float* x, float by, std::size_t n) noexcept;

    // x[i] = fma(y[i], by, x[i])
    void (*add_scaled)(float* x, const float* y, float by, std::size_t n) noexcept;

    // x[i] = cap * tanh(x[i] / cap); cap > 0.
    void (*soft_cap)(float* x, float cap, std::size_t n) noexcept;

    // Indexed by spec::Activation. out[i] = f(x[i]); out may be x.
    void (*activate[kActivations])(float* out, const float* x, std::size_t n) noexcept;

    // Indexed by spec::Activation. out[i] = f(x[i]) * up[i]; out may be x.
    void (*gate[kActivations])(float* out, const float* x, const float* up, std::size_t n) noexcept;

    // Rotates (x[i], x[i + half]) by the angle of cos[i], sin[i] and multiplies by scale; half =
    // head_dim / 2. source: Su et al. 2021, "RoFormer".
    void (*rope)(float* x, const float* cos, const float* sin, std::size_t half,
                 float scale) noexcept;

    // A position of a span, [0, 64), gets its key or value, x (head_dim); `head` is where the
    // head's keys or values begin. Indexed by KvType.
    void (*store_key[kKvTypes])(std::byte* head, std::size_t position, const float* x,
                                std::size_t head_dim) noexcept;
    void (*store_value[kKvTypes])(std::byte* head, std::size_t position, const float* x,
                                  std::size_t head_dim) noexcept;

    // Indexed by KvType.
    void (*attention[kKvTypes])(const AttentionArgs&) noexcept;

    // out from the partials of all spans seen, joined in order: the same bits as attention() gives
    // at once. Other fields as they were for the parts.
    void (*attention_join)(const AttentionArgs&) noexcept;

    // out[i] = exp(x[i] - shift) for x[i] <= shift; below shift - 87 as at that bound.
    void (*exp_shifted)(float* out, const float* x, std::size_t n, float shift) noexcept;

    void (*fit_weights)(const FitArgs&) noexcept;
};

// The kernels of an instruction set that this build has code for; dispatch.h chooses one.
template <base::Isa isa>
const KernelTable& table_of() noexcept;

}  // namespace quire::kernels
