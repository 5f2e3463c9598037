#include "tools/pack/types/bit_placement.h"

#include <algorithm>
#include <array>

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

// How much the same error in one weight of a role moves the logits, relative to other roles: the KL
// divergence of a model in which only these matrices have 4 bits, per weight. Measured by
// scripts/bench/quantizers --roles on SmolLM2-135M.
struct Role {
    std::string_view name;
    double weight;
};

constexpr std::array<Role, 8> kRoles{{{"embed", 4.0},
                                      {"q", 2.5},
                                      {"k", 6.4},
                                      {"v", 34.0},
                                      {"o", 1.9},
                                      {"gate", 1.1},
                                      {"up", 1.7},
                                      {"down", 4.0}}};

// For roles that are not in the table: few weights, each with a large effect (routers, heads,
// positions).
constexpr double kOtherRoles = 100.0;

double weight_of(std::string_view name) {
    for (const Role& role : kRoles) {
        if (role.name == role_of(name)) return role.weight;
    }
    return role_of(name) == "output" ? kRoles[0].weight : kOtherRoles;
}

std::uint64_t bytes_of(const MatrixShape& matrix, std::size_t step) {
    return *tensor::tensor_bytes(steps_of(matrix)[step].dtype, true, matrix.rows, matrix.columns);
}

// The gain of going from one step to the next, per byte.
double gain(const MatrixShape& matrix, std::size_t step) {
    const auto weights = static_cast<double>(matrix.rows * matrix.columns);
    const auto more = static_cast<double>(bytes_of(matrix, step + 1) - bytes_of(matrix, step));
    const auto& steps = steps_of(matrix);
    return weight_of(matrix.name) * weights * (steps[step].error - steps[step + 1].error) / more;
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

std::vector<tensor::DType> place_bits(std::span<const MatrixShape> matrices, std::uint64_t bytes) {
    struct Offer {
        double gain;
        std::size_t matrix;
        std::size_t step;
    };
    // The gains of a matrix decrease from step to step, so taking the best offers in order never
    // skips one.
    std::vector<Offer> offers;
    for (std::size_t i = 0; i < matrices.size(); ++i) {
        for (std::size_t step = 0; step + 1 < kOneLevel.size(); ++step) {
            offers.push_back({gain(matrices[i], step), i, step});
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
