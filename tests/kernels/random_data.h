// Seeded data for kernel tests: the same on every run and machine.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "lib/tensor/block.h"
#include "lib/tensor/panel.h"
#include "tests/tensor/random_blocks.h"

namespace quire::test {

using Rng = std::mt19937;  // its sequence is fixed by the standard; distributions are not

// In [-1, 1), with an occasional outlier, as in activations.
inline float uniform(Rng& rng) {
    const float x = static_cast<float>(rng() >> 8) * 0x1p-23F - 1.0F;
    return rng() % 61 == 0 ? x * 40.0F : x;
}

inline std::vector<float> uniform(Rng& rng, std::size_t n) {
    std::vector<float> out(n);
    for (float& x : out) x = uniform(rng);
    return out;
}

// A matrix in panels.
struct PanelMatrix {
    tensor::DType dtype;
    std::size_t rows;
    std::size_t columns;
    std::vector<std::byte> bytes;

    std::size_t n_panels() const { return (rows + tensor::kPanelRows - 1) / tensor::kPanelRows; }
};

inline PanelMatrix random_matrix(Rng& rng, tensor::DType dtype, std::size_t rows,
                                 std::size_t columns) {
    PanelMatrix m{dtype, rows, columns, {}};
    const std::size_t size = tensor::panel_bytes(dtype, columns);
    m.bytes.resize(m.n_panels() * size);
    for (std::size_t p = 0; p < m.n_panels(); ++p) {
        std::vector<float> values = uniform(rng, tensor::kPanelRows * columns);
        for (std::size_t r = 0; r < tensor::kPanelRows; ++r) {
            if (p * tensor::kPanelRows + r < rows) continue;
            std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(r * columns), columns, 0.0F);
        }
        const std::span<std::byte> out(&m.bytes[p * size], size);
        if (!tensor::info(dtype).is_block) {
            tensor::encode_float_panel(out, values, dtype, columns);
            continue;
        }
        if (tensor::info(dtype).factor_bits != 0 || !can_quantize(tensor::info(dtype))) {
            std::vector<tensor::Block> blocks = random_blocks(rng, tensor::info(dtype), columns);
            const std::size_t n_blocks = columns / tensor::kBlock;
            for (std::size_t r = 0; r < tensor::kPanelRows; ++r) {
                if (p * tensor::kPanelRows + r < rows) continue;
                std::fill_n(blocks.begin() + static_cast<std::ptrdiff_t>(r * n_blocks), n_blocks,
                            tensor::zero_block(tensor::info(dtype)));
            }
            tensor::encode_block_panel(out, blocks, dtype, columns);
            continue;
        }
        std::vector<tensor::Block> blocks(values.size() / tensor::kBlock);
        for (std::size_t b = 0; b < blocks.size(); ++b) {
            const std::span<const float> in(&values[b * tensor::kBlock], tensor::kBlock);
            blocks[b] = tensor::encode_block(in.first<tensor::kBlock>(), tensor::info(dtype));
        }
        tensor::encode_block_panel(out, blocks, dtype, columns);
    }
    return m;
}

}  // namespace quire::test
