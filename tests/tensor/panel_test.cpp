#include "lib/tensor/panel.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "lib/tensor/half.h"
#include "lib/tensor/view.h"
#include "tests/tensor/random_blocks.h"

using namespace quire;
using namespace quire::tensor;

TEST_CASE("panel: blocks of every type and of odd numbers are decoded exactly") {
    std::mt19937 rng(9);
    for (const DTypeInfo& type : dtypes()) {
        if (!type.is_block) continue;
        for (const std::size_t columns : {32U, 64U, 96U, 160U, 512U, 608U}) {
            const std::vector<Block> blocks = test::random_blocks(rng, type, columns);
            std::vector<std::byte> panel(panel_bytes(type.dtype, columns), std::byte{0xEE});
            encode_block_panel(panel, blocks, type.dtype, columns);
            for (std::size_t r = 0; r < kPanelRows; ++r) {
                std::vector<float> row(columns);
                decode_row(row, panel, type.dtype, r);
                for (std::size_t k = 0; k < columns; ++k) {
                    const Block& block = blocks[r * (columns / kBlock) + k / kBlock];
                    std::array<float, kBlock> expected{};
                    decode_block(expected, block, type);
                    CHECK(row[k] == expected[k % kBlock]);
                }
            }
        }
    }
}

TEST_CASE("panel: bytes are where FORMAT.md says") {
    // Row 3, k = 37 of a 4-bit panel: second block of the unit, V_1, byte 4 * 3 + 1, low nibble.
    std::vector<Block> blocks(kPanelRows * 2);
    for (Block& block : blocks) block.codes.fill(0);
    blocks[3 * 2 + 1].codes[5] = 9;
    blocks[3 * 2 + 1].codes[16 + 5] = 6;  // k = 53: V_5, high nibble of the same byte
    blocks[3 * 2 + 1].scale[0] = 0x1234;
    blocks[3 * 2 + 1].min[0] = 0x5678;
    std::vector<std::byte> panel(640);
    REQUIRE(panel_bytes(DType::q4m, 64) == panel.size());
    encode_block_panel(panel, blocks, DType::q4m, 64);
    CHECK(panel[256 + 64 + 13] == std::byte{0x69});
    CHECK(panel[512 + 32 + 6] == std::byte{0x34});
    CHECK(panel[512 + 32 + 7] == std::byte{0x12});
    CHECK(panel[576 + 32 + 6] == std::byte{0x78});

    std::vector<float> rows(kPanelRows * 5, 0.0F);
    rows[7 * 5 + 2] = 1.5F;
    std::vector<std::byte> floats(panel_bytes(DType::f16, 5));
    encode_float_panel(floats, rows, DType::f16, 5);
    CHECK(floats[(2 * 16 + 7) * 2 + 1] == std::byte{0x3E});
}

