// NVIDIA's ModelOpt: FP8 and NVFP4, also both in one checkpoint. The settings are in config.json or in
// hf_quant_config.json.
// source: modelopt 0.47, torch/export; the tensors of published checkpoints.

#include "formats/quantized/fp4.h"
#include "formats/quantized/numbers.h"
#include "formats/quantized/scaled_floats.h"
#include "formats/quantized/stored.h"
#include "lib/base/json/json.h"
#include "models/source/quantized/methods.h"

namespace quire::models {

namespace {

void read_modelopt_keys(QuantizationSettings& settings) {
    settings.expect("quant_algo", {nullptr, "FP8", "FP8_PER_CHANNEL_PER_TOKEN", "FP8_PB_WO",
                                   "NVFP4", "W4A16_NVFP4", "MIXED_PRECISION"});
    settings.no_effect("producer", "who wrote the checkpoint");
    settings.no_effect("kv_cache_quant_algo", kOnlyAtRunTime);
    settings.no_effect("kv_cache_scheme", kOnlyAtRunTime);
    for (const char* key :
         {"group_size", "exclude_modules", "ignore", "config_groups", "quantized_layers"}) {
        settings.no_effect(key, kSeenFromTensors);
    }
    // Rotations and smoothing that other codings need.
    settings.expect("has_zero_point", {nullptr, false});
    settings.expect("pre_quant_scale", {nullptr, false});
}

float read_matrix_scale(const formats::CodedTensor& tensor) {
    const auto numbers = formats::Numbers::of(tensor);
    if (!numbers || numbers->size() != 1) refuse_tensor(tensor, "one number");
    return (*numbers)[0];
}

void read_module(const std::string& name, Composer& composer) {
    const formats::CodedTensor weight = composer.take(name + ".weight");
    const formats::CodedTensor scales = composer.take(name + ".weight_scale");
    if (weight.dtype == "U8") {
        const float matrix_scale = read_matrix_scale(composer.take(name + ".weight_scale_2"));
        composer.put(formats::fp4_tensor(name + ".weight", formats::Fp4Kind::nvfp4, weight, scales,
                                         matrix_scale));
    } else {
        composer.put(formats::scaled_floats(weight, scales, {}));
    }
    composer.drop_scale(name + ".input_scale");
}

void read_modules(QuantizationSettings& settings, Composer& composer) {
    read_modelopt_keys(settings);
    for (const std::string& name : composer.modules_with(".weight_scale")) {
        read_module(name, composer);
    }
    composer.drop_scales({".k_scale", ".v_scale", ".output_scale"});
}

}  // namespace

void read_modelopt(QuantizationSettings& settings, Composer& composer) {
    const nlohmann::json* inner = settings.find("quantization");
    if (inner == nullptr) return read_modules(settings, composer);
    // The form of hf_quant_config.json.
    settings.no_effect("producer", "who wrote the checkpoint");
    QuantizationSettings own(*inner, settings.where() + ": quantization");
    read_modules(own, composer);
    own.done();
}

}  // namespace quire::models
