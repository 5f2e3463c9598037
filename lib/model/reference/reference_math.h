// The operations of reference_forward.cpp. Values are f32; sums are taken in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "lib/model/bind.h"
#include "lib/spec/model_spec.h"
#include "lib/tensor/panel.h"

namespace quire::model::reference {

// (n_rows, width)
struct Rows {
    Rows(std::size_t rows, std::size_t columns)
        : n_rows(rows), width(columns), values(rows * columns) {}
    std::span<float> operator[](std::size_t i) {
        return std::span(values).subspan(i * width, width);
    }

    std::size_t n_rows;
    std::size_t width;
    std::vector<float> values;
};

inline void add(Rows& x, const Rows& y) {
    for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] += y.values[i];
}

// y (n, rows) = x (n, columns) * matrix^T (rows, columns) + bias (rows), for the rows of the matrix
// from `first` on, and as many values of the bias.
inline Rows linear(Rows& x, const Matrix& matrix, const float* bias, std::size_t first,
                   std::size_t n_rows) {
    Rows y(x.n_rows, n_rows);
    std::vector<float> weight(matrix.columns);
    for (std::size_t row = 0; row < n_rows; ++row) {
        tensor::decode_row(weight, matrix.data, matrix.dtype, first + row);
        for (std::size_t i = 0; i < x.n_rows; ++i) {
            double sum = bias == nullptr ? 0.0 : bias[first + row];
            const float* in = x[i].data();
            for (std::size_t k = 0; k < weight.size(); ++k) sum += double{in[k]} * weight[k];
            y[i][row] = static_cast<float>(sum);
        }
    }
    return y;
}
inline Rows linear(Rows& x, const Matrix& matrix, const float* bias) {
    return linear(x, matrix, bias, 0, matrix.rows);
}

// In place. rms: x / sqrt(mean(x^2) + eps) * weight; layer: (x - mean) / sqrt(var + eps) * weight +
// bias. No weight: no norm.
inline void norm(const spec::ModelSpec& spec, std::span<float> x, const Norm& norm) {
    if (norm.weight == nullptr) return;
    const auto n = static_cast<double>(x.size());
    double mean = 0.0;
    if (spec.norm == spec::NormKind::layer) {
        for (const float value : x) mean += value / n;
    }
    double variance = 0.0;
    for (const float value : x) variance += (value - mean) * (value - mean) / n;
    const double scale = 1.0 / std::sqrt(variance + norm.eps);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double bias = norm.bias == nullptr ? 0.0 : norm.bias[i];
        x[i] = static_cast<float>((x[i] - mean) * scale * norm.weight[i] + bias);
    }
}
inline Rows normed(const spec::ModelSpec& spec, Rows x, const Norm& weights) {
    for (std::size_t i = 0; i < x.n_rows; ++i) norm(spec, x[i], weights);
    return x;
}

inline void soft_cap(float& x, float cap) {
    if (cap != 0.0F) x = cap * std::tanh(x / cap);
}

// In place; subtracting the largest keeps exp() in range.
inline void softmax(std::span<float> x) {
    const float largest = *std::ranges::max_element(x);
    double sum = 0.0;
    for (float& value : x) sum += value = std::exp(value - largest);
    for (float& value : x) value = static_cast<float>(value / sum);
}

inline float activate(spec::Activation activation, float x) {
    switch (activation) {
        case spec::Activation::silu:
            return x / (1.0F + std::exp(-x));
        case spec::Activation::gelu_tanh: {
            const float inner =
                std::sqrt(2.0F / std::numbers::pi_v<float>) * (x + 0.044715F * x * x * x);
            return 0.5F * x * (1.0F + std::tanh(inner));
        }
        case spec::Activation::gelu_erf:
            return 0.5F * x * (1.0F + std::erf(x / std::numbers::sqrt2_v<float>));
        case spec::Activation::gelu_quick:
            return x / (1.0F + std::exp(-1.702F * x));
        case spec::Activation::relu:
            return std::max(x, 0.0F);
        case spec::Activation::tanh:
            return std::tanh(x);
        case spec::Activation::sigmoid:
            return 1.0F / (1.0F + std::exp(-x));
        case spec::Activation::relu2:
            return std::max(x, 0.0F) * std::max(x, 0.0F);
        case spec::Activation::gelu_quick_limited:
            return activate(spec::Activation::gelu_quick, std::min(x, 7.0F));
        case spec::Activation::xielu:
            break;  // see xielu()
    }
    return x;
}

// source: Huang and Schlag 2024, "Deriving Activation Functions Using Integration".
inline float xielu(float x, const float* curve) {
    const float low = std::min(x, 0.0F);
    const float high = std::max(x, 0.0F);
    return curve[0] * high * high + curve[1] * (std::expm1(low) - low) + curve[2] * x;
}

// The product of an activation and a second value.
inline float gate(spec::Activation activation, float x, float y) {
    const bool limited = activation == spec::Activation::gelu_quick_limited;
    return activate(activation, x) * (limited ? std::clamp(y, -7.0F, 7.0F) + 1.0F : y);
}

}  // namespace quire::model::reference
