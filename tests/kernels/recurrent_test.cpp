// Kernels of recurrent layers against slow loops over single numbers, which must give the same bits, and
// in parts: tokens may come in any number at a time.

#include <doctest/doctest.h>

#include <cmath>

#include "lib/kernels/dispatch.h"
#include "tests/kernels/random_data.h"
#include "tests/kernels/same_bits.h"

using namespace quire;
using namespace quire::test;

namespace {

const kernels::KernelTable& portable() {
    return kernels::choose("portable");
}

// A convolution and what it works on.
struct Convolution {
    Convolution(Rng& rng, std::size_t tokens, std::size_t size, std::size_t w)
        : n_tokens(tokens),
          n(size),
          width(w),
          x(uniform(rng, 3 * tokens * size)),
          history(uniform(rng, (w - 1) * size)),
          weights(uniform(rng, w * size)),
          bias(uniform(rng, size)) {}

    // Rows of gate, gate and x, beside each other.
    kernels::ConvArgs args(std::vector<float>& rows, std::vector<float>& past, bool gates) const {
        kernels::ConvArgs args{};
        args.x = rows.data() + 2 * n;
        if (gates) args.in_gate = rows.data();
        if (gates) args.out_gate = rows.data() + n;
        args.stride = 3 * n;
        args.history = past.data();
        args.weights = weights.data();
        args.bias = gates ? nullptr : bias.data();
        args.channel_stride = n;
        args.n_channels = n;
        args.n_tokens = n_tokens;
        args.width = width;
        args.silu = !gates;
        return args;
    }

    // recurrent.h, word for word.
    void slowly(std::vector<float>& rows, std::vector<float>& past, bool gates) const {
        std::vector<float> in = past;  // (width - 1 + n_tokens, n)
        for (std::size_t t = 0; t < n_tokens; ++t) {
            for (std::size_t c = 0; c < n; ++c) {
                const float* row = &rows[3 * n * t];
                in.push_back(gates ? row[2 * n + c] * row[c] : row[2 * n + c]);
            }
        }
        for (std::size_t t = 0; t < n_tokens; ++t) {
            std::vector<float> y(n);
            for (std::size_t c = 0; c < n; ++c) {
                y[c] = gates ? 0.0F : bias[c];
                for (std::size_t j = 0; j < width; ++j) {
                    y[c] = std::fma(weights[j * n + c], in[(t + j) * n + c], y[c]);
                }
            }
            if (!gates) portable().activate[0](y.data(), y.data(), n);
            float* row = &rows[3 * n * t];
            for (std::size_t c = 0; c < n; ++c) {
                row[2 * n + c] = gates ? y[c] * row[n + c] : y[c];
            }
        }
        past.assign(in.end() - static_cast<std::ptrdiff_t>((width - 1) * n), in.end());
    }

    std::size_t n_tokens;
    std::size_t n;
    std::size_t width;
    std::vector<float> x;
    std::vector<float> history;
    std::vector<float> weights;
    std::vector<float> bias;
};

struct Scan {
    Scan(Rng& rng, std::size_t tokens, std::size_t keys, std::size_t values)
        : n_tokens(tokens),
          key_dim(keys),
          value_dim(values),
          memory(uniform(rng, keys * values)),
          q(uniform(rng, tokens * keys)),
          k(uniform(rng, tokens * keys)),
          v(uniform(rng, tokens * values)),
          decay(uniform(rng, tokens)),
          gain(uniform(rng, tokens)) {
        for (float& x : k) x /= static_cast<float>(keys);
        for (float& x : decay) x = 1.0F / (1.0F + x * x);
    }

    kernels::ScanArgs args(std::vector<float>& cells, std::vector<float>& values, float skip,
                           bool delta) const {
        kernels::ScanArgs args{};
        args.memory = cells.data();
        args.q = q.data();
        args.k = k.data();
        args.key_stride = key_dim;
        args.v = values.data();
        args.value_stride = value_dim;
        args.decay = decay.data();
        args.gain = gain.data();
        args.gate_stride = 1;
        args.n_tokens = n_tokens;
        args.key_dim = key_dim;
        args.value_dim = value_dim;
        args.skip = skip;
        args.delta = delta;
        return args;
    }

    // recurrent.h, word for word.
    void slowly(std::vector<float>& cells, std::vector<float>& values, float skip,
                bool delta) const {
        for (std::size_t t = 0; t < n_tokens; ++t) {
            for (std::size_t c = 0; c < value_dim; ++c) {
                float& value = values[t * value_dim + c];
                float m = 0.0F;
                for (std::size_t i = 0; i < key_dim; ++i) {
                    m = std::fma(cells[i * value_dim + c], k[t * key_dim + i], m);
                }
                const float u = (delta ? std::fma(-decay[t], m, value) : value) * gain[t];
                float y = 0.0F;
                for (std::size_t i = 0; i < key_dim; ++i) {
                    float& cell = cells[i * value_dim + c];
                    cell = std::fma(k[t * key_dim + i], u, cell * decay[t]);
                    y = std::fma(cell, q[t * key_dim + i], y);
                }
                value = skip == 0.0F ? y : std::fma(value, skip, y);
            }
        }
    }

