// Kernels of RWKV's layers against slow loops over single numbers, which must give the same bits, and in
// parts: tokens may come in any number at a time.

#include <doctest/doctest.h>

#include <cmath>

#include "lib/kernels/dispatch.h"
#include "tests/kernels/random_data.h"
#include "tests/kernels/same_bits.h"

using namespace quire;
using namespace quire::test;

namespace {

// The rows of a head with memories whose rows are kept by parts of their own.
struct KeyScan {
    KeyScan(Rng& rng, std::size_t tokens, std::size_t width)
        : n_tokens(tokens),
          dim(width),
          memory(uniform(rng, width * width)),
          rows(uniform(rng, tokens * 7 * width)) {
        for (std::size_t t = 0; t < tokens; ++t) {
            float* row = &rows[t * 7 * dim];
            for (std::size_t i = 0; i < dim; ++i) {
                row[3 * dim + i] = 1.0F / (1.0F + row[3 * dim + i] * row[3 * dim + i]);
                row[5 * dim + i] /= static_cast<float>(dim);
            }
        }
    }

    kernels::KeyScanArgs args(std::vector<float>& cells, std::vector<float>& values) const {
        kernels::KeyScanArgs args{};
        args.memory = cells.data();
        args.q = values.data();
        args.k = args.q + dim;
        args.v = args.k + dim;
        args.decay = args.v + dim;
        args.gain = args.decay + dim;
        args.unit = args.gain + dim;
        args.y = values.data() + 6 * dim;
        args.stride = 7 * dim;
        args.n_tokens = n_tokens;
        args.dim = dim;
        return args;
    }

    // recurrent.h, word for word.
    void slowly(std::vector<float>& cells, std::vector<float>& values) const {
        for (std::size_t t = 0; t < n_tokens; ++t) {
            float* row = &values[t * 7 * dim];
            const auto at = [&](std::size_t part, std::size_t i) { return row[part * dim + i]; };
            for (std::size_t c = 0; c < dim; ++c) {
                float m = 0.0F;
                for (std::size_t i = 0; i < dim; ++i) m = std::fma(cells[i * dim + c], at(5, i), m);
                float y = 0.0F;
                for (std::size_t i = 0; i < dim; ++i) {
                    float& cell = cells[i * dim + c];
                    const float kept = std::fma(-(at(5, i) * at(4, i)), m, cell * at(3, i));
                    cell = std::fma(at(1, i), at(2, c), kept);
                    y = std::fma(cell, at(0, i), y);
                }
                row[6 * dim + c] = y;
            }
        }
    }

    std::size_t n_tokens;
    std::size_t dim;
    std::vector<float> memory;
    std::vector<float> rows;  // (n_tokens, q | k | v | decay | gain | unit | y)
};

}  // namespace

TEST_CASE("time mix: memories with decays of rows have the bits of single numbers, in any parts") {
    Rng rng(23);
    for (const std::size_t dim : {16U, 32U, 48U, 64U, 112U}) {
        const KeyScan one(rng, 9, dim);
        std::vector<float> expected = one.rows;
        std::vector<float> expected_memory = one.memory;
        one.slowly(expected_memory, expected);
        for (const kernels::KernelTable* table : kernels::available()) {
            CAPTURE(table->name);
            CAPTURE(dim);
            std::vector<float> rows = one.rows;
            std::vector<float> memory = one.memory;
            table->key_scan(one.args(memory, rows));
            CHECK(same_bits(rows, expected));
            CHECK(same_bits(memory, expected_memory));
            rows = one.rows;
            memory = one.memory;
            kernels::KeyScanArgs args = one.args(memory, rows);
            for (const std::size_t n : {1U, 5U, 1U, 2U}) {
                args.n_tokens = n;
                table->key_scan(args);
                for (const float** part :
                     {&args.q, &args.k, &args.v, &args.decay, &args.gain, &args.unit}) {
                    *part += n * args.stride;
                }
                args.y += n * args.stride;
            }
            CHECK(same_bits(rows, expected));
            CHECK(same_bits(memory, expected_memory));
        }
    }
}

TEST_CASE("time mix: gates of keys are near their formulas, with the same bits on every variant") {
    constexpr std::size_t kSize = 4096;
    Rng rng(24);
    const std::vector<float> in = uniform(rng, 8 * kSize);
    const auto run = [&](const kernels::KernelTable& table, float* out) {
        std::copy(in.begin(), in.begin() + 4 * kSize, out);
        for (std::size_t i = 0; i < 2 * kSize; ++i) out[i] *= 9.0F;
        const float* weights = in.data() + 4 * kSize;
        table.key_gates({out, out + kSize, out + 2 * kSize, out + 3 * kSize, weights,
                         weights + kSize, weights + 2 * kSize, weights + 3 * kSize, kSize});
    };
    std::vector<float> out(4 * kSize);
    same_everywhere(out, run);
    run(kernels::choose("portable"), out.data());
    const auto sigmoid = [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
    double worst = 0;
    for (std::size_t i = 0; i < kSize; ++i) {
        const auto weight = [&](std::size_t part) { return double{in[(4 + part) * kSize + i]}; };
        const double decay = sigmoid(9.0 * in[i] + weight(0));
        const double gain = sigmoid(9.0 * in[kSize + i] + weight(1));
        const double key = in[3 * kSize + i];
        const double expected[] = {std::exp(-std::exp(-0.5) * decay), gain, key * weight(2),
                                   key + key * (gain - 1.0) * weight(3)};
        for (std::size_t part = 0; part < 4; ++part) {
            const double size =
                1.0 + std::abs(key) * (1.0 + std::abs(weight(2)) + std::abs(weight(3)));
            worst = std::max(worst, std::abs(out[part * kSize + i] - expected[part]) / size);
        }
    }
    MESSAGE("largest error of a gate: " << worst);
    CHECK(worst < 1e-6);
}

TEST_CASE(
    "time mix: what is read of a head, and mixtures of rows, have the bits of single numbers") {
    Rng rng(25);
    for (const std::size_t n : {16U, 48U, 64U, 128U}) {
        const std::vector<float> in = uniform(rng, 6 * n);
        const auto part = [&](std::size_t i) { return in.data() + i * n; };
        float lanes[16] = {};
        for (std::size_t i = 0; i < n; ++i) {
            lanes[i % 16] = std::fma(part(1)[i] * part(2)[i], part(4)[i], lanes[i % 16]);
        }
        for (const std::size_t half : {8U, 4U, 2U, 1U}) {
            for (std::size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
        }
        std::vector<float> read(n);
        std::vector<float> mixed(n);
        for (std::size_t i = 0; i < n; ++i) {
            read[i] = std::fma(lanes[0], part(3)[i], part(0)[i]) * part(5)[i];
            mixed[i] = std::fma(part(1)[i] - part(0)[i], part(2)[i], part(0)[i]);
        }
        for (const kernels::KernelTable* table : kernels::available()) {
            CAPTURE(table->name);
            CAPTURE(n);
            std::vector<float> out(n);
            table->key_read({out.data(), part(0), part(1), part(2), part(3), part(4), part(5), n});
            CHECK(same_bits(out, read));
            table->blend({out.data(), part(0), part(1), part(2), n});
            CHECK(same_bits(out, mixed));
        }
    }
}
