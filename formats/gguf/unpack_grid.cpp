#include "formats/gguf/unpack_grid.h"

#include <bit>
#include <cassert>

#include "formats/gguf/block_bytes.h"

namespace quire::formats::gguf {

namespace {

#include "formats/gguf/grids.inc"

using tensor::Block;

// In all these types the scale of a group is an odd multiple of that of the super-block.
std::int8_t odd(unsigned half) {
    return static_cast<std::int8_t>(2 * half + 1);
}

// Numbers from `first` on: those of an entry, and the lowest bits of their codes.
struct Numbers {
    std::size_t first;
    unsigned entry;
    unsigned signs;  // bit i is that of number first + i
};

// `bits` is the width of a number in an entry.
void put_numbers(Block& out, const Numbers& numbers, std::size_t bits) {
    const std::size_t n = bits == 2 ? 8 : 4;
    for (std::size_t i = 0; i < n; ++i) {
        const unsigned place = numbers.entry >> (bits * i) & ((1U << bits) - 1);
        out.codes[numbers.first + i] =
            static_cast<std::uint8_t>(place << 1 | (numbers.signs >> i & 1U));
    }
}

// Eight signs of which the last is not stored: their number is even.
unsigned even_signs(unsigned seven) {
    return seven | (static_cast<unsigned>(std::popcount(seven)) & 1U) << 7;
}

// f16 scale, then for each block 4 bytes of entries, and 32 bits: 4 times 7 signs, and the scale.
Block unpack_iq2_xxs(const std::byte* at, std::size_t b) {
    Block out;
    const std::byte* entries = at + 2 + 8 * b;
    const auto signs = load<std::uint32_t>(entries + 4);
    for (std::size_t i = 0; i < 4; ++i) {
        put_numbers(
            out, {8 * i, kGrid2Xxs[byte_at(entries + i)], even_signs(signs >> (7 * i) & 127U)}, 2);
    }
    out.scale[0] = load<std::uint16_t>(at);
    out.factor[0] = odd(signs >> 28);
    return out;
}

// f16 scale; 32 entries of 9 bits, each with 7 signs; 4 bits for the scale of each group.
Block unpack_iq2_xs(const std::byte* at, std::size_t b) {
    Block out;
    for (std::size_t i = 0; i < 4; ++i) {
        const unsigned both = load<std::uint16_t>(at + 2 + 8 * b + 2 * i);
        put_numbers(out, {8 * i, kGrid2Xs[both & 511U], even_signs(both >> 9)}, 2);
    }
    out.scale[0] = load<std::uint16_t>(at);
    for (std::size_t g = 0; g < 2; ++g) out.factor[g] = odd(half_byte(at + 66, 2 * b + g));
    return out;
}

// f16 scale; the low 8 bits of 32 entries; 8 signs of each; the high 2 bits of the entries; 4 bits for
// the scale of each group.
Block unpack_iq2_s(const std::byte* at, std::size_t b) {
    Block out;
    for (std::size_t i = 0; i < 4; ++i) {
        const unsigned high = byte_at(at + 66 + b) >> (2 * i) & 3U;
        const unsigned entry = byte_at(at + 2 + 4 * b + i) | high << 8;
        put_numbers(out, {8 * i, kGrid2S[entry], byte_at(at + 34 + 4 * b + i)}, 2);
    }
    out.scale[0] = load<std::uint16_t>(at);
    for (std::size_t g = 0; g < 2; ++g) out.factor[g] = odd(half_byte(at + 74, 2 * b + g));
    return out;
}

// f16 scale; 64 entries of 8 bits; for each block 32 bits as in IQ2_XXS.
Block unpack_iq3_xxs(const std::byte* at, std::size_t b) {
    Block out;
    const auto signs = load<std::uint32_t>(at + 66 + 4 * b);
    for (std::size_t i = 0; i < 8; ++i) {
        const unsigned eight = even_signs(signs >> (i / 2 * 7) & 127U);
        put_numbers(out, {4 * i, kGrid3Xxs[byte_at(at + 2 + 8 * b + i)], eight >> (i % 2 * 4)}, 3);
    }
    out.scale[0] = load<std::uint16_t>(at);
    out.factor[0] = odd(signs >> 28);
    return out;
}

// f16 scale; the low 8 bits of 64 entries; their high bits; 256 signs; 4 bits for the scale of each
// block.
Block unpack_iq3_s(const std::byte* at, std::size_t b) {
    Block out;
    for (std::size_t i = 0; i < 8; ++i) {
        const unsigned high = byte_at(at + 66 + b) >> i & 1U;
        const unsigned entry = byte_at(at + 2 + 8 * b + i) | high << 8;
        put_numbers(out, {4 * i, kGrid3S[entry], half_byte(at + 74 + 4 * b, i)}, 3);
    }
    out.scale[0] = load<std::uint16_t>(at);
    out.factor[0] = odd(half_byte(at + 106, b));
    return out;
}

// f16 scale; the low 8 bits of 32 entries; for each block 16 bits: 4 times the high 3 bits of an entry,
// 3 bits for the scale, and whether an eighth is added to all numbers or subtracted.
Block unpack_iq1_s(const std::byte* at, std::size_t b) {
    Block out;
    const unsigned rest = load<std::uint16_t>(at + 34 + 2 * b);
    for (std::size_t i = 0; i < 4; ++i) {
        const unsigned entry = byte_at(at + 2 + 4 * b + i) | (rest >> (3 * i) & 7U) << 8;
        put_numbers(out, {8 * i, kGrid1[entry], rest >> 15 == 0 ? 0U : 255U}, 2);
    }
    out.scale[0] = load<std::uint16_t>(at);
    out.factor[0] = odd(rest >> 12 & 7U);
    return out;
}

// The low 8 bits of 32 entries; for each entry 4 bits: its high 3, and whether an eighth is subtracted;
// for each 4 groups 16 bits: 4 times 3 bits for the scale, and 4 bits of the f16 scale.
Block unpack_iq1_m(const std::byte* at, std::size_t b) {
    Block out;
    for (std::size_t i = 0; i < 4; ++i) {
        const unsigned rest = half_byte(at + 32, 4 * b + i);
        const unsigned entry = byte_at(at + 4 * b + i) | (rest & 7U) << 8;
        put_numbers(out, {8 * i, kGrid1[entry], rest >> 3 == 0 ? 0U : 255U}, 2);
    }
    unsigned scale = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        scale |= static_cast<unsigned>(load<std::uint16_t>(at + 48 + 2 * i)) >> 12 << (4 * i);
    }
    out.scale[0] = static_cast<std::uint16_t>(scale);
    for (std::size_t g = 0; g < 2; ++g) {
        const unsigned four = load<std::uint16_t>(at + 48 + b / 2 * 2);
        out.factor[g] = odd(four >> ((2 * b + g) % 4 * 3) & 7U);
    }
    return out;
}

}  // namespace

Block unpack_grid(const std::byte* at, SourceType type, std::size_t b) noexcept {
    switch (type) {
        case SourceType::iq1_s:
            return unpack_iq1_s(at, b);
        case SourceType::iq1_m:
            return unpack_iq1_m(at, b);
        case SourceType::iq2_xxs:
            return unpack_iq2_xxs(at, b);
        case SourceType::iq2_xs:
            return unpack_iq2_xs(at, b);
        case SourceType::iq2_s:
            return unpack_iq2_s(at, b);
        case SourceType::iq3_xxs:
            return unpack_iq3_xxs(at, b);
        case SourceType::iq3_s:
            return unpack_iq3_s(at, b);
        default:
            break;
    }
    assert(false);  // has no grid
    return {};
}

}  // namespace quire::formats::gguf
