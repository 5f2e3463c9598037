#include "models/source/quantized/compose.h"

#include <array>
#include <nlohmann/json.hpp>

#include "lib/base/error.h"
#include "lib/base/join.h"
#include "models/source/quantized/methods.h"

namespace quire::models {

namespace {

struct Method {
    std::string_view name;
    ReadMethod read;
};

constexpr std::array kMethods = std::to_array<Method>({
    {"fp8", read_fp8},
    {"fbgemm_fp8", read_fp8},
});

const Method& find_method(QuantizationSettings& settings) {
    const auto name = settings.get<std::string>("quant_method");
    for (const Method& method : kMethods) {
        if (method.name == name) return method;
    }
    settings.wrong("quant_method", "one of " + base::join(kMethods, ", ", &Method::name),
                   settings.find("quant_method"));
}

}  // namespace

void compose_weights(Source& source, const formats::TensorSet& set,
                     std::deque<formats::SourceTensor>& made) {
    const auto found = source.config.find("quantization_config");
    // Values that are no objects, or empty, are left to the table of keys.
    if (found == source.config.end() || !found->is_object() || found->empty()) return;
    const nlohmann::json json = *found;
    QuantizationSettings settings(json, source.path + ": config: quantization_config");
    const Method& method = find_method(settings);
    Composer composer(source, set, made);
    method.read(settings, composer);
    settings.done();
    if (composer.n_put() == 0) {
        throw Error(
            ErrorCode::model, settings.where(),
            "quant_method " + std::string(method.name) + " expected coded weights, found none");
    }
    composer.done();
    source.config.erase("quantization_config");
}

}  // namespace quire::models
