// Compares the kernel that quantizes weights with its readable twin, bit for bit.

#include <doctest/doctest.h>

#include <array>
#include <cstring>

#include "lib/kernels/dispatch.h"
#include "lib/tensor/quantize.h"
#include "tests/kernels/random_data.h"

using namespace quire;
using namespace quire::test;

namespace {

constexpr std::size_t kRows = tensor::kPanelRows;

// Rows as they may occur in models: normal, all zero, constant, of one sign, huge and tiny.
std::vector<float> panel(Rng& rng) {
    std::vector<float> out(kRows * tensor::kBlock);
    for (std::size_t r = 0; r < kRows; ++r) {
        for (std::size_t k = 0; k < tensor::kBlock; ++k) {
            const float x = uniform(rng);
            float& w = out[r * tensor::kBlock + k];
            switch (r) {
                case 0:
                    w = 0.0F;
                    break;
                case 1:
                    w = 0.3F;
                    break;
                case 2:
                    w = x * x;
                    break;
                case 3:
                    w = x * 1500.0F;
                    break;
                case 4:
                    w = x * 1e-7F;
                    break;
                case 5:
                    w = x * 1e-36F;
                    break;
                case 6:
                    w = k % 16 == 0 ? -60000.0F : 0.0F;
                    break;
                default:
                    w = 0.02F * x;
            }
        }
    }
    return out;
}

}  // namespace

TEST_CASE("weights: every variant gives the scales, minimums and codes of the readable twin") {
    Rng rng(5);
    for (const tensor::DTypeInfo& type : tensor::dtypes()) {
        if (!type.is_block || type.factor_bits != 0 || !can_quantize(type)) continue;
        const auto size = static_cast<std::size_t>(type.group);
        const tensor::CodeRange range = tensor::code_range(type);
        const tensor::ScaleSearch search = tensor::scale_search(type);
        for (int round = 0; round < 20; ++round) {
            const std::vector<float> rows = panel(rng);
            std::vector<float> importance(rows.size());
            for (float& h : importance) {
                h = round == 0 ? 1.0F : round == 1 ? 0.0F : uniform(rng) * 0.5F;
                h *= h;
            }
            std::array<tensor::Block, kRows> expected;
            std::vector<float> w(rows.size());
            std::vector<float> h(rows.size());
            for (std::size_t r = 0; r < kRows; ++r) {
                const auto at = r * tensor::kBlock;
                expected[r] = tensor::quantize_block(
                    std::span(rows).subspan(at).first<tensor::kBlock>(),
                    std::span(importance).subspan(at).first<tensor::kBlock>(), type);
                for (std::size_t k = 0; k < tensor::kBlock; ++k) {
                    w[k * kRows + r] = rows[at + k];
                    h[k * kRows + r] = importance[at + k];
                }
            }
            for (const kernels::KernelTable* table : kernels::available()) {
                CAPTURE(type.name);
                CAPTURE(table->name);
                for (std::size_t g = 0; g < tensor::kBlock / size; ++g) {
                    const std::size_t at = g * size * kRows;
                    std::vector<std::uint8_t> codes(size * kRows);
                    std::array<std::uint16_t, kRows> scale{};
                    std::array<std::uint16_t, kRows> min{};
                    table->fit_weights({codes.data(), scale.data(), min.data(), &w[at], &h[at],
                                        size, range.low, range.high, type.has_min, search.first,
                                        search.step, search.n_steps});
                    for (std::size_t r = 0; r < kRows; ++r) {
                        CAPTURE(r);
                        CHECK(scale[r] == expected[r].scale[g]);
                        CHECK(min[r] == expected[r].min[g]);
                        bool same = true;
                        for (std::size_t k = 0; k < size; ++k) {
                            same = same && codes[k * kRows + r] == expected[r].codes[g * size + k];
                        }
                        CHECK(same);
                    }
                }
            }
        }
    }
}
