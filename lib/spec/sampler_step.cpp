#include "lib/spec/sampler_step.h"

#include <algorithm>

#include "lib/base/enum_names.h"
#include "lib/base/join.h"
#include "lib/base/quoted.h"

namespace quire::spec {

SamplerOrder read_sampler_order(std::span<const std::string> names) {
    constexpr base::EnumNames<SamplerStep> kNames(kSamplerStepNames);
    SamplerOrder order;
    for (const std::string& name : names) {
        const std::optional<SamplerStep> step = kNames.value(name);
        if (!step) {
            order.fault = "expected names of samplers (" + base::join(kSamplerStepNames, ", ") +
                          "), found " + base::quoted(name);
            return order;
        }
        if (std::ranges::find(order.steps, *step) != order.steps.end()) {
            order.fault = "expected every sampler once, found " + name + " twice";
            return order;
        }
        const bool is_first = *step <= SamplerStep::dry;
        if (is_first && !order.steps.empty() && order.steps.back() > *step) {
            order.fault = "expected " + name + " before " +
                          std::string(kNames.name(order.steps.back())) + ", found it after";
            return order;
        }
        order.steps.push_back(*step);
    }
    if (order.steps.empty()) order.fault = "expected names of samplers, found none";
    return order;
}

std::string without_effect(SamplerStep step, std::span<const SamplerStep> order, bool mirostat,
                           const std::string& dashes) {
    if (!order.empty() && std::ranges::find(order, step) == order.end()) {
        return "has no effect, because " + dashes + "samplers does not name " +
               std::string(kSamplerStepNames[static_cast<std::size_t>(step)]);
    }
    const bool beside_mirostat = step <= SamplerStep::dry || step == SamplerStep::temperature;
    return mirostat && !beside_mirostat ? "has no effect beside " + dashes + "mirostat 2" : "";
}

}  // namespace quire::spec
