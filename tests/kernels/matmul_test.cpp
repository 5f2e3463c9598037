#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>

#include "lib/kernels/dispatch.h"
#include "tests/kernels/random_data.h"

using namespace quire;
using namespace quire::test;

namespace {

// Activation rows as values; codes are made for the slab that a product takes.
struct Inputs {
    std::size_t columns;
    std::vector<float> values;  // (n_rows, columns)
};

// A slab of rows in both forms.
struct Slab {
    const float* values;
    std::size_t columns;
    std::size_t n_rows;
    std::vector<std::int8_t> codes;
    std::vector<kernels::ActBlock> blocks;

    kernels::Activations view() const {
        return {values, columns, codes.data(), blocks.data(), n_rows};
    }
};

Slab make_slab(const Inputs& in, std::size_t first, std::size_t n) {
    Slab slab{&in.values[first * in.columns], in.columns, n, {}, {}};
    const std::size_t n_blocks = in.columns / kernels::kActBlock;
    if (in.columns % kernels::kActBlock != 0) return slab;
    slab.codes.resize(n * in.columns);
    slab.blocks.resize(n * n_blocks);
    for (std::size_t t = 0; t < n; ++t) {
        kernels::choose("portable")
            .quantize(&slab.codes[t * kernels::kActBlock], &slab.blocks[t],
                      slab.values + t * in.columns, in.columns, n);
    }
    return slab;
}

Inputs make_inputs(Rng& rng, std::size_t n_rows, std::size_t columns) {
    return {columns, uniform(rng, n_rows * columns)};
}

std::vector<float> product(const kernels::KernelTable& table, const PanelMatrix& w,
                           const std::vector<Slab>& slabs, std::size_t panel_step) {
    const std::size_t stride = w.n_panels() * 16;
    std::vector<float> out;
    for (const Slab& slab : slabs) {
        out.resize(out.size() + slab.n_rows * stride, NAN);
        for (std::size_t p = 0; p < w.n_panels(); p += panel_step) {
            table.matmul[static_cast<std::size_t>(w.dtype)](
                {&out[out.size() - slab.n_rows * stride] + p * 16, stride, w.bytes.data(),
                 w.columns, p, std::min(p + panel_step, w.n_panels()), slab.view()});
        }
    }
    return out;
}

std::vector<Slab> in_chunks(const Inputs& in, std::size_t n_rows, std::size_t chunk) {
    std::vector<Slab> slabs;
    for (std::size_t t = 0; t < n_rows; t += chunk) {
        slabs.push_back(make_slab(in, t, std::min(chunk, n_rows - t)));
    }
    return slabs;
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
            const Slab slab = make_slab(in, 0, 3);
            const auto out = product(kernels::choose("portable"), w, {slab}, 100);
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
                        const std::size_t at = k / kernels::kActBlock * 3 + t;
                        const kernels::ActBlock& block = slab.blocks[at];
                        const int code =
                            slab.codes[at * kernels::kActBlock + k % kernels::kActBlock];
                        const double x = type.is_block ? double{block.scale} * code + block.mid
                                                       : double{in.values[t * columns + k]};
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
                const std::size_t n = kernels::kSlab;
                const Inputs in = make_inputs(rng, n, k);
                const auto expected =
                    product(kernels::choose("portable"), w, in_chunks(in, n, 1), 1);
                for (const std::size_t chunk : {1U, 2U, 3U, 7U, 13U, 64U}) {
                    const auto slabs = in_chunks(in, n, chunk);
                    for (const kernels::KernelTable* table : kernels::available()) {
                        CAPTURE(type.name);
                        CAPTURE(table->name);
                        CAPTURE(k);
                        CAPTURE(rows);
                        CAPTURE(chunk);
                        CHECK(same_bits(product(*table, w, slabs, 100), expected));
                        CHECK(same_bits(product(*table, w, slabs, 2), expected));
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
        const std::size_t n = 4;  // rows: all 127, 127 again, alternating, all -127
        const auto code = [](std::size_t t, std::size_t k) {
            return t < 2 ? 127 : t == 2 && k % 2 != 0 ? 127 : -127;
        };
        Slab slab{nullptr, 64, n, {}, {}};
        for (std::size_t i = 0; i < 2 * n; ++i) {
            std::array<std::int32_t, 2> sum{};
            for (std::size_t k = 0; k < 32; ++k) {
                slab.codes.push_back(static_cast<std::int8_t>(code(i % n, k)));
                sum[k / 16] += code(i % n, k);
            }
            slab.blocks.push_back({1.0F,
                                   0.0F,
                                   static_cast<float>(sum[0] + sum[1]),
                                   sum[0] + sum[1],
                                   {sum[0], sum[1]},
                                   {static_cast<float>(sum[0]), static_cast<float>(sum[1])}});
        }
        for (const kernels::KernelTable* table : kernels::available()) {
            CAPTURE(type.name);
            CAPTURE(table->name);
            const auto out = product(*table, w, {slab}, 1);
            for (std::size_t t = 0; t < 4; ++t) {
                for (std::size_t r = 0; r < 16; ++r) {
                    std::vector<float> weights(64);
                    tensor::decode_row(weights, w.bytes, type.dtype, r);
                    double sum = 0;
                    for (std::size_t k = 0; k < 64; ++k) {
                        sum += double{weights[k]} * code(t, k);
                    }
                    CHECK(double{out[t * 16 + r]} == sum);
                }
            }
        }
    }
}