    std::size_t n_tokens;
    std::size_t key_dim;
    std::size_t value_dim;
    std::vector<float> memory;
    std::vector<float> q;
    std::vector<float> k;
    std::vector<float> v;
    std::vector<float> decay;
    std::vector<float> gain;
};

}  // namespace

TEST_CASE("recurrent: convolutions of all widths have the bits of single numbers, in any parts") {
    Rng rng(21);
    for (std::size_t width = 1; width <= kernels::kMaxConvWidth; ++width) {
        for (const std::size_t n_tokens : {1U, 2U, 13U}) {
            for (const bool gates : {false, true}) {
                const Convolution one(rng, n_tokens, 48, width);
                std::vector<float> expected = one.x;
                std::vector<float> expected_history = one.history;
                one.slowly(expected, expected_history, gates);
                for (const kernels::KernelTable* table : kernels::available()) {
                    CAPTURE(table->name);
                    CAPTURE(width);
                    CAPTURE(n_tokens);
                    std::vector<float> rows = one.x;
                    std::vector<float> history = one.history;
                    table->convolve(one.args(rows, history, gates));
                    CHECK(same_bits(rows, expected));
                    CHECK(same_bits(history, expected_history));
                    rows = one.x;
                    history = one.history;
                    kernels::ConvArgs args = one.args(rows, history, gates);
                    args.n_tokens = 1;
                    for (std::size_t t = 0; t < n_tokens; ++t) {
                        table->convolve(args);
                        args.x += args.stride;
                        if (gates) args.in_gate += args.stride;
                        if (gates) args.out_gate += args.stride;
                    }
                    CHECK(same_bits(rows, expected));
                    CHECK(same_bits(history, expected_history));
                }
            }
        }
    }
}

TEST_CASE("recurrent: memories of all shapes have the bits of single numbers, in any parts") {
    Rng rng(22);
    for (const std::size_t value_dim : {16U, 32U, 48U, 112U, 128U}) {
        for (const bool delta : {false, true}) {
            for (const float skip : {0.0F, 0.7F}) {
                const Scan one(rng, 9, value_dim == 48 ? 16 : 80, value_dim);
                std::vector<float> expected = one.v;
                std::vector<float> expected_memory = one.memory;
                one.slowly(expected_memory, expected, skip, delta);
                for (const kernels::KernelTable* table : kernels::available()) {
                    CAPTURE(table->name);
                    CAPTURE(value_dim);
                    CAPTURE(delta);
                    std::vector<float> values = one.v;
                    std::vector<float> memory = one.memory;
                    table->scan(one.args(memory, values, skip, delta));
                    CHECK(same_bits(values, expected));
                    CHECK(same_bits(memory, expected_memory));
                    values = one.v;
                    memory = one.memory;
                    kernels::ScanArgs args = one.args(memory, values, skip, delta);
                    for (const std::size_t n : {1U, 5U, 1U, 2U}) {
                        args.n_tokens = n;
                        table->scan(args);
                        args.q += n * args.key_stride;
                        args.k += n * args.key_stride;
                        args.v += n * args.value_stride;
                        args.decay += n;
                        args.gain += n;
                    }
                    CHECK(same_bits(values, expected));
                    CHECK(same_bits(memory, expected_memory));
                }
            }
        }
    }
}

TEST_CASE("recurrent: decays are near their formula, with the same bits on every variant") {
    std::vector<float> x;
    for (float value = -40.0F; value < 40.0F; value += 0.0173F) x.push_back(value);
    const std::vector<float> bias(x.size(), 0.25F);
    std::vector<float> rate(x.size());
    for (std::size_t i = 0; i < rate.size(); ++i) rate[i] = -0.01F * static_cast<float>(1 + i % 97);
    const auto run = [&](const kernels::KernelTable& table, float* out) {
        table.decays({out, out + x.size(), x.data(), bias.data(), rate.data(), x.size()});
    };
    std::vector<float> out(2 * x.size());
    same_everywhere(out, run);
    run(portable(), out.data());
    double worst = 0;
    double worst_decay = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double step = std::log1p(std::exp(double{x[i]} + 0.25));
        worst = std::max(worst, std::abs(out[x.size() + i] - step) / step);
        const double decay = std::exp(rate[i] * step);
        worst_decay = std::max(worst_decay, std::abs(out[i] - decay));
    }
    MESSAGE("largest relative error of a step: " << worst << ", error of a decay " << worst_decay);
    CHECK(worst < 4e-7);
    CHECK(worst_decay < 5e-7);
}
