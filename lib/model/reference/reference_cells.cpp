// Layers with cells, token by token.
// source: torch.nn.RNN, GRU and LSTM.
#include <cmath>
#include <utility>

#include "lib/model/reference/reference_recurrent.h"

namespace quire::model::reference {

namespace {

double sigmoid(double x) {
    return 1.0 / (1.0 + std::exp(-x));
}

// The products of one cell with what is read and with the state, gate by gate.
struct Products {
    std::span<const float> x;  // (gates, n_cells)
    std::span<const float> h;
    std::size_t n_cells;
    std::size_t cell;

    double of_x(std::size_t gate) const { return x[gate * n_cells + cell]; }
    double of_h(std::size_t gate) const { return h[gate * n_cells + cell]; }
    double sum(std::size_t gate) const { return of_x(gate) + of_h(gate); }
};

// What a cell shows. `before` is what it showed for the token before, `second` its second state.
double cell_value(const spec::LayerSpec& layer, const Products& gates, double before,
                  double& second) {
    switch (layer.recurrence) {
        case spec::Recurrence::gru: {
            const double reset = sigmoid(gates.sum(0));
            const double keep = sigmoid(gates.sum(1));
            const double fresh = std::tanh(gates.of_x(2) + reset * gates.of_h(2));
            return (1.0 - keep) * fresh + keep * before;
        }
        case spec::Recurrence::lstm:
            second =
                sigmoid(gates.sum(1)) * second + sigmoid(gates.sum(0)) * std::tanh(gates.sum(2));
            return sigmoid(gates.sum(3)) * std::tanh(second);
        default:
            return activate(layer.activation, static_cast<float>(gates.sum(0)));
    }
}

}  // namespace

Rows cells(const spec::ModelSpec& spec, const spec::LayerSpec& layer, const LayerWeights& weights,
           Rows& x) {
    Rows of_x = linear(x, weights.mix_in, weights.mix_in_bias);
    Rows out(x.n_rows, spec.dim);
    Rows state(1, spec.dim);
    std::vector<double> second(layer.n_cells);
    for (std::size_t i = 0; i < x.n_rows; ++i) {
        Rows of_h = linear(state, weights.mix_state, weights.mix_state_bias);
        Rows values(1, layer.n_cells);
        for (std::size_t c = 0; c < layer.n_cells; ++c) {
            const double before = projects_cells(spec, layer) ? 0.0 : state[0][c];
            values[0][c] = static_cast<float>(
                cell_value(layer, {of_x[i], of_h[0], layer.n_cells, c}, before, second[c]));
        }
        state = projects_cells(spec, layer) ? linear(values, weights.mix_out, nullptr)
                                            : std::move(values);
        std::ranges::copy(state.values, out[i].begin());
    }
    return out;
}

}  // namespace quire::model::reference
