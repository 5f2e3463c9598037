#include "lib/spec/names.h"

namespace quire::spec {

namespace {

using Name = std::string_view;

constexpr std::array<Name, 2> kNormKinds{"rms", "layer"};
constexpr std::array<Name, 4> kNormPlaces{"before", "after", "around", "residual"};
constexpr std::array<Name, 3> kQkNorms{"none", "head", "row"};
constexpr std::array<Name, 6> kActivations{"silu",       "gelu_tanh", "gelu_erf",
                                           "gelu_quick", "relu",      "tanh"};
constexpr std::array<Name, 3> kOutputKinds{"tied", "own", "none"};
constexpr std::array<Name, 3> kPoolings{"mean", "cls", "last"};
constexpr std::array<Name, 3> kLabelScores{"softmax", "sigmoid", "plain"};

}  // namespace

std::span<const Name> names(NormKind) noexcept {
    return kNormKinds;
}
std::span<const Name> names(NormPlace) noexcept {
    return kNormPlaces;
}
std::span<const Name> names(QkNorm) noexcept {
    return kQkNorms;
}
std::span<const Name> names(Activation) noexcept {
    return kActivations;
}
std::span<const Name> names(OutputKind) noexcept {
    return kOutputKinds;
}
std::span<const Name> names(Pooling) noexcept {
    return kPoolings;
}
std::span<const Name> names(LabelScore) noexcept {
    return kLabelScores;
}

}  // namespace quire::spec
