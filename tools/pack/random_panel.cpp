#include "tools/pack/random_panel.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "lib/tensor/block.h"
#include "lib/tensor/half.h"
#include "lib/tensor/panel.h"

namespace quire::pack {

namespace {

using tensor::Block;
using tensor::kBlock;
using tensor::kPanelRows;

// The output function of SplitMix64. source: Steele, Lea and Flood 2014, "Fast splittable
// pseudorandom number generators".
std::uint64_t mixed(std::uint64_t x) noexcept {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31);
}

// The numbers of one tensor, any of them at once, so that panels can be made in any order.
class Numbers {
  public:
    explicit Numbers(std::string_view name) noexcept {
        for (const char c : name) start_ = mixed(start_ + static_cast<unsigned char>(c));
    }
    std::uint64_t operator[](std::uint64_t i) const noexcept {
        return mixed(start_ + (i + 1) * 0x9E3779B97F4A7C15U);
    }

  private:
    std::uint64_t start_ = 0;
};

// Codes in use, from 0 on.
int n_codes(const tensor::DTypeInfo& type) noexcept {
    switch (type.table) {
        case tensor::CodeTable::ternary:
            return 3;
        case tensor::CodeTable::iq1:
        case tensor::CodeTable::iq2:
            return 6;
        default:
            return 1 << type.bits;
    }
}

// The f16 that stands for x in a type whose scales are f16.
std::uint16_t f16_scale(double x, const tensor::DTypeInfo& type) {
    constexpr std::uint16_t kOne = 0x3C00;
    return tensor::f32_to_f16(static_cast<float>(x / tensor::scale_value(kOne, type.scale)));
}

// How blocks get their scales. A group's strength n is 12, 13, 14 or 15, so that scales differ as
// they do in a real file: its scale is n * unit.
struct Scales {
    double unit;
    double middle;  // what is taken from a code, in types with minimums: their middle
    int step;       // two levels: the factor is n * step, of at most 15/16 of the largest
    std::uint16_t shared_scale;
    std::uint16_t shared_min;
};

Scales scales_of(const tensor::DTypeInfo& type, double deviation) {
    const int n = n_codes(type);
    Scales scales{};
    scales.middle = type.has_min ? (n - 1) / 2.0 : 0.0;
    double squares = 0;
    for (int code = 0; code < n; ++code) {
        const double value = tensor::code_value(code, type) - scales.middle;
        squares += value * value;
    }
    const double strength = std::sqrt((12 * 12 + 13 * 13 + 14 * 14 + 15 * 15) / 4.0);
    scales.unit = deviation / (std::sqrt(squares / n) * strength);
    if (type.factor_bits == 0) return scales;
    scales.step = (1 << type.factor_bits) / (type.has_min ? 16 : 32);
    const double shared = scales.unit / scales.step;
    scales.shared_scale = f16_scale(shared, type);
    scales.shared_min = tensor::f32_to_f16(static_cast<float>(-shared * scales.middle));
    return scales;
}

// The power of two that is nearest to x, as e8m0.
std::uint16_t nearest_e8m0(double x) {
    int exponent = 0;
    const double fraction = std::frexp(x, &exponent);  // x = fraction * 2^exponent, from 0.5 on
    return static_cast<std::uint16_t>(128 + exponent - (fraction * fraction < 0.5 ? 1 : 0));
}

// Gives group g, in a type with one level of scales, the strength n.
void set_scale(Block& block, std::size_t g, int n, const Scales& scales,
               const tensor::DTypeInfo& type) {
    const double scale = n * scales.unit;
    switch (type.scale) {
        case tensor::ScaleFormat::f16:
        case tensor::ScaleFormat::f16_half:
        case tensor::ScaleFormat::f16_eighth:
            block.scale[g] = f16_scale(scale, type);
            block.min[g] = tensor::f32_to_f16(static_cast<float>(-scale * scales.middle));
            return;
        case tensor::ScaleFormat::e8m0:
            block.scale[g] = nearest_e8m0(scale);
            return;
        case tensor::ScaleFormat::ue4m3:
            block.scale[g] = static_cast<std::uint16_t>(11 << 3 | (n - 8));  // stands for n
            block.row_scale = static_cast<float>(scales.unit);
            return;
    }
}

// A block has five numbers: four for the codes, of a byte each, and one for the strengths, of which the
// first block of a long group has that of all.
constexpr std::uint64_t kNumbersOfBlock = 5;

struct BlockPlace {
    std::uint64_t row;
    std::uint64_t block;     // of the row
    std::uint64_t n_blocks;  // of each row

