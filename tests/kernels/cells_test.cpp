// Kernels of cells against their formulas in double, and with the same bits on every instruction set, for any
// number of cells and in any parts.

#include <doctest/doctest.h>

#include <cmath>
#include <optional>

#include "lib/kernels/dispatch.h"
#include "tests/kernels/random_data.h"
#include "tests/kernels/same_bits.h"

using namespace quire;
using namespace quire::test;

namespace {

enum class CellKind { tanh, relu, gru, lstm };

double sigmoid(double x) {
    return 1.0 / (1.0 + std::exp(-x));
}

// Cells with their products, biases and states.
struct Cells {
    Cells(Rng& rng, CellKind of, std::size_t size, bool has_bias)
        : kind(of),
          n(size),
          x(uniform(rng, 4 * size)),
          h(uniform(rng, 4 * size)),
          x_bias(uniform(rng, has_bias ? 4 * size : 0)),
          h_bias(uniform(rng, has_bias ? 4 * size : 0)),
          before(uniform(rng, size)),
          second(uniform(rng, size)) {}

    // Of the cells [begin, end).
    void run(const kernels::KernelTable& table, float* out, float* states, std::size_t begin,
             std::size_t end) const {
        const auto bias = [&](const std::vector<float>& of) {
            return of.empty() ? nullptr : of.data() + begin;
        };
        const kernels::CellArgs args{
            out + begin,      states + begin,        before.data() + begin, x.data() + begin,
            h.data() + begin, bias(x_bias),          bias(h_bias),          n,
            end - begin,      kind == CellKind::relu};
        (kind == CellKind::gru    ? table.gru_cells
         : kind == CellKind::lstm ? table.lstm_cells
                                  : table.rnn_cells)(args);
    }

    // recurrent.h in double: what the cell shows, and its second state.
    std::pair<double, double> formula(std::size_t c) const {
        const auto part = [&](const std::vector<float>& products, const std::vector<float>& bias,
                              std::size_t gate) {
            return double{products[gate * n + c]} + (bias.empty() ? 0.0F : bias[gate * n + c]);
        };
        const auto of_x = [&](std::size_t gate) { return part(x, x_bias, gate); };
        const auto of_h = [&](std::size_t gate) { return part(h, h_bias, gate); };
        const auto sum = [&](std::size_t gate) { return of_x(gate) + of_h(gate); };
        if (kind == CellKind::tanh) return {std::tanh(sum(0)), second[c]};
        if (kind == CellKind::relu) return {std::max(sum(0), 0.0), second[c]};
        if (kind == CellKind::gru) {
            const double keep = sigmoid(sum(1));
            const double fresh = std::tanh(of_x(2) + sigmoid(sum(0)) * of_h(2));
            return {(1.0 - keep) * fresh + keep * before[c], second[c]};
        }
        const double state = sigmoid(sum(1)) * second[c] + sigmoid(sum(0)) * std::tanh(sum(2));
        return {sigmoid(sum(3)) * std::tanh(state), state};
    }

    CellKind kind;
    std::size_t n;
    std::vector<float> x;  // (gates, n)
    std::vector<float> h;
    std::vector<float> x_bias;
    std::vector<float> h_bias;
    std::vector<float> before;
    std::vector<float> second;
};

}  // namespace

TEST_CASE("cells: near their formulas, with the same bits on every variant and in any parts") {
    Rng rng(31);
    double worst = 0;
    for (const CellKind kind : {CellKind::tanh, CellKind::relu, CellKind::gru, CellKind::lstm}) {
        for (const std::size_t n : {1U, 7U, 16U, 40U, 200U, 1001U}) {
            for (const bool has_bias : {false, true}) {
                const Cells cells(rng, kind, n, has_bias);
                std::vector<float> expected(n);
                std::vector<float> expected_second = cells.second;
                cells.run(kernels::choose("portable"), expected.data(), expected_second.data(), 0,
                          n);
                for (std::size_t c = 0; c < n; ++c) {
                    const auto [out, second] = cells.formula(c);
                    const double size = 1.0 + std::abs(second) + std::abs(double{cells.before[c]}) +
                                        (kind == CellKind::relu ? std::abs(out) : 0.0);
                    worst = std::max({worst, std::abs(expected[c] - out) / size,
                                      std::abs(expected_second[c] - second) / size});
                }
                for (const kernels::KernelTable* table : kernels::available()) {
                    CAPTURE(table->name);
                    CAPTURE(n);
                    for (const std::size_t part : {n, std::size_t{32}, std::size_t{5}}) {
                        std::vector<float> out(n);
                        std::vector<float> second = cells.second;
                        for (std::size_t i = 0; i < n; i += part) {
                            cells.run(*table, out.data(), second.data(), i, std::min(n, i + part));
                        }
                        CHECK(same_bits(out, expected));
                        CHECK(same_bits(second, expected_second));
                    }
                }
            }
        }
    }
    MESSAGE("largest error of a cell: " << worst);
    CHECK(worst < 1e-6);
}
