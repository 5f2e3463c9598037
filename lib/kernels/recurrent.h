// The arithmetic of layers with a state: what they compute of a token depends on the tokens before it
// only through some numbers that they carry along. The order of every sum is the same for one token
// as for a thousand, so that tokens may come in any passes. kernels.h has the common rules.
#pragma once

#include <cstddef>

namespace quire::kernels {

inline constexpr std::size_t kMaxConvWidth = 8;

// A causal convolution of each channel over consecutive tokens, in place:
//   in[t] = x[t], or x[t] * in_gate[t] where there is such a gate
//   y[t] = fma chain over j of weights[j] * in[t - width + 1 + j], from the bias or 0
//   x[t] = y[t], or silu(y[t]) if `silu`, or out_gate[t] * y[t] where there is such a gate
// The inputs of the width - 1 tokens before the first are in `history`, oldest first; afterwards it
// holds those of the last tokens. Channels are a multiple of 16.
struct ConvArgs {
    float* x;                        // (n_tokens, stride)
    const float* in_gate = nullptr;  // (n_tokens, stride); null: none
    const float* out_gate = nullptr;
    std::size_t stride;
    float* history;        // (width - 1, channel_stride)
    const float* weights;  // (width, channel_stride)
    const float* bias;     // (n_channels); null: none
    std::size_t channel_stride;
    std::size_t n_channels;
    std::size_t n_tokens;
    std::size_t width;  // 1 to kMaxConvWidth
    bool silu = false;
};

// A memory of one head, a matrix that every token reads and changes; for each token in turn, over the
// columns c of the memory:
//   u = v[c] * gain                                 if not `delta`, otherwise
//   u = fma(-decay, m, v[c]) * gain                 m: fma chain over i of memory[i][c] * k[i], from 0
//   memory[i][c] = fma(k[i], u, memory[i][c] * decay)
//   y = fma chain over i of memory[i][c] * q[i], from 0
//   v[c] = y, or fma(v[c], skip, y) if skip is not 0
// source: Yang et al. 2024, "Gated Delta Networks"; Dao and Gu 2024, "Transformers are SSMs".
struct ScanArgs {
    float* memory;   // (key_dim, value_dim)
    const float* q;  // (n_tokens, key_stride)
    const float* k;  // (n_tokens, key_stride)
    std::size_t key_stride;
    float* v;  // (n_tokens, value_stride); becomes the result
    std::size_t value_stride;
    const float* decay;  // (n_tokens, gate_stride): one number of each token
    const float* gain;   // (n_tokens, gate_stride)
    std::size_t gate_stride;
    std::size_t n_tokens;
    std::size_t key_dim;
    std::size_t value_dim;  // a multiple of 16
    float skip = 0.0F;
    bool delta = false;
};

// How much of a memory each head keeps, from what a projection gives for it:
//   step[h] = log(1 + exp(x[h] + bias[h]))
//   decay[h] = exp(rate[h] * step[h])
struct DecayArgs {
    float* decay;       // (n)
    float* step;        // (n)
    const float* x;     // (n); may be `decay` or `step`
    const float* bias;  // (n)
    const float* rate;  // (n): negative
    std::size_t n;
};

// RWKV's layers. source: Peng et al. 2025, "RWKV-7 Goose".

// What a token brings to the memories of all heads, from the products for that; element by element:
//   decay = exp(-e^-0.5 * sigmoid(decay + decay_bias))
//   gain  = sigmoid(gain + gain_bias)
//   unit  = k * key_unit, whose heads get length 1 afterwards
//   k     = fma(k * (gain - 1), key_gain, k)
struct KeyArgs {
    float* decay;  // (n) each
    float* gain;
    float* unit;
    float* k;
    const float* decay_bias;
    const float* gain_bias;
    const float* key_unit;
    const float* key_gain;
    std::size_t n;  // a multiple of 16
};

// As ScanArgs, but what a memory keeps differs from row to row, and what it has under `unit` is
// replaced; for each token in turn, over the columns c:
//   m = fma chain over i of memory[i][c] * unit[i], from 0
//   memory[i][c] = fma(k[i], v[c], fma(-(unit[i] * gain[i]), m, memory[i][c] * decay[i]))
//   y[c] = fma chain over i of memory[i][c] * q[i], from 0
struct KeyScanArgs {
    float* memory;   // (dim, dim)
    const float* q;  // (n_tokens, stride) each
    const float* k;
    const float* v;
    const float* decay;
    const float* gain;
    const float* unit;
    float* y;
    std::size_t stride;
    std::size_t n_tokens;
    std::size_t dim;  // a multiple of 16
};

// The result of a head, of which y is what was read:
//   s = sum of (q * k) * bonus: fma chains over 16 lanes (i % 16), then the tree
//   out = fma(s, v, y) * gate
struct KeyReadArgs {
    float* out;  // (n) each
    const float* y;
    const float* q;
    const float* k;
    const float* v;
    const float* bonus;
    const float* gate;
    std::size_t n;  // a multiple of 16
};

// Cells of recurrent networks: what a layer gives for a token, from the products of what it reads (x) and of
// what it gave for the token before (h), cell by cell. Gate g begins at g * gate_stride; X[g] = x[g] + x_bias[g],
// H[g] = h[g] + h_bias[g], and S[g] = X[g] + H[g]:
//   rnn:  out = tanh(S[0]), or max(S[0], 0) if `relu`
//   gru:  r = sigmoid(S[0]); z = sigmoid(S[1]); f = tanh(fma(r, H[2], X[2])); out = fma(z, before - f, f)
//   lstm: i = sigmoid(S[0]); k = sigmoid(S[1]); f = tanh(S[2]); o = sigmoid(S[3])
//         second = fma(k, second, i * f); out = o * tanh(second)
// source: torch.nn.RNN, GRU and LSTM; Cho et al. 2014; Hochreiter and Schmidhuber 1997.
struct CellArgs {
    float* out;           // (n)
    float* second;        // (n): of lstm, the second state
    const float* before;  // (n): of gru, what was given for the token before; may be `out`
    const float* x;       // (gates, gate_stride) each
    const float* h;
    const float* x_bias;  // null: none
    const float* h_bias;
    std::size_t gate_stride;
    std::size_t n;
    bool relu = false;
};

// out = fma(other - x, part, x), element by element: x, or the part of `other` that is said. out may be
// any of the others.
struct BlendArgs {
    float* out;  // (n) each
    const float* x;
    const float* other;
    const float* part;
    std::size_t n;  // a multiple of 16
};

}  // namespace quire::kernels
