#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "lib/kernels/dispatch.h"
#include "tests/kernels/random_data.h"
#include "tests/kernels/same_bits.h"

using namespace quire;
using namespace quire::test;

namespace {

// Activation rows as values. Their codes are made for each row block.
struct Inputs {
    std::size_t columns;
    std::vector<float> values;  // (n_rows, columns)
};

// A row block as values and codes.
struct RowBlock {
    const float* values;
    std::size_t columns;
    std::size_t n_rows;
    std::vector<std::int8_t> codes;
    std::vector<kernels::ActivationBlock> blocks;

    kernels::Activations view() const {
        return {values, columns, codes.data(), blocks.data(), n_rows};
    }
};

RowBlock make_row_block(const Inputs& in, std::size_t first, std::size_t n) {
    RowBlock row_block{&in.values[first * in.columns], in.columns, n, {}, {}};
    const std::size_t n_blocks = in.columns / kernels::kActivationBlock;
    if (in.columns % kernels::kActivationBlock != 0) return row_block;
    row_block.codes.resize(n * in.columns);
    row_block.blocks.resize(n * n_blocks);
    for (std::size_t t = 0; t < n; ++t) {
        kernels::choose("portable")
            .quantize(&row_block.codes[t * kernels::kActivationBlock], &row_block.blocks[t],
                      row_block.values + t * in.columns, in.columns, n);
    }
    return row_block;
}

Inputs make_inputs(Rng& rng, std::size_t n_rows, std::size_t columns) {
    return {columns, uniform(rng, n_rows * columns)};
}

std::vector<float> product(const kernels::KernelTable& table, const PanelMatrix& w,
                           const std::vector<RowBlock>& row_blocks, std::size_t panel_step) {
    const std::size_t stride = w.n_panels() * 16;
    std::vector<float> out;
    for (const RowBlock& block : row_blocks) {
        out.resize(out.size() + block.n_rows * stride, NAN);
        for (std::size_t p = 0; p < w.n_panels(); p += panel_step) {
            table.matmul[static_cast<std::size_t>(w.dtype)](
                {&out[out.size() - block.n_rows * stride] + p * 16, stride, w.bytes.data(),
                 w.columns, p, std::min(p + panel_step, w.n_panels()), block.view()});
        }
    }
    return out;
}

std::vector<RowBlock> in_chunks(const Inputs& in, std::size_t n_rows, std::size_t chunk) {
    std::vector<RowBlock> row_blocks;
    for (std::size_t t = 0; t < n_rows; t += chunk) {
        row_blocks.push_back(make_row_block(in, t, std::min(chunk, n_rows - t)));
    }
    return row_blocks;
}

// The codes of the smallest and the largest number.
std::pair<std::uint8_t, std::uint8_t> extreme_codes(const tensor::DTypeInfo& type) {
    std::vector<std::uint8_t> codes(std::size_t{1} << type.bits);
    std::iota(codes.begin(), codes.end(), std::uint8_t{0});
    const auto [low, high] = std::ranges::minmax_element(
        codes, {}, [&](std::uint8_t code) { return code_value(code, type); });
    return {*low, *high};
}

std::uint16_t one_as_scale(tensor::ScaleFormat format) {
    switch (format) {
        case tensor::ScaleFormat::e8m0:
            return 128;
        case tensor::ScaleFormat::ue4m3:
            return 0x40;
        case tensor::ScaleFormat::f16_half:
            return 0x4000;
        case tensor::ScaleFormat::f16_eighth:
            return 0x4800;
        case tensor::ScaleFormat::f16:
            break;
    }
    return 0x3C00;
}

}  // namespace

