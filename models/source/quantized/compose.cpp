#include "models/source/quantized/compose.h"

#include <array>

#include "lib/base/error.h"
#include "lib/base/join.h"
#include "lib/base/json/json.h"
#include "models/source/quantized/methods.h"

namespace quire::models {

namespace {

struct Method {
    std::string_view name;
    ReadMethod read;
};

constexpr std::array kMethods = std::to_array<Method>({
    {"awq", read_awq},
    {"bitsandbytes", read_bitsandbytes},
    {"compressed-tensors", read_compressed_tensors},
    {"fp8", read_fp8},
    {"fbgemm_fp8", read_fp8},
    {"gptq", read_gptq},
    {"modelopt", read_modelopt},
    {"modelopt_fp4", read_modelopt},
    {"mxfp4", read_mxfp4},
});

const Method& find_method(QuantizationSettings& settings) {
    const auto name = settings.get<std::string>("quant_method");
    for (const Method& method : kMethods) {
        if (method.name == name) return method;
    }
    settings.wrong("quant_method", "one of " + base::join(kMethods, ", ", &Method::name),
                   settings.find("quant_method"));
}

// Reads the settings under this key of the configuration and removes them. MLX writes the same settings
// under both names.
void compose_with(const char* key, const Method* method, Composer& composer) {
    Source& source = composer.source();
    const nlohmann::json copy = source.config.at(key);
    QuantizationSettings settings(copy, source.path + ": config: " + key);
    if (method == nullptr) method = &find_method(settings);
    method->read(settings, composer);
    settings.done();
    if (composer.n_put() == 0) {
        throw Error(ErrorCode::model, settings.where(),
                    std::string(method->name) + " expected coded weights, found none");
    }
    composer.done();
    source.config.erase(key);
}

}  // namespace

void compose_weights(Source& source, const formats::TensorSet& set,
                     std::deque<formats::SourceTensor>& made) {
    // Values that are no objects, or empty, are left to the table of keys.
    const auto says = [&](const char* key) {
        const auto found = source.config.find(key);
        return found != source.config.end() && found->is_object() && !found->empty();
    };
    Composer composer(source, set, made);
    if (says("quantization")) {
        if (says("quantization_config") &&
            source.config["quantization_config"] == source.config["quantization"]) {
            source.config.erase("quantization_config");
        }
        constexpr Method kMlx{"mlx", read_mlx};
        compose_with("quantization", &kMlx, composer);
    } else if (says("quantization_config")) {
        compose_with("quantization_config", nullptr, composer);
    }
}

}  // namespace quire::models
