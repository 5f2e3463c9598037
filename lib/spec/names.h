// The words that files and messages use for the values of a spec's enums.
#pragma once

#include <optional>
#include <string_view>

#include "lib/base/enum_names.h"
#include "lib/spec/model_spec.h"

namespace quire::spec {

base::EnumNames<NormKind> names(NormKind) noexcept;
base::EnumNames<NormPlace> names(NormPlace) noexcept;
base::EnumNames<QkNorm> names(QkNorm) noexcept;
base::EnumNames<AttnGate> names(AttnGate) noexcept;
base::EnumNames<Activation> names(Activation) noexcept;
base::EnumNames<Recurrence> names(Recurrence) noexcept;
base::EnumNames<StateNorm> names(StateNorm) noexcept;
base::EnumNames<RouterScore> names(RouterScore) noexcept;
base::EnumNames<GroupScore> names(GroupScore) noexcept;
base::EnumNames<OutputKind> names(OutputKind) noexcept;
base::EnumNames<Pooling> names(Pooling) noexcept;
base::EnumNames<LabelScore> names(LabelScore) noexcept;

template <typename Enum>
std::string_view name(Enum value) noexcept {
    return names(value).name(value);
}

// Nothing when no value has this name.
template <typename Enum>
std::optional<Enum> from_name(std::string_view text) noexcept {
    return names(Enum{}).value(text);
}

}  // namespace quire::spec