TEST_CASE("matmul: portable is close to a sum in double over decoded weights and activations") {
    Rng rng(1);
    for (const tensor::DTypeInfo& type : tensor::dtypes()) {
        for (const std::size_t columns : {32U, 64U, 96U, 576U}) {
            CAPTURE(type.name);
            CAPTURE(columns);
            const PanelMatrix w = random_matrix(rng, type.dtype, 37, columns);
            const Inputs in = make_inputs(rng, 3, columns);
            const RowBlock row_block = make_row_block(in, 0, 3);
            const auto out = product(kernels::choose("portable"), w, {row_block}, 100);
            for (std::size_t row = 0; row < w.rows; ++row) {
                std::vector<float> weights(columns);
                tensor::decode_row(weights, w.bytes, type.dtype, row);
                // The shares of scale, minimum and middle are added one by one, so the error grows
                // with their magnitudes.
                float largest = 0;
                for (const float weight : weights) largest = std::max(largest, std::abs(weight));
                for (std::size_t t = 0; t < 3; ++t) {
                    double sum = 0;
                    double size = 0;
                    for (std::size_t k = 0; k < columns; ++k) {
                        const std::size_t at = k / kernels::kActivationBlock * 3 + t;
                        const kernels::ActivationBlock& block = row_block.blocks[at];
                        const int code = row_block.codes[at * kernels::kActivationBlock +
                                                         k % kernels::kActivationBlock];
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

TEST_CASE(
    "matmul: every variant gives the portable bits, with any row blocks and ranges of panels") {
    Rng rng(2);
    for (const tensor::DTypeInfo& type : tensor::dtypes()) {
        for (const std::size_t columns : {32U, 64U, 160U, 576U}) {
            if (!type.is_block && columns == 32U) continue;
            // For plain floats also lengths that are not a multiple of a vector.
            const std::size_t k = type.is_block ? columns : columns + 5;
            for (const std::size_t rows : {1U, 16U, 50U}) {
                const PanelMatrix w = random_matrix(rng, type.dtype, rows, k);
                const std::size_t n = kernels::kRowBlock;
                const Inputs in = make_inputs(rng, n, k);
                const auto expected =
                    product(kernels::choose("portable"), w, in_chunks(in, n, 1), 1);
                for (const std::size_t chunk : {1U, 2U, 3U, 7U, 17U, 64U}) {
                    const auto row_blocks = in_chunks(in, n, chunk);
                    for (const kernels::KernelTable* table : kernels::available()) {
                        CAPTURE(type.name);
                        CAPTURE(table->name);
                        CAPTURE(k);
                        CAPTURE(rows);
                        CAPTURE(chunk);
                        CHECK(same_bits(product(*table, w, row_blocks, 100), expected));
                        CHECK(same_bits(product(*table, w, row_blocks, 2), expected));
                    }
                }
            }
        }
    }
}

TEST_CASE("matmul: every variant reads every scale that is a byte") {
    for (const tensor::DType dtype : {tensor::DType::mxfp4, tensor::DType::nvfp4}) {
        const tensor::DTypeInfo& type = tensor::info(dtype);
        const std::uint16_t end = type.scale == tensor::ScaleFormat::e8m0 ? 254 : 128;
        for (std::uint16_t first = 0; first < end; first += 16) {
            // Each row has one weight, 1 times a scale of its own, and one activation, 1.
            std::vector<tensor::Block> blocks(16, tensor::zero_block(type));
            for (std::uint16_t r = 0; r < 16; ++r) {
                blocks[r].codes[3] = 1;
                blocks[r].scale[0] = std::min<std::uint16_t>(first + r, end - 1);
            }
            PanelMatrix w{dtype, 16, 32, {}};
            w.bytes.resize(tensor::panel_bytes(dtype, 32));
            tensor::encode_block_panel(w.bytes, blocks, dtype, 32);
            RowBlock row_block{nullptr, 32, 1, std::vector<std::int8_t>(32), {}};
            row_block.codes[3] = 1;
            row_block.blocks = {{1.0F, 0.0F, 1.0F, 1, {1, 0}, {1.0F, 0.0F}}};
            std::vector<float> expected(16);
            for (std::uint16_t r = 0; r < 16; ++r) {
                expected[r] = tensor::scale_value(blocks[r].scale[0], type.scale);
            }
            for (const kernels::KernelTable* table : kernels::available()) {
                CAPTURE(table->name);
                CAPTURE(first);
                CHECK(same_bits(product(*table, w, {row_block}, 1), expected));
            }
        }
    }
}

TEST_CASE("matmul: every variant is exact for the extreme codes of weights and activations") {
    for (const tensor::DTypeInfo& type : tensor::dtypes()) {
        if (!type.is_block) continue;
        const auto [lowest, highest] = extreme_codes(type);
        std::vector<tensor::Block> blocks(16 * 2);
        for (std::size_t b = 0; b < blocks.size(); ++b) {
            blocks[b].codes.fill(b % 3 == 0 ? lowest : highest);
            blocks[b].scale.fill(one_as_scale(type.scale));
            if (type.has_min) blocks[b].min = {0xBC00, 0xBC00};
            if (type.factor_bits == 0) continue;
            const int most = (1 << type.factor_bits) - 1 - factor_offset(type);
            const int factor = b % 2 == 0 ? most : -factor_offset(type);
            blocks[b].factor.fill(static_cast<std::int8_t>(factor));
            if (type.has_min) blocks[b].min_factor.fill(static_cast<std::int8_t>(most));
        }
        PanelMatrix w{type.dtype, 16, 64, {}};
        w.bytes.resize(tensor::panel_bytes(type.dtype, 64));
        tensor::encode_block_panel(w.bytes, blocks, type.dtype, 64);
        const std::size_t n = 4;  // rows: 127, 127, alternating, -127
        const auto code = [](std::size_t t, std::size_t k) {
            return t < 2 ? 127 : t == 2 && k % 2 != 0 ? 127 : -127;
        };
        RowBlock row_block{nullptr, 64, n, {}, {}};
        for (std::size_t i = 0; i < 2 * n; ++i) {
            std::array<std::int32_t, 2> sum{};
            for (std::size_t k = 0; k < 32; ++k) {
                row_block.codes.push_back(static_cast<std::int8_t>(code(i % n, k)));
                sum[k / 16] += code(i % n, k);
            }
            row_block.blocks.push_back({1.0F,
                                        0.0F,
                                        static_cast<float>(sum[0] + sum[1]),
                                        sum[0] + sum[1],
                                        {sum[0], sum[1]},
                                        {static_cast<float>(sum[0]), static_cast<float>(sum[1])}});
        }
        for (const kernels::KernelTable* table : kernels::available()) {
            CAPTURE(type.name);
            CAPTURE(table->name);
            const auto out = product(*table, w, {row_block}, 1);
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