TEST_CASE("panel: the planes of 1 and 2 bits are where FORMAT.md says") {
    // Row 2, k = 27 of the first block: V_6, byte 4 * 2 + 3.
    const auto panel_of = [](DType dtype, std::uint8_t code) {
        std::vector<Block> blocks(kPanelRows * 2);
        for (Block& block : blocks) block.codes.fill(0);
        blocks[2 * 2].codes[27] = code;
        blocks[2 * 2].scale = {0x1111, 0x2222};
        std::vector<std::byte> panel(panel_bytes(dtype, 64));
        encode_block_panel(panel, blocks, dtype, 64);
        return panel;
    };
    const auto q6 = panel_of(DType::q6_16, 0b101101);
    REQUIRE(q6.size() == 896);
    CHECK(q6[2 * 64 + 11] == std::byte{0b1101'0000});  // the high nibble of P_2
    CHECK(q6[256 + 64 + 11] == std::byte{0b10'0000});  // Q_1, bits 4 and 5
    CHECK(q6[768 + 2 * 2] == std::byte{0x11});         // scales: the first 16 columns,
    CHECK(q6[768 + 32 + 2 * 2] == std::byte{0x22});    // the other 16
    const auto q3 = panel_of(DType::q3, 0b110);
    REQUIRE(q3.size() == 448);
    CHECK(q3[64 + 11] == std::byte{0b10'0000});  // Q_1
    CHECK(q3[128 + 11] == std::byte{1 << 6});    // H
    CHECK(panel_of(DType::q2m_16, 3)[64 + 11] == std::byte{0b11'0000});
}

TEST_CASE("panel: two levels of scales lie where FORMAT.md says, and count as the format says") {
    // Row 2 of a q4_k panel, columns 192 to 223: group 6.
    std::vector<Block> blocks(kPanelRows * 8);
    for (std::size_t b = 0; b < 8; ++b) {
        blocks[2 * 8 + b].scale[0] = 0x3800;  // 0.5
        blocks[2 * 8 + b].min[0] = 0xBC00;    // -1
    }
    blocks[2 * 8 + 6].codes.fill(7);
    blocks[2 * 8 + 6].factor[0] = 0b101101;
    blocks[2 * 8 + 6].min_factor[0] = 0b010011;
    std::vector<std::byte> panel(panel_bytes(DType::q4_k, 256));
    REQUIRE(panel.size() == 144 * 16);  // as in GGUF
    encode_block_panel(panel, blocks, DType::q4_k, 256);
    CHECK(panel[6 * 256 + 8] == std::byte{0x77});
    CHECK(panel[2048 + 2 * 2 + 1] == std::byte{0x38});
    CHECK(panel[2048 + 32 + 2 * 2 + 1] == std::byte{0xBC});
    constexpr std::size_t kFactors = 2048 + 64;
    CHECK(panel[kFactors + 2 * 16 + 2] == std::byte{0b1101'0000});       // group 6 % 4, high half
    CHECK(panel[kFactors + 64 + 16 + 2] == std::byte{0b10'0000});        // 2 bits: 6 / 4, 6 % 4
    CHECK(panel[kFactors + 96 + 2 * 16 + 2] == std::byte{0b0011'0000});  // minimums
    CHECK(panel[kFactors + 96 + 64 + 16 + 2] == std::byte{0b01'0000});
    std::vector<float> row(256);
    decode_row(row, panel, DType::q4_k, 2);
    CHECK(row[192] == 0.5F * 45.0F * 7.0F - 19.0F);
    CHECK(row[191] == 0.0F);
    for (const auto& [dtype, bytes] :
         {std::pair(DType::q5_k, 176), std::pair(DType::q6_k, 210), std::pair(DType::q3_k, 110),
          std::pair(DType::q2_k, 84), std::pair(DType::iq4_xs, 136)}) {
        CHECK(panel_bytes(dtype, 512) == static_cast<std::uint64_t>(2 * 16 * bytes));
    }
}

TEST_CASE("panel: scales in bytes have the values of their formats") {
    const auto e8m0 = [](std::uint16_t byte) { return scale_value(byte, ScaleFormat::e8m0); };
    const auto ue4m3 = [](std::uint16_t byte) { return scale_value(byte, ScaleFormat::ue4m3); };
    for (std::uint16_t byte = 0; byte < 254; ++byte) {
        CHECK(double{e8m0(byte)} == std::ldexp(1.0, byte - 128));
    }
    CHECK(std::isinf(e8m0(254)));
    CHECK(e8m0(255) == 0.0F);
    for (std::uint16_t byte = 0; byte < 128; ++byte) {
        const int exponent = byte / 8;
        const double fraction = byte % 8 / 8.0;
        CHECK(double{ue4m3(byte)} == 0.5 * (exponent == 0
                                                ? std::ldexp(fraction, -6)
                                                : std::ldexp(1 + fraction, exponent - 7)));
    }
    CHECK(ue4m3(0x7E) == 224.0F);  // half of 448, the largest number of E4M3
}

TEST_CASE("panel: scales in bytes and scales of rows lie where FORMAT.md says") {
    std::vector<Block> blocks(kPanelRows * 3);
    for (Block& block : blocks) block.codes.fill(0);
    blocks[5 * 3 + 1].codes[2] = 15;     // row 5, column 34
    blocks[5 * 3 + 1].scale = {130, 0};  // 4
    std::vector<std::byte> panel(panel_bytes(DType::mxfp4, 96));
    REQUIRE(panel.size() == 2 * (512 + 32));
    encode_block_panel(panel, blocks, DType::mxfp4, 96);
    CHECK(panel[256 + 4 * 5 + 2] == std::byte{15});
    CHECK(panel[512 + 16 + 5] == std::byte{130});
    std::vector<float> row(96);
    decode_row(row, panel, DType::mxfp4, 5);
    CHECK(row[34] == -48.0F);

    blocks[5 * 3 + 1].scale = {0x41, 0x38};  // 1.125 and 0.5
    blocks[5 * 3 + 1].codes[17] = 3;
    for (std::size_t b = 0; b < 3; ++b) blocks[5 * 3 + b].row_scale = 0.1F;
    panel.resize(panel_bytes(DType::nvfp4, 96));
    REQUIRE(panel.size() == 2 * (512 + 64) + 64);
    encode_block_panel(panel, blocks, DType::nvfp4, 96);
    CHECK(panel[512 + 2 * 16 + 5] == std::byte{0x41});
    CHECK(panel[512 + 3 * 16 + 5] == std::byte{0x38});
    float scale = 0;
    std::memcpy(&scale, &panel[2 * 576 + 4 * 5], sizeof(scale));
    CHECK(scale == 0.1F);
    decode_row(row, panel, DType::nvfp4, 5);
    CHECK(row[34] == -13.5F * 0.1F);
    CHECK(row[49] == 1.5F * 0.1F);
    // Beside the scales of rows, as large as in GGUF.
    CHECK(panel_bytes(DType::mxfp4, 512) == std::uint64_t{16} * 16 * 17);
    CHECK(panel_bytes(DType::nvfp4, 512) == std::uint64_t{16} * 8 * 36 + 64);
}

TEST_CASE("panel: the blocks of a long group share its scale, where FORMAT.md says") {
    // Row 4, columns 96 to 127 of a group of 128: the fourth block.
    std::vector<Block> blocks(kPanelRows * 4);
    for (std::size_t b = 0; b < 4; ++b) blocks[4 * 4 + b].scale[0] = 0x3800;  // 0.5
    blocks[4 * 4 + 3].codes[21] = 1;                                          // V_5, byte 4 * 4 + 1
    std::vector<std::byte> panel(panel_bytes(DType::q1_0, 128));
    REQUIRE(panel.size() == 18 * 16);  // as in GGUF
    encode_block_panel(panel, blocks, DType::q1_0, 128);
    CHECK(panel[3 * 64 + 17] == std::byte{1 << 5});
    CHECK(panel[256 + 2 * 4 + 1] == std::byte{0x38});
    std::vector<float> row(128);
    decode_row(row, panel, DType::q1_0, 4);
    CHECK(row[96 + 21] == 0.5F);
    CHECK(row[0] == -0.5F);
    CHECK(panel_bytes(DType::q2_0, 192) == std::uint64_t{3} * 16 * 18);
    CHECK(panel_bytes(DType::tq2_0, 512) == std::uint64_t{2} * 16 * 66);
    CHECK(padded_columns(DType::q2_0, 96) == 128);
    CHECK(padded_columns(DType::q1_0, 160) == 256);
}

TEST_CASE("panel: types of grids have half or an eighth of their f16 scale, times odd factors") {
    std::vector<Block> blocks(kPanelRows * 8);
    for (std::size_t b = 0; b < 8; ++b) blocks[3 * 8 + b].scale[0] = 0x4800;  // 8
    blocks[3 * 8 + 7].codes[31] = 5;
    blocks[3 * 8 + 7].factor = {1, 31};
    std::vector<float> row(256);
    const auto value = [&](DType dtype) {
        std::vector<std::byte> panel(panel_bytes(dtype, 256));
        encode_block_panel(panel, blocks, dtype, 256);
        decode_row(row, panel, dtype, 3);
        return row[255];
    };
    CHECK(value(DType::iq1_s) == 7.0F);
    CHECK(value(DType::iq1_m) == 31.0F * 7.0F);
    CHECK(value(DType::iq2_xs) == 31.0F * -43.0F);
    CHECK(value(DType::iq3_xxs) == 4.0F * -10.0F);
    CHECK(value(DType::iq3_s) == 8.0F * -5.0F);
    CHECK(panel_bytes(DType::iq2_xxs, 512) == 2 * (1536 + 32 + 96));
    CHECK(panel_bytes(DType::iq1_m, 512) == 2 * (1536 + 32 + 192));
}

TEST_CASE("panel: encode_block rounds by at most half a step, and keeps zero") {
    std::mt19937 rng(10);
    for (const DTypeInfo& type : dtypes()) {
        if (!type.is_block || type.factor_bits != 0 || !can_quantize(type)) continue;
        for (int i = 0; i < 200; ++i) {
            std::array<float, kBlock> weights{};
            for (float& w : weights) w = static_cast<float>(rng() % 2001) / 1000.0F - 1.0F;
            if (i == 0) weights.fill(0.0F);
            const Block block = encode_block(weights, type);
            std::array<float, kBlock> back{};
            decode_block(back, block, type);
            // Scale and minimum are rounded to f16, which adds a little at the ends of the range.
            for (std::size_t k = 0; k < kBlock; ++k) {
                const float step =
                    f16_to_f32(block.scale[k / static_cast<std::size_t>(type.group)]);
                CHECK(std::abs(back[k] - weights[k]) <= 0.5F * step + 0.002F);
            }
            if (i == 0) CHECK(back == weights);
        }
    }
}

TEST_CASE("panel: impossible shapes have no size") {
    CHECK(tensor_bytes(DType::q4m, true, 17, 96) == 2 * 2 * 640);
    CHECK(tensor_bytes(DType::f32, false, 1, 3) == 12);
    CHECK(!tensor_bytes(DType::f16, false, 1, 3));
    CHECK(!tensor_bytes(DType::f32, false, 2, 3));
    CHECK(!tensor_bytes(DType::f32, true, 1ULL << 40, 1ULL << 40));
    CHECK(!tensor_bytes(DType::f32, true, ~0ULL, 1));
}
