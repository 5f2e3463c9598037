#include "lib/tensor/quantize.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "lib/base/hash.h"
#include "lib/tensor/error_feedback.h"

using namespace quire::tensor;

namespace {

using Row = std::array<float, kBlock>;

// Rows as in a model: normally distributed, some with an outlier, some of one sign.
std::vector<Row> rows(std::size_t n) {
    std::mt19937 rng(11);
    std::vector<Row> out(n);
    for (std::size_t r = 0; r < n; ++r) {
        for (float& w : out[r]) {
            // A sum of uniform numbers, because std::normal_distribution differs between libraries.
            float sum = 0;
            for (int i = 0; i < 6; ++i) sum += static_cast<float>(rng() >> 8) * 0x1p-24F - 0.5F;
            w = 0.03F * sum;
        }
        if (r % 4 == 1) out[r][r % kBlock] *= 6.0F;
        if (r % 4 == 2) {
            for (float& w : out[r]) w = std::abs(w);
        }
    }
    return out;
}

double error_of(const Block& block, const Row& row, const Row& importance, const DTypeInfo& type) {
    Row decoded{};
    decode_block(decoded, block, type);
    double error = 0;
    for (std::size_t i = 0; i < kBlock; ++i) {
        const double d = double{decoded[i]} - double{row[i]};
        error += double{importance[i]} * d * d;
    }
    return error;
}

void add_scaled(float* y, const float* x, float a, std::size_t n) noexcept {
    for (std::size_t i = 0; i < n; ++i) y[i] = std::fma(x[i], a, y[i]);
}

Row constant(float x) {
    Row out{};
    out.fill(x);
    return out;
}

}  // namespace

TEST_CASE("quantize: no block is worse than with encode_block, and most are much better") {
    for (const DTypeInfo& type : dtypes()) {
        if (!type.is_block || type.factor_bits != 0 || !can_quantize(type)) continue;
        CAPTURE(type.name);
        double plain = 0;
        double found = 0;
        for (const Row& row : rows(200)) {
            const Row even = constant(1.0F);
            const double before = error_of(encode_block(row, type), row, even, type);
            const double after = error_of(quantize_block(row, even, type), row, even, type);
            // Ties may go to different codes, and sums are rounded.
            CHECK(after <= before * 1.00001);
            plain += before;
            found += after;
        }
        CHECK(found < 0.95 * plain);
    }
}

TEST_CASE("quantize: weights of more importance have less error") {
    const DTypeInfo& type = info(DType::q4);
    double even_error = 0;
    double weighed_error = 0;
    for (const Row& row : rows(200)) {
        Row importance = constant(0.01F);
        for (std::size_t i = 0; i < kBlock; i += 4) importance[i] = 1.0F;
        even_error += error_of(quantize_block(row, constant(1.0F), type), row, importance, type);
        weighed_error += error_of(quantize_block(row, importance, type), row, importance, type);
    }
    CHECK(weighed_error < 0.8 * even_error);
}

TEST_CASE("quantize: values that the type can represent are kept exactly") {
    for (const DTypeInfo& type : dtypes()) {
        if (!type.is_block || type.factor_bits != 0 || !can_quantize(type)) continue;
        CAPTURE(type.name);
        Row row{};
        const int n_codes = 1 << type.bits;
        for (std::size_t i = 0; i < kBlock; ++i) {
            // Each group has both the lowest and the highest code.
            const std::size_t k = i % 16;
            const int code = k == 0 ? 0 : k == 1 ? n_codes - 1 : static_cast<int>(37 * i) % n_codes;
            row[i] = 0.0078125F * static_cast<float>(code - code_offset(type));
        }
        Row decoded{};
        decode_block(decoded, quantize_block(row, constant(1.0F), type), type);
        CHECK(decoded == row);
    }
}

TEST_CASE("quantize: constant blocks of any magnitude and importance are close") {
    for (const DTypeInfo& type : dtypes()) {
        if (!type.is_block || type.factor_bits != 0 || !can_quantize(type)) continue;
        CAPTURE(type.name);
        Row decoded{};
        // Half of the smallest f16, as a scale.
        const float smallest = 0x1p-25F * static_cast<float>(1 << type.bits);
        for (const float value : {0.0F, 0.5F, -3.0F, 60000.0F, 1e-7F, 1e-30F}) {
            for (const float importance : {1.0F, 0.0F, 1e-20F}) {
                CAPTURE(value);
                CAPTURE(importance);
                const Row row = constant(value);
                decode_block(decoded, quantize_block(row, constant(importance), type), type);
                for (const float w : decoded) {
                    CHECK(std::abs(w - value) <= 0.0005F * std::abs(value) + smallest);
                }
            }
        }
    }
}

