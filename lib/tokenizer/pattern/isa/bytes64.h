// 64 bytes, examined together in the widest vectors of the instruction set. Each question is
// answered by a bit mask: bit i stands for byte i.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace quire::tokenizer::QUIRE_ISA {

#if defined(__AVX512BW__)

class Bytes64 {
  public:
    explicit Bytes64(const char* bytes) noexcept : v_(_mm512_loadu_si512(bytes)) {}
    std::uint64_t equal(char c) const noexcept {
        return _mm512_cmpeq_epi8_mask(v_, _mm512_set1_epi8(c));
    }
    std::uint64_t within(char low, char high) const noexcept {
        const __m512i above = _mm512_sub_epi8(v_, _mm512_set1_epi8(low));
        return _mm512_cmple_epu8_mask(above, _mm512_set1_epi8(static_cast<char>(high - low)));
    }
    std::uint64_t beyond_ascii() const noexcept { return _mm512_movepi8_mask(v_); }
    // Makes letters lower case. Other bytes change too, but none becomes a letter.
    Bytes64 lower() const noexcept { return Bytes64(_mm512_or_si512(v_, _mm512_set1_epi8(0x20))); }

  private:
    explicit Bytes64(__m512i v) noexcept : v_(v) {}
    __m512i v_;
};

#else

// Several parts, each one vector of the instruction set, which `Part` describes. Part::mask has a
// bit for each byte of a part that is all ones.
#if defined(__AVX2__)
struct Part {
    static constexpr int kBytes = 32;
    __m256i v;
    static Part load(const char* bytes) noexcept {
        return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes))};
    }
    std::uint64_t equal(char c) const noexcept {
        return mask(_mm256_cmpeq_epi8(v, _mm256_set1_epi8(c)));
    }
    std::uint64_t within(char low, char high) const noexcept {
        const __m256i above = _mm256_sub_epi8(v, _mm256_set1_epi8(low));
        const __m256i most = _mm256_set1_epi8(static_cast<char>(high - low));
        return mask(_mm256_cmpeq_epi8(_mm256_min_epu8(above, most), above));
    }
    std::uint64_t beyond_ascii() const noexcept { return mask(v); }
    Part lower() const noexcept { return {_mm256_or_si256(v, _mm256_set1_epi8(0x20))}; }
    static std::uint64_t mask(__m256i bytes) noexcept {
        return static_cast<std::uint32_t>(_mm256_movemask_epi8(bytes));
    }
};
#elif defined(__SSE2__)
struct Part {
    static constexpr int kBytes = 16;
    __m128i v;
    static Part load(const char* bytes) noexcept {
        return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes))};
    }
    std::uint64_t equal(char c) const noexcept { return mask(_mm_cmpeq_epi8(v, _mm_set1_epi8(c))); }
    std::uint64_t within(char low, char high) const noexcept {
        const __m128i above = _mm_sub_epi8(v, _mm_set1_epi8(low));
        const __m128i most = _mm_set1_epi8(static_cast<char>(high - low));
        return mask(_mm_cmpeq_epi8(_mm_min_epu8(above, most), above));
    }
    std::uint64_t beyond_ascii() const noexcept { return mask(v); }
    Part lower() const noexcept { return {_mm_or_si128(v, _mm_set1_epi8(0x20))}; }
    static std::uint64_t mask(__m128i bytes) noexcept {
        return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
    }
};
#elif defined(__aarch64__)
struct Part {
    static constexpr int kBytes = 16;
    uint8x16_t v;
    static Part load(const char* bytes) noexcept {
        return {vld1q_u8(reinterpret_cast<const std::uint8_t*>(bytes))};
    }
    std::uint64_t equal(char c) const noexcept {
        return mask(vceqq_u8(v, vdupq_n_u8(static_cast<std::uint8_t>(c))));
    }
    std::uint64_t within(char low, char high) const noexcept {
        const uint8x16_t above = vsubq_u8(v, vdupq_n_u8(static_cast<std::uint8_t>(low)));
        return mask(vcleq_u8(above, vdupq_n_u8(static_cast<std::uint8_t>(high - low))));
    }
    std::uint64_t beyond_ascii() const noexcept { return mask(vcgeq_u8(v, vdupq_n_u8(0x80))); }
    Part lower() const noexcept { return {vorrq_u8(v, vdupq_n_u8(0x20))}; }
    static std::uint64_t mask(uint8x16_t bytes) noexcept {
        // NEON has no movemask: keep one bit of each byte and add up neighbors.
        const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
        uint8x16_t sum = vandq_u8(bytes, bits);
        for (int i = 0; i < 3; ++i) sum = vpaddq_u8(sum, sum);
        return vgetq_lane_u16(vreinterpretq_u16_u8(sum), 0);
    }
};
#else
struct Part {
    static constexpr int kBytes = 1;
    unsigned char v;
    static Part load(const char* bytes) noexcept { return {static_cast<unsigned char>(*bytes)}; }
    std::uint64_t equal(char c) const noexcept { return v == static_cast<unsigned char>(c); }
    std::uint64_t within(char low, char high) const noexcept {
        return v >= static_cast<unsigned char>(low) && v <= static_cast<unsigned char>(high);
    }
    std::uint64_t beyond_ascii() const noexcept { return v >= 0x80; }
    Part lower() const noexcept { return {static_cast<unsigned char>(v | 0x20)}; }
};
#endif

class Bytes64 {
  public:
    explicit Bytes64(const char* bytes) noexcept {
        for (int i = 0; i < kParts; ++i) parts_[i] = Part::load(bytes + i * Part::kBytes);
    }
    std::uint64_t equal(char c) const noexcept {
        return join([c](const Part& part) { return part.equal(c); });
    }
    std::uint64_t within(char low, char high) const noexcept {
        return join([=](const Part& part) { return part.within(low, high); });
    }
    std::uint64_t beyond_ascii() const noexcept {
        return join([](const Part& part) { return part.beyond_ascii(); });
    }
    Bytes64 lower() const noexcept {
        Bytes64 result(*this);
        for (Part& part : result.parts_) part = part.lower();
        return result;
    }

  private:
    static constexpr int kParts = 64 / Part::kBytes;

    template <typename MaskOf>
    std::uint64_t join(const MaskOf& mask_of) const noexcept {
        std::uint64_t mask = 0;
        for (int i = 0; i < kParts; ++i) mask |= mask_of(parts_[i]) << (i * Part::kBytes);
        return mask;
    }
    Part parts_[kParts];
};

#endif

}  // namespace quire::tokenizer::QUIRE_ISA
