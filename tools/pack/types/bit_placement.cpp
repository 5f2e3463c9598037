#include "tools/pack/types/bit_placement.h"

#include <algorithm>
#include <array>
#include <map>

#include "lib/tensor/view.h"

namespace quire::pack {

namespace {

using tensor::DType;

// A type that can be placed, and the mean square of its error relative to that of the weights, for
// normally distributed weights.
struct Step {
    DType dtype;
    double error;
};

// Below 8 bits, types with two levels of scales have three quarters of the error at the same size, but
// only where no row is padded to a multiple of 256 weights.
constexpr std::array<Step, 5> kTwoLevels{{{DType::q3_k, 2.1e-2},
                                          {DType::q4_k, 5.3e-3},
                                          {DType::q5_k, 1.3e-3},
                                          {DType::q6_k, 3.0e-4},
                                          {DType::q8, 2.5e-5}}};
constexpr std::array<Step, 5> kOneLevel{{{DType::q3, 2.6e-2},
                                         {DType::q4, 6.6e-3},
                                         {DType::q5, 1.6e-3},
                                         {DType::q6, 4.0e-4},
                                         {DType::q8, 2.5e-5}}};

const std::array<Step, 5>& steps_of(const MatrixShape& matrix) {
    return matrix.columns % tensor::kSuperBlock == 0 ? kTwoLevels : kOneLevel;
}

// How far 4 bits in all matrices of a role move the logits, relative to gate: the KL divergence of a
// model in which only they have 4 bits. Of a role and not of a weight, because what counts is the
// error of a product relative to the product, and that does not depend on how many rows and columns
// there are. The geometric mean of SmolLM2-135M, Qwen2.5-Coder-0.5B and Gemma 3 270M, measured by
// scripts/bench/quantizers --roles. An embedding that is only looked up is no output matrix. Those of
// recurrent blocks are not measured; they have the mean of what they replace: queries, keys and values,
// or the output of attention.
struct Role {
    std::string_view name;
    double effect;
};

constexpr std::array<Role, 14> kRoles{{{"output", 2.8},
                                       {"embed", 0.25},
                                       {"q", 0.53},
                                       {"k", 0.76},
                                       {"v", 2.6},
                                       {"o", 0.93},
                                       {"gate", 1.0},
                                       {"up", 1.9},
                                       {"down", 2.4},
                                       {"mix_in", 1.0},
                                       {"mix_k", 0.76},
                                       {"mix_v", 2.6},
                                       {"mix_gate", 1.0},
                                       {"mix_out", 0.93}}};

// For roles that are not in the table: few weights, each with a large effect (routers, heads,
// positions).
constexpr double kOtherRoles = 4.0;

// Those of cross attention were not measured, and are taken to be as those of the first.
double effect_of(std::string_view role) {
    if (role.starts_with("cross_")) role.remove_prefix(6);
    const auto found = std::ranges::find(kRoles, role, &Role::name);
    return found == kRoles.end() ? kOtherRoles : found->effect;
}

// How far an error in one weight moves the logits, relative to others.
class Sensitivity {
  public:
    Sensitivity(std::span<const MatrixShape> matrices, bool has_output) : has_output_(has_output) {
        for (const MatrixShape& matrix : matrices) weights_[role_of(matrix.name)] += size(matrix);
    }
    double of(const MatrixShape& matrix) const {
        const std::string_view role = role_of(matrix.name);
        const bool is_output = role == "embed" && !has_output_;
        return effect_of(is_output ? "output" : role) / weights_.at(role);
    }
    static double size(const MatrixShape& matrix) {
        return static_cast<double>(matrix.rows) * static_cast<double>(matrix.columns);
    }

  private:
    bool has_output_;
    std::map<std::string_view, double> weights_;  // of each role
};

std::uint64_t bytes_of(const MatrixShape& matrix, std::size_t step) {
    return *tensor::tensor_bytes(steps_of(matrix)[step].dtype, true, matrix.rows, matrix.columns);
}

// The gain of going from one step to the next, per byte.
double gain(const MatrixShape& matrix, const Sensitivity& sensitivity, std::size_t step) {
    const auto more = static_cast<double>(bytes_of(matrix, step + 1) - bytes_of(matrix, step));
    const auto& steps = steps_of(matrix);
    const double less = steps[step].error - steps[step + 1].error;
    return sensitivity.of(matrix) * Sensitivity::size(matrix) * less / more;
}

}  // namespace

std::string_view role_of(std::string_view name) noexcept {
    return name.substr(name.rfind('.') + 1);
}

std::uint64_t fewest_bytes(std::span<const MatrixShape> matrices) {
    std::uint64_t sum = 0;
    for (const MatrixShape& matrix : matrices) sum += bytes_of(matrix, 0);
    return sum;
}

std::vector<tensor::DType> place_bits(std::span<const MatrixShape> matrices, std::uint64_t bytes,
                                      bool has_output) {
    struct Offer {
        double gain;
        std::size_t matrix;
        std::size_t step;
    };
    // The gains of a matrix decrease from step to step, so taking the best offers in order never
    // skips one.
    std::vector<Offer> offers;
    const Sensitivity sensitivity(matrices, has_output);
    for (std::size_t i = 0; i < matrices.size(); ++i) {
        for (std::size_t step = 0; step + 1 < kOneLevel.size(); ++step) {
            offers.push_back({gain(matrices[i], sensitivity, step), i, step});
        }
    }
    std::ranges::stable_sort(offers,
                             [](const Offer& a, const Offer& b) { return a.gain > b.gain; });
    std::vector<std::size_t> steps(matrices.size());
    std::uint64_t used = fewest_bytes(matrices);
    for (const Offer& offer : offers) {
        if (steps[offer.matrix] != offer.step) continue;  // an earlier one did not fit
        const MatrixShape& matrix = matrices[offer.matrix];
        const std::uint64_t more = bytes_of(matrix, offer.step + 1) - bytes_of(matrix, offer.step);
        if (used + more > bytes) continue;
        used += more;
        ++steps[offer.matrix];
    }
    std::vector<tensor::DType> out;
    for (std::size_t i = 0; i < matrices.size(); ++i) {
        out.push_back(steps_of(matrices[i])[steps[i]].dtype);
    }
    return out;
}

}  // namespace quire::pack