TEST_CASE("quantize: eight blocks share a scale, and lose little by it") {
    for (const DTypeInfo& type : dtypes()) {
        if (type.factor_bits == 0 || !can_quantize(type)) continue;
        CAPTURE(type.name);
        double shared_error = 0;
        double own_error = 0;
        const std::vector<Row> all = rows(160);
        for (std::size_t first = 0; first < all.size(); first += 8) {
            std::vector<float> weights;
            for (std::size_t b = 0; b < 8; ++b) {
                weights.insert(weights.end(), all[first + b].begin(), all[first + b].end());
            }
            const std::vector<float> even(weights.size(), 1.0F);
            std::array<Block, 8> unit;
            quantize_unit(unit, weights, even, type);
            for (std::size_t b = 0; b < 8; ++b) {
                CHECK(unit[b].scale[0] == unit[0].scale[0]);
                CHECK(unit[b].min[0] == unit[0].min[0]);
                const Row& row = all[first + b];
                const DTypeInfo& own = with_one_level(type);
                shared_error += error_of(unit[b], row, constant(1.0F), type);
                own_error +=
                    error_of(quantize_block(row, constant(1.0F), own), row, constant(1.0F), own);
            }
        }
        CHECK(shared_error < 1.5 * own_error);
    }
    std::array<Block, 8> unit;
    const std::vector<float> zeros(256, 0.0F);
    quantize_unit(unit, zeros, zeros, info(DType::q4_k));
    Row decoded = constant(1.0F);
    decode_block(decoded, unit[3], info(DType::q4_k));
    CHECK(decoded == constant(0.0F));
}

TEST_CASE("quantize: the same codes on every machine") {
    quire::base::Hasher hasher;
    for (const DTypeInfo& type : dtypes()) {
        if (!type.is_block || type.factor_bits != 0 || !can_quantize(type)) continue;
        for (const Row& row : rows(50)) {
            const Block block = quantize_block(row, constant(1.0F), type);
            hasher.update(std::as_bytes(std::span(block.codes)));
            hasher.update(std::as_bytes(std::span(block.scale)));
            hasher.update(std::as_bytes(std::span(block.min)));
        }
    }
    CHECK(quire::base::hex(hasher.digest()) == "5b343d8a3783ea06");
}

TEST_CASE("error feedback: the product of the factors is the matrix") {
    constexpr std::size_t kN = 5;
    std::mt19937 rng(3);
    std::array<std::array<double, kN>, 2 * kN> x{};
    for (auto& row : x) {
        for (double& v : row) v = static_cast<double>(rng() % 1000) / 500.0 - 1.0;
    }
    std::vector<float> lower;
    for (std::size_t i = 0; i < kN; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = 0;
            for (const auto& row : x) sum += row[i] * row[j];
            lower.push_back(static_cast<float>(sum));
        }
    }
    const ErrorFeedback f = factorize(lower, kN, 0.0F, add_scaled);
    const auto m = [&](std::size_t i, std::size_t k) {
        return i == k ? 1.0 : i < k ? double{f.m[i * kN + k]} : 0.0;
    };
    for (std::size_t i = 0; i < kN; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            double sum = 0;
            for (std::size_t k = 0; k < kN; ++k) sum += m(i, k) * double{f.d[k]} * m(j, k);
            CHECK(sum == doctest::Approx(lower[i * (i + 1) / 2 + j]).epsilon(1e-5));
        }
    }
}

TEST_CASE("error feedback: products with correlated inputs have less error than without it") {
    // Inputs with a common component, as in a model.
    constexpr std::size_t kN = 2 * kBlock;
    std::vector<float> lower;
    for (std::size_t i = 0; i < kN; ++i) {
        for (std::size_t j = 0; j <= i; ++j) lower.push_back(i == j ? 1.0F : 0.7F);
    }
    const ErrorFeedback feedback = factorize(lower, kN, 0.01F, add_scaled);
    const DTypeInfo& type = info(DType::q4);
    double with = 0;
    double without = 0;
    const auto all = rows(100);
    for (std::size_t r = 0; r + 1 < all.size(); r += 2) {
        std::vector<float> row(all[r].begin(), all[r].end());
        row.insert(row.end(), all[r + 1].begin(), all[r + 1].end());
        std::array<Block, 2> blocks{};
        const auto cost = [&] {
            std::array<double, kN> error{};
            Row decoded{};
            for (std::size_t i = 0; i < kN; ++i) {
                decode_block(decoded, blocks[i / kBlock], type);
                error[i] = double{decoded[i % kBlock]} - double{row[i]};
            }
            double sum = 0;
            for (std::size_t i = 0; i < kN; ++i) {
                for (std::size_t j = 0; j < kN; ++j) {
                    sum += error[i] * error[j] * (i == j ? 1.0 : 0.7);
                }
            }
            return sum;
        };
        quantize_row(blocks, row, feedback, type, add_scaled);
        with += cost();
        for (std::size_t b = 0; b < 2; ++b) {
            blocks[b] =
                quantize_block(std::span<const float>(row).subspan(b * kBlock).first<kBlock>(),
                               constant(1.0F), type);
        }
        without += cost();
    }
    CHECK(with < 0.7 * without);
}
