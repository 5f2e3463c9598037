#include "formats/gguf/unpack_block.h"

#include <cassert>

#include "formats/gguf/block_bytes.h"
#include "formats/gguf/unpack_grid.h"

namespace quire::formats::gguf {

namespace {

using tensor::Block;
using tensor::kBlock;

std::uint16_t half_at(const std::byte* at) {
    return load<std::uint16_t>(at);
}

// Minimums are subtracted in the types with blocks of 256 weights: with the sign flipped, added.
std::uint16_t negative_half_at(const std::byte* at) {
    return half_at(at) ^ 0x8000U;
}

std::int8_t small(unsigned factor) {
    return static_cast<std::int8_t>(factor);
}

void put(Block& out, std::size_t i, unsigned code) {
    out.codes[i] = static_cast<std::uint8_t>(code);
}

// Code i of a block of 32 is the low half of byte i, code i + 16 its high half.
void unpack_nibbles(Block& out, const std::byte* at) {
    for (std::size_t i = 0; i < kBlock / 2; ++i) {
        put(out, i, byte_at(at + i) & 15U);
        put(out, i + kBlock / 2, byte_at(at + i) >> 4);
    }
}

// Bit i of the 32 is bit 4 of code i.
void add_fifth_bits(Block& out, std::uint32_t bits) {
    for (std::size_t i = 0; i < kBlock; ++i) {
        put(out, i, out.codes[i] | ((bits >> i) & 1U) << 4);
    }
}

// Types with blocks of 32 weights: f16 scale; f16 minimum (_1 types); 4 bytes with bit 4 of each
// code (Q5 types); codes.
Block unpack_small(const std::byte* at, SourceType type) {
    Block out;
    out.scale[0] = half_at(at);
    at += 2;
    if (type == SourceType::q5_1 || type == SourceType::q4_1) {
        out.min[0] = half_at(at);
        at += 2;
    }
    if (type == SourceType::q8_0) {
        // The stored codes are signed, ours have the offset 128. Adding 128 flips the top bit.
        for (std::size_t i = 0; i < kBlock; ++i) put(out, i, byte_at(at + i) ^ 0x80U);
    } else if (type == SourceType::q5_0 || type == SourceType::q5_1) {
        unpack_nibbles(out, at + 4);
        add_fifth_bits(out, load<std::uint32_t>(at));
    } else {
        unpack_nibbles(out, at);
    }
    return out;
}

// Two bits of each of 32 weights. Those of block b are the (b % 4)-th pair of bits of 32 bytes.
void unpack_pairs(Block& out, const std::byte* at, std::size_t b) {
    for (std::size_t i = 0; i < kBlock; ++i) {
        put(out, i, byte_at(at + b / 4 * 32 + i) >> (b % 4 * 2) & 3U);
    }
}

// 16 bytes of factors (low half: for the scale, high half: for the minimum), 64 bytes of codes, f16
// scale, f16 scale of the minimums.
Block unpack_q2_k(const std::byte* at, std::size_t b) {
    Block out;
    unpack_pairs(out, at + 16, b);
    for (std::size_t g = 0; g < 2; ++g) {
        const unsigned factors = byte_at(at + 2 * b + g);
        out.factor[g] = small(factors & 15U);
        out.min_factor[g] = small(factors >> 4);
    }
    out.scale[0] = half_at(at + 80);
    out.min[0] = negative_half_at(at + 82);
    return out;
}

// 32 bytes with bit 2 of the codes, 64 bytes with bits 0 and 1, 12 bytes of 6-bit factors with the
// offset 32, f16 scale. The low four bits of factor j are a half of byte j % 8, the high two bits a
// pair of bits of byte 8 + j % 4.
Block unpack_q3_k(const std::byte* at, std::size_t b) {
    Block out;
    unpack_pairs(out, at + 32, b);
    for (std::size_t i = 0; i < kBlock; ++i) {
        put(out, i, out.codes[i] | (byte_at(at + i) >> b & 1U) << 2);
    }
    for (std::size_t g = 0; g < 2; ++g) {
        const std::size_t j = 2 * b + g;
        const unsigned low = byte_at(at + 96 + j % 8) >> (j / 8 * 4) & 15U;
        const unsigned high = byte_at(at + 104 + j % 4) >> (j / 4 * 2) & 3U;
        out.factor[g] = small((low | high << 4) - 32);
    }
    out.scale[0] = half_at(at + 108);
    return out;
}

// f16 scale, f16 scale of the minimums, and 12 bytes of 6-bit factors: for blocks 0 to 3 in bytes b
// and 4 + b; for the others the low four bits are in the halves of byte 4 + b, the high two bits in
// the top bits of the factors of block b - 4.
void unpack_k_scales(Block& out, const std::byte* at, std::size_t b) {
    const std::byte* factors = at + 4;
    unsigned scale = byte_at(factors + b % 4) & 63U;
    unsigned min = byte_at(factors + 4 + b % 4) & 63U;
    if (b >= 4) {
        const unsigned low = byte_at(factors + 4 + b);
        scale = (low & 15U) | byte_at(factors + b - 4) >> 6 << 4;
        min = low >> 4 | byte_at(factors + b) >> 6 << 4;
    }
    out.scale[0] = half_at(at);
    out.min[0] = negative_half_at(at + 2);
    out.factor[0] = small(scale);
    out.min_factor[0] = small(min);
}

// Four bits of each of 32 weights: blocks 2 i and 2 i + 1 are the halves of the same 32 bytes.
void unpack_halves(Block& out, const std::byte* at, std::size_t b) {
    for (std::size_t i = 0; i < kBlock; ++i) {
        put(out, i, byte_at(at + b / 2 * 32 + i) >> (b % 2 * 4) & 15U);
    }
}

Block unpack_q4_k(const std::byte* at, std::size_t b) {
    Block out;
    unpack_k_scales(out, at, b);
    unpack_halves(out, at + 16, b);
    return out;
}

// Like Q4_K, with 32 bytes of fifth bits between scales and codes.
Block unpack_q5_k(const std::byte* at, std::size_t b) {
    Block out;
    unpack_k_scales(out, at, b);
    unpack_halves(out, at + 48, b);
    for (std::size_t i = 0; i < kBlock; ++i) {
        put(out, i, out.codes[i] | (byte_at(at + 16 + i) >> b & 1U) << 4);
    }
    return out;
}

// 128 bytes with the low four bits (blocks c and c + 2 of each four are the halves of 32 bytes), 64
// bytes with the high two bits, 16 signed factors, f16 scale.
Block unpack_q6_k(const std::byte* at, std::size_t b) {
    Block out;
    unpack_pairs(out, at + 128, b);
    const std::byte* low = at + b / 4 * 64 + b % 2 * 32;
    for (std::size_t i = 0; i < kBlock; ++i) {
        const unsigned half = byte_at(low + i) >> (b % 4 / 2 * 4) & 15U;
        put(out, i, half | static_cast<unsigned>(out.codes[i]) << 4);
    }
    for (std::size_t g = 0; g < 2; ++g) {
        out.factor[g] = load<std::int8_t>(at + 192 + 2 * b + g);
    }
    out.scale[0] = half_at(at + 208);
    return out;
}

// f16 scale, 2 bytes with the high two bits of the factors of the blocks, 4 bytes with the low four
// bits, codes as in the types with blocks of 32.
Block unpack_iq4_xs(const std::byte* at, std::size_t b) {
    Block out;
    unpack_nibbles(out, at + 8 + 16 * b);
    const unsigned low = byte_at(at + 4 + b / 2) >> (b % 2 * 4) & 15U;
    const unsigned high = unsigned{load<std::uint16_t>(at + 2)} >> (2 * b) & 3U;
    out.scale[0] = half_at(at);
    out.factor[0] = small((low | high << 4) - 32);
    return out;
}

// A byte with the exponent of the scale, then codes as in the other types with blocks of 32.
Block unpack_mxfp4(const std::byte* at) {
    Block out;
    unpack_nibbles(out, at + 1);
    // 255 is no number in the type's definition. Ours has infinity one below.
    out.scale[0] = static_cast<std::uint16_t>(byte_at(at) == 255 ? 254 : byte_at(at));
    return out;
}

// Four scales, E4M3 without a sign, then the codes of four groups of 16 weights in 8 bytes each: code
// i of a group is the low half of byte i, code i + 8 its high half. 127, no number in the type's
// definition, counts as 0, as in ggml.
Block unpack_nvfp4(const std::byte* at, std::size_t b) {
    Block out;
    for (std::size_t g = 0; g < 2; ++g) {
        const unsigned scale = byte_at(at + 2 * b + g);
        out.scale[g] = static_cast<std::uint16_t>(scale == 127 ? 0 : scale & 127U);
        const std::byte* codes = at + 4 + 8 * (2 * b + g);
        for (std::size_t i = 0; i < 8; ++i) {
            put(out, 16 * g + i, byte_at(codes + i) & 15U);
            put(out, 16 * g + i + 8, byte_at(codes + i) >> 4);
        }
    }
    return out;
}

// f16 scale, then the signs of 128 weights: bit i % 8 of byte i / 8.
Block unpack_q1_0(const std::byte* at, std::size_t b) {
    Block out;
    for (std::size_t i = 0; i < kBlock; ++i) {
        put(out, i, byte_at(at + 2 + 4 * b + i / 8) >> (i % 8) & 1U);
    }
    out.scale[0] = half_at(at);
    return out;
}

// f16 scale, then two bits of each of 64 weights: pair i % 4 of byte i / 4.
Block unpack_q2_0(const std::byte* at, std::size_t b) {
    Block out;
    for (std::size_t i = 0; i < kBlock; ++i) {
        put(out, i, byte_at(at + 2 + 8 * b + i / 4) >> (i % 4 * 2) & 3U);
    }
    out.scale[0] = half_at(at);
    return out;
}

// 64 bytes of codes, f16 scale.
Block unpack_tq2_0(const std::byte* at, std::size_t b) {
    Block out;
    unpack_pairs(out, at, b);
    out.scale[0] = half_at(at + 64);
    return out;
}

// Digit l, the first being the highest, of the number below 243 that a byte is: its 256 / 243 rounded
// up. Multiplied by 3^l, the digits before it leave the byte.
unsigned ternary_digit(unsigned byte, std::size_t l) {
    for (; l > 0; --l) byte = byte * 3U & 255U;
    return byte * 3U >> 8;
}

// Five weights to a byte, each a digit of base 3. The digits l of 32 bytes are weights 32 l to 32 l +
// 31; those of the next 16 bytes are weights 160 + 16 l on; those of the last 4 bytes, which have four
// digits, are weights 240 + 4 l on. Then an f16 scale.
Block unpack_tq1_0(const std::byte* at, std::size_t b) {
    Block out;
    for (std::size_t i = 0; i < kBlock; ++i) {
        const std::size_t k = kBlock * b + i;
        if (k < 160) {
            put(out, i, ternary_digit(byte_at(at + k % 32), k / 32));
        } else if (k < 240) {
            put(out, i, ternary_digit(byte_at(at + 32 + k % 16), (k - 160) / 16));
        } else {
            put(out, i, ternary_digit(byte_at(at + 48 + k % 4), (k - 240) / 4));
        }
    }
    out.scale[0] = half_at(at + 52);
    return out;
}

}  // namespace

Block unpack_block(const std::byte* at, SourceType type, std::size_t b) noexcept {
    switch (type) {
        case SourceType::q8_0:
        case SourceType::q5_0:
        case SourceType::q5_1:
        case SourceType::q4_0:
        case SourceType::q4_1:
        case SourceType::iq4_nl:
            return unpack_small(at, type);
        case SourceType::q2_k:
            return unpack_q2_k(at, b);
        case SourceType::q3_k:
            return unpack_q3_k(at, b);
        case SourceType::q4_k:
            return unpack_q4_k(at, b);
        case SourceType::q5_k:
            return unpack_q5_k(at, b);
        case SourceType::q6_k:
            return unpack_q6_k(at, b);
        case SourceType::iq4_xs:
            return unpack_iq4_xs(at, b);
        case SourceType::mxfp4:
            return unpack_mxfp4(at);
        case SourceType::nvfp4:
            return unpack_nvfp4(at, b);
        case SourceType::q1_0:
            return unpack_q1_0(at, b);
        case SourceType::q2_0:
            return unpack_q2_0(at, b);
        case SourceType::tq1_0:
            return unpack_tq1_0(at, b);
        case SourceType::tq2_0:
            return unpack_tq2_0(at, b);
        case SourceType::iq1_s:
        case SourceType::iq1_m:
        case SourceType::iq2_xxs:
        case SourceType::iq2_xs:
        case SourceType::iq2_s:
        case SourceType::iq3_xxs:
        case SourceType::iq3_s:
            return unpack_grid(at, type, b);
        case SourceType::f32:
        case SourceType::f16:
        case SourceType::bf16:
        case SourceType::composed:
            break;
    }
    assert(false);  // has no blocks
    return {};
}

}  // namespace quire::formats::gguf