    std::uint64_t codes_at() const noexcept { return (row * n_blocks + block) * kNumbersOfBlock; }
    std::uint64_t strengths_at(const tensor::DTypeInfo& type) const noexcept {
        const std::uint64_t n_shared = type.factor_bits == 0 ? shared_blocks(type) : 1;
        return codes_at() - block % n_shared * kNumbersOfBlock + 4;
    }
};

Block random_block(const Numbers& numbers, const BlockPlace& place, const Scales& scales,
                   const tensor::DTypeInfo& type) {
    Block block;
    const auto n = static_cast<std::uint64_t>(n_codes(type));
    for (std::size_t eight = 0; eight < kBlock / 8; ++eight) {
        const std::uint64_t number = numbers[place.codes_at() + eight];
        for (std::size_t i = 0; i < 8; ++i) {
            block.codes[8 * eight + i] =
                static_cast<std::uint8_t>((number >> 8 * i & 0xFF) * n >> 8);
        }
    }
    const std::uint64_t strengths = numbers[place.strengths_at(type)];
    for (std::size_t g = 0; g < groups_of_block(type); ++g) {
        const int strength = 12 + static_cast<int>(strengths >> 2 * g & 3);
        if (type.factor_bits == 0) {
            set_scale(block, g, strength, scales, type);
        } else {
            block.factor[g] = static_cast<std::int8_t>(strength * scales.step);
            block.min_factor[g] = type.has_min ? block.factor[g] : std::int8_t{0};
        }
    }
    if (type.factor_bits != 0) {
        block.scale[0] = scales.shared_scale;
        block.min[0] = scales.shared_min;
    }
    return block;
}

// The sum of four numbers of 16 bits, which is close to a normal distribution, around 0.
float random_weight(std::uint64_t number, float scale) noexcept {
    int sum = -2 * 0xFFFF;
    for (int i = 0; i < 4; ++i) sum += static_cast<int>(number >> 16 * i & 0xFFFF);
    return static_cast<float>(sum) * scale;
}

}  // namespace

void random_panel(std::span<std::byte> out, const formats::TensorRecord& record,
                  std::uint64_t first) {
    const tensor::DTypeInfo& type = tensor::info(record.dtype);
    const Numbers numbers(record.name);
    const std::uint64_t n_rows = std::min<std::uint64_t>(kPanelRows, record.rows - first);
    const double deviation = 1.0 / std::sqrt(static_cast<double>(record.columns));
    if (!type.is_block) {
        // The variance of a sum is 4 * (65536^2 - 1) / 12.
        const auto scale = static_cast<float>(deviation / std::sqrt(1431655765.0));
        std::vector<float> rows(kPanelRows * record.columns);
        for (std::uint64_t i = 0; i < n_rows * record.columns; ++i) {
            rows[i] = random_weight(numbers[first * record.columns + i], scale);
        }
        tensor::encode_float_panel(out, rows, record.dtype, record.columns);
        return;
    }
    const Scales scales = scales_of(type, deviation);
    const std::uint64_t n_blocks = record.columns / kBlock;
    std::vector<Block> blocks(kPanelRows * n_blocks, tensor::zero_block(type));
    for (std::uint64_t i = 0; i < n_rows * n_blocks; ++i) {
        const BlockPlace place{first + i / n_blocks, i % n_blocks, n_blocks};
        blocks[i] = random_block(numbers, place, scales, type);
    }
    tensor::encode_block_panel(out, blocks, record.dtype, record.columns);
}

}  // namespace quire::pack
