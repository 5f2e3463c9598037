#include "lib/spec/names.h"

#include <array>

namespace quire::spec {

namespace {

using Name = std::string_view;

constexpr std::array<Name, 2> kNormKinds{"rms", "layer"};
constexpr std::array<Name, 4> kNormPlaces{"before", "after", "around", "residual"};
constexpr std::array<Name, 4> kQkNorms{"none", "head", "row", "rotated"};
constexpr std::array<Name, 2> kAttnGates{"none", "element"};
constexpr std::array<Name, kActivationCount + 1> kActivations{
    "silu", "gelu_tanh", "gelu_erf", "gelu_quick",         "relu",
    "tanh", "sigmoid",   "relu2",    "gelu_quick_limited", "xielu"};
constexpr std::array<Name, 8> kRecurrences{"none",     "short_conv", "delta_net", "mamba2",
                                           "time_mix", "rnn",        "gru",       "lstm"};
constexpr std::array<Name, 3> kStateNorms{"none", "head", "gated_group"};
constexpr std::array<Name, 2> kRouterScores{"softmax", "sigmoid"};
constexpr std::array<Name, 2> kGroupScores{"largest", "two"};
constexpr std::array<Name, 5> kOutputKinds{"tied", "own", "none", "biased", "tied_biased"};
constexpr std::array<Name, 3> kPoolings{"mean", "cls", "last"};
constexpr std::array<Name, 3> kLabelScores{"softmax", "sigmoid", "plain"};

// A name for each value, counted by the last.
template <std::size_t N, typename Enum>
constexpr bool names_all(const std::array<Name, N>& names, Enum last) {
    return static_cast<std::size_t>(last) + 1 == N && !names.back().empty();
}
static_assert(names_all(kNormKinds, NormKind::layer));
static_assert(names_all(kNormPlaces, NormPlace::residual));
static_assert(names_all(kQkNorms, QkNorm::rotated));
static_assert(names_all(kAttnGates, AttnGate::element));
static_assert(names_all(kActivations, Activation::xielu));
static_assert(names_all(kRecurrences, Recurrence::lstm));
static_assert(names_all(kStateNorms, StateNorm::gated_group));
static_assert(names_all(kRouterScores, RouterScore::sigmoid));
static_assert(names_all(kGroupScores, GroupScore::two));
static_assert(names_all(kOutputKinds, OutputKind::tied_biased));
static_assert(names_all(kPoolings, Pooling::last));
static_assert(names_all(kLabelScores, LabelScore::plain));

}  // namespace

base::EnumNames<NormKind> names(NormKind) noexcept {
    return base::EnumNames<NormKind>(kNormKinds);
}
base::EnumNames<NormPlace> names(NormPlace) noexcept {
    return base::EnumNames<NormPlace>(kNormPlaces);
}
base::EnumNames<QkNorm> names(QkNorm) noexcept {
    return base::EnumNames<QkNorm>(kQkNorms);
}
base::EnumNames<AttnGate> names(AttnGate) noexcept {
    return base::EnumNames<AttnGate>(kAttnGates);
}
base::EnumNames<Activation> names(Activation) noexcept {
    return base::EnumNames<Activation>(kActivations);
}
base::EnumNames<Recurrence> names(Recurrence) noexcept {
    return base::EnumNames<Recurrence>(kRecurrences);
}
base::EnumNames<StateNorm> names(StateNorm) noexcept {
    return base::EnumNames<StateNorm>(kStateNorms);
}
base::EnumNames<RouterScore> names(RouterScore) noexcept {
    return base::EnumNames<RouterScore>(kRouterScores);
}
base::EnumNames<GroupScore> names(GroupScore) noexcept {
    return base::EnumNames<GroupScore>(kGroupScores);
}
base::EnumNames<OutputKind> names(OutputKind) noexcept {
    return base::EnumNames<OutputKind>(kOutputKinds);
}
base::EnumNames<Pooling> names(Pooling) noexcept {
    return base::EnumNames<Pooling>(kPoolings);
}
base::EnumNames<LabelScore> names(LabelScore) noexcept {
    return base::EnumNames<LabelScore>(kLabelScores);
}

}  // namespace quire::spec
