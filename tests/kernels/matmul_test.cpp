#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>

#include "lib/kernels/dispatch.h"
#include "tests/kernels/random_data.h"

using namespace quire;
using namespace quire::test;

namespace {

// Activation rows in both forms, padded with zeros to whole units.
struct Inputs {
    std::size_t stride;
    std::vector<float> values;
    std::vector<std::int8_t> codes;
    std::vector<kernels::ActBlock> blocks;

    kernels::Activations rows(std::size_t first, std::size_t n) const {
        return {&values[first * stride], stride, &codes[first * stride],
                &blocks[first * stride / kernels::kActBlock], n};
    }
};

Inputs make_inputs(Rng& rng, std::size_t n_rows, std::size_t columns) {
    Inputs in;
    in.stride = (columns + 63) / 64 * 64;
    in.values.assign(n_rows * in.stride, 0.0F);
    for (std::size_t t = 0; t < n_rows; ++t) {
        for (std::size_t k = 0; k < columns; ++k) in.values[t * in.stride + k] = uniform(rng);
    }
    in.codes.resize(in.values.size());
    in.blocks.resize(in.values.size() / kernels::kActBlock);
    kernels::choose("portable")
        .quantize(in.codes.data(), in.blocks.data(), in.values.data(), in.values.size());
    return in;
}

std::vector<float> product(const kernels::KernelTable& table, const PanelMatrix& w,
                           const Inputs& in, std::size_t n_rows, std::size_t chunk,
                           std::size_t panel_step) {
    const std::size_t stride = w.n_panels() * 16;
    std::vector<float> out(n_rows * stride, NAN);
    for (std::size_t t = 0; t < n_rows; t += chunk) {
        for (std::size_t p = 0; p < w.n_panels(); p += panel_step) {
            table.matmul[static_cast<std::size_t>(w.dtype)](
                {&out[t * stride], stride, w.bytes.data(),
                 tensor::padded_columns(w.dtype, w.columns), p,
                 std::min(p + panel_step, w.n_panels()), in.rows(t, std::min(chunk, n_rows - t))});
        }
    }
    return out;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("matmul: portable equals a double sum over decoded weights and activations") {
    Rng rng(1);
    for (const tensor::DTypeInfo& type : tensor::dtypes()) {
        for (const std::size_t columns : {32U, 64U, 96U, 576U}) {
            CAPTURE(type.name);
            CAPTURE(columns);
            const PanelMatrix w = random_matrix(rng, type.dtype, 37, columns);
            const Inputs in = make_inputs(rng, 3, columns);
            const auto out = product(kernels::choose("portable"), w, in, 3, 3, 100);
            for (std::size_t row = 0; row < w.rows; ++row) {
                std::vector<float> weights(columns);
                tensor::decode_row(weights, w.bytes, type.dtype, row);
                // Scale, minimum and middle are added apart, so the error goes with their sizes.
                float largest = 0;
                for (const float weight : weights) largest = std::max(largest, std::abs(weight));
                for (std::size_t t = 0; t < 3; ++t) {
                    double sum = 0;
                    double size = 0;
                    for (std::size_t k = 0; k < columns; ++k) {
                        const std::size_t at = t * in.stride + k;
                        const kernels::ActBlock& block = in.blocks[at / kernels::kActBlock];
                        const double x = type.is_block
                                             ? double{block.scale} * in.codes[at] + block.mid
                                             : double{in.values[at]};
                        sum += double{weights[k]} * x;
                        size += 2.0 * largest * (std::abs(x) + std::abs(block.mid));
                    }
                    CHECK(std::abs(out[t * w.n_panels() * 16 + row] - sum) <= 2e-6 * size + 1e-30);
                }
            }
        }
    }
}

TEST_CASE("matmul: every instruction set, batch and panel range gives the portable bits") {
    Rng rng(2);
    for (const tensor::DTypeInfo& type : tensor::dtypes()) {
        for (const std::size_t columns : {32U, 64U, 160U, 576U}) {
            if (!type.is_block && columns == 32U) continue;
            // For plain floats also lengths that no vector divides.
            const std::size_t k = type.is_block ? columns : columns + 5;
            for (const std::size_t rows : {1U, 16U, 50U}) {
                const PanelMatrix w = random_matrix(rng, type.dtype, rows, k);
                const Inputs in = make_inputs(rng, 19, k);
                const auto expected = product(kernels::choose("portable"), w, in, 19, 1, 1);
                for (const kernels::KernelTable* table : kernels::available()) {
                    for (const std::size_t chunk : {1U, 2U, 3U, 7U, 8U, 19U}) {
                        CAPTURE(type.name);
                        CAPTURE(table->name);
                        CAPTURE(k);
                        CAPTURE(rows);
                        CAPTURE(chunk);
                        CHECK(same_bits(product(*table, w, in, 19, chunk, 100), expected));
                        CHECK(same_bits(product(*table, w, in, 19, chunk, 2), expected));
                    }
                }
            }
        }
    }
}

TEST_CASE("matmul: codes and activations at their extremes stay exact on every instruction set") {
    for (const tensor::DTypeInfo& type : tensor::dtypes()) {
        if (!type.is_block) continue;
        std::vector<tensor::Block> blocks(16 * 2);
        for (std::size_t b = 0; b < blocks.size(); ++b) {
            blocks[b].codes.fill(static_cast<std::uint8_t>(b % 3 == 0 ? 0 : (1 << type.bits) - 1));
            blocks[b].scale = {0x3C00, 0x3C00};  // 1
            if (type.has_min) blocks[b].min = {0xBC00, 0xBC00};
        }
        PanelMatrix w{type.dtype, 16, 64, {}};
        w.bytes.resize(tensor::panel_bytes(type.dtype, 64));
        tensor::encode_block_panel(w.bytes, blocks, type.dtype, 64);
        Inputs in{64, std::vector<float>(64 * 4), std::vector<std::int8_t>(64 * 4, 127), {}};
        for (std::size_t i = 128; i < 256; ++i) in.codes[i] = i % 2 == 0 ? -127 : 127;
        for (std::size_t i = 192; i < 256; ++i) in.codes[i] = -127;
        for (std::size_t b = 0; b < 8; ++b) {
            std::array<std::int16_t, 2> sum{};
            for (std::size_t i = 0; i < 32; ++i) {
                sum[i / 16] = static_cast<std::int16_t>(sum[i / 16] + in.codes[b * 32 + i]);
            }
            in.blocks.push_back(
                {1.0F, 0.0F, static_cast<float>(sum[0] + sum[1]), {sum[0], sum[1]}});
        }
        for (const kernels::KernelTable* table : kernels::available()) {
            CAPTURE(type.name);
            CAPTURE(table->name);
            const auto out = product(*table, w, in, 4, 4, 1);
            for (std::size_t t = 0; t < 4; ++t) {
                for (std::size_t r = 0; r < 16; ++r) {
                    std::vector<float> weights(64);
                    tensor::decode_row(weights, w.bytes, type.dtype, r);
                    double sum = 0;
                    for (std::size_t k = 0; k < 64; ++k) {
                        sum += double{weights[k]} * in.codes[t * 64 + k];
                    }
                    CHECK(double{out[t * 16 + r]} == sum);
                }
            }
        }
    }
}
