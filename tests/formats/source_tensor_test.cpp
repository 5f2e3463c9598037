#include "formats/checkpoint/source_tensor.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "formats/checkpoint/names.h"
#include "formats/gguf/unpack_block.h"

namespace quire::formats {

namespace {

using Shape = std::vector<std::uint64_t>;

TEST_CASE("source_bytes: whole blocks of a row are counted") {
    CHECK(source_bytes(SourceType::f32, Shape{3, 5}) == 60);
    CHECK(source_bytes(SourceType::bf16, Shape{3, 5}) == 30);
    CHECK(source_bytes(SourceType::q8_0, Shape{3, 64}) == 3 * 2 * 34);
    CHECK(source_bytes(SourceType::q5_0, Shape{32}) == 22);
    CHECK(source_bytes(SourceType::q5_1, Shape{32}) == 24);
    CHECK(source_bytes(SourceType::q4_0, Shape{32}) == 18);
    CHECK(source_bytes(SourceType::q4_1, Shape{2, 1, 32}) == 40);
}

TEST_CASE("source_bytes: a row of a K-quant is whole super-blocks of 256") {
    CHECK(source_bytes(SourceType::q2_k, Shape{2, 256}) == 2 * 84);
    CHECK(source_bytes(SourceType::q3_k, Shape{256}) == 110);
    CHECK(source_bytes(SourceType::q4_k, Shape{512}) == 2 * 144);
    CHECK(source_bytes(SourceType::q5_k, Shape{256}) == 176);
    CHECK(source_bytes(SourceType::q6_k, Shape{256}) == 210);
    CHECK(source_bytes(SourceType::iq4_xs, Shape{256}) == 136);
    CHECK(source_bytes(SourceType::iq4_nl, Shape{96}) == 3 * 18);
    CHECK_FALSE(source_bytes(SourceType::q4_k, Shape{2, 288}).has_value());
}

TEST_CASE("source_bytes: a row of 4-bit floats is whole blocks") {
    CHECK(source_bytes(SourceType::mxfp4, Shape{2, 96}) == 2 * 3 * 17);
    CHECK(source_bytes(SourceType::nvfp4, Shape{3, 128}) == 3 * 2 * 36);
    CHECK_FALSE(source_bytes(SourceType::nvfp4, Shape{3, 96}).has_value());
}

TEST_CASE("source_bytes: a row of signs or ternaries is whole blocks") {
    CHECK(source_bytes(SourceType::q1_0, Shape{2, 256}) == 2 * 2 * 18);
    CHECK(source_bytes(SourceType::q2_0, Shape{192}) == 3 * 18);
    CHECK(source_bytes(SourceType::tq1_0, Shape{512}) == 2 * 54);
    CHECK(source_bytes(SourceType::tq2_0, Shape{256}) == 66);
    CHECK_FALSE(source_bytes(SourceType::q1_0, Shape{64}).has_value());
}

TEST_CASE("source_bytes: a row of a type with grids is whole super-blocks of 256") {
    CHECK(source_bytes(SourceType::iq1_s, Shape{2, 256}) == 2 * 50);
    CHECK(source_bytes(SourceType::iq1_m, Shape{256}) == 56);
    CHECK(source_bytes(SourceType::iq2_xxs, Shape{256}) == 66);
    CHECK(source_bytes(SourceType::iq2_xs, Shape{256}) == 74);
    CHECK(source_bytes(SourceType::iq2_s, Shape{512}) == 2 * 82);
    CHECK(source_bytes(SourceType::iq3_xxs, Shape{256}) == 98);
    CHECK(source_bytes(SourceType::iq3_s, Shape{256}) == 110);
    CHECK_FALSE(source_bytes(SourceType::iq3_s, Shape{128}).has_value());
}

TEST_CASE("source_bytes: a scalar is one value and a zero dimension none") {
    CHECK(source_bytes(SourceType::f16, Shape{}) == 2);
    CHECK(source_bytes(SourceType::f32, Shape{0, 4}) == 0);
}

TEST_CASE("source_bytes: nothing for rows that are not whole blocks") {
    CHECK_FALSE(source_bytes(SourceType::q4_0, Shape{2, 33}).has_value());
    CHECK_FALSE(source_bytes(SourceType::q8_0, Shape{}).has_value());
    CHECK_FALSE(source_bytes(SourceType::q8_0, Shape{32, 16}).has_value());
}

TEST_CASE("source_bytes: nothing for sizes that do not fit 64 bits") {
    constexpr std::uint64_t kTwo32 = std::uint64_t{1} << 32;
    CHECK_FALSE(source_bytes(SourceType::f16, Shape{kTwo32, kTwo32}).has_value());
    CHECK_FALSE(source_bytes(SourceType::f32, Shape{kTwo32, kTwo32 / 4}).has_value());
    CHECK(source_bytes(SourceType::f32, Shape{kTwo32, kTwo32 / 8}) == kTwo32 / 2 * kTwo32);
    CHECK_FALSE(source_bytes(SourceType::q8_0, Shape{kTwo32, kTwo32 - 32}).has_value());
    // The zero comes too late to make rows() meaningful.
    CHECK_FALSE(source_bytes(SourceType::f32, Shape{kTwo32, kTwo32, 0}).has_value());
}

TEST_CASE("read_row: a block's low nibbles come before its high nibbles") {
    std::array<std::byte, 18> block{};
    block[1] = std::byte{0x3C};  // scale 1.0
    for (std::size_t i = 0; i < 16; ++i) block[2 + i] = std::byte{0x90};
    block[2] = std::byte{0x1F};
    const SourceTensor tensor{.name = "w",
                              .type = SourceType::q4_0,
                              .shape = {32},
                              .data = block,
                              .unpack = gguf::unpack_block};
    std::array<float, 32> row{};
    read_row(row, tensor, 0);
    CHECK(row[0] == 7.0F);
    CHECK(row[1] == -8.0F);
    CHECK(row[16] == -7.0F);
    CHECK(row[17] == 1.0F);
}

TEST_CASE("read_blocks: signed bytes become codes with the offset 128") {
    std::array<std::byte, 34> block{};
    block[2] = std::byte{0x80};
    block[3] = std::byte{0xFF};
    block[4] = std::byte{0x7F};
    const SourceTensor tensor{.name = "w",
                              .type = SourceType::q8_0,
                              .shape = {32},
                              .data = block,
                              .unpack = gguf::unpack_block};
    std::array<tensor::Block, 1> out{};
    read_blocks(out, tensor, 0);
    CHECK(out[0].codes[0] == 0);
    CHECK(out[0].codes[1] == 127);
    CHECK(out[0].codes[2] == 255);
    CHECK(out[0].codes[3] == 128);
}

TEST_CASE("read_row: each of equal shares of the rows has a scale of its own") {
    std::array<std::byte, 4 * 36> blocks{};
    for (std::size_t row = 0; row < 4; ++row) {
        blocks[36 * row] = std::byte{0x38};      // the first 16 weights have the scale 0.5
        blocks[36 * row + 4] = std::byte{0xF3};  // 3 and -12, at 0 and 8
    }
    const SourceTensor tensor{.name = "w",
                              .type = SourceType::nvfp4,
                              .shape = {2, 2, 64},
                              .data = blocks,
                              .unpack = gguf::unpack_block,
                              .row_scales = {0.1F, -3.0F}};
    for (std::uint64_t row = 0; row < 4; ++row) {
        const float scale = row < 2 ? 0.1F : -3.0F;
        std::array<float, 64> values{};
        read_row(values, tensor, row);
        CHECK(values[0] == 1.5F * scale);
        CHECK(values[8] == -6.0F * scale);
        std::array<tensor::Block, 2> out{};
        read_blocks(out, tensor, row);
        CHECK(out[1].row_scale == scale);
    }
}

TEST_CASE("read_blocks: scales that are no numbers become infinite, or zero as in ggml") {
    std::array<std::byte, 36> block{};
    block[0] = std::byte{0xFF};
    block[1] = std::byte{0x7F};
    const tensor::DTypeInfo& mxfp4 = tensor::info(tensor::DType::mxfp4);
    const auto one = gguf::unpack_block(block.data(), SourceType::mxfp4, 0);
    CHECK(std::isinf(group_scale(one, 0, mxfp4)));
    const tensor::DTypeInfo& nvfp4 = tensor::info(tensor::DType::nvfp4);
    const auto two = gguf::unpack_block(block.data(), SourceType::nvfp4, 0);
    CHECK(group_scale(two, 0, nvfp4) == 240.0F);
    CHECK(group_scale(two, 1, nvfp4) == 0.0F);
}

TEST_CASE("NameIndex: finds every name at its place and no other") {
    const NameIndex index({"b", "", "a", "ab"});
    CHECK(index.find("b") == 0);
    CHECK(index.find("") == 1);
    CHECK(index.find("a") == 2);
    CHECK(index.find("ab") == 3);
    CHECK_FALSE(index.find("abc").has_value());
    CHECK_FALSE(index.find("c").has_value());
    CHECK_FALSE(NameIndex().find("a").has_value());
}

TEST_CASE("NameIndex: reports a name that occurs twice") {
    CHECK(NameIndex({"b", "a", "c", "a"}).duplicate() == "a");
    CHECK_FALSE(NameIndex({"b", "a", "c"}).duplicate().has_value());
}

}  // namespace

}  // namespace quire::formats
