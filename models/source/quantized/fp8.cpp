// FP8 checkpoints: DeepSeek's blocks of 128 x 128 (also of Qwen, MiniMax and others), scales of whole
// matrices (vLLM's early ones), and of rows (fbgemm_fp8).
// source: transformers, FineGrainedFP8Config and integrations/finegrained_fp8.py.

#include "formats/quantized/scaled_floats.h"
#include "formats/quantized/stored.h"
#include "lib/base/json/json.h"
#include "models/source/quantized/methods.h"

namespace quire::models {

namespace {

void read_keys(QuantizationSettings& settings) {
    settings.expect("fmt", {nullptr, "e4m3", "e5m2", "float8_e4m3fn", "float8_e5m2"});
    settings.expect("scale_fmt", {nullptr, "float", "ue8m0"});
    settings.expect("expert_dtype", {nullptr, "fp8"});
    settings.no_effect("kv_cache_scheme", kOnlyAtRunTime);
    settings.no_effect("activation_scheme", kOnlyAtRunTime);
    settings.no_effect("activation_scale_ub", kOnlyAtRunTime);
    settings.no_effect("dequantize", "whether transformers decodes when it loads");
    settings.no_effect("modules_to_not_convert", kSeenFromTensors);
    settings.no_effect("ignored_layers", kSeenFromTensors);
    settings.no_effect("modules_to_convert", kSeenFromTensors);
}

}  // namespace

void read_fp8(QuantizationSettings& settings, Composer& composer) {
    formats::ScaleBlock block = read_scale_block(settings, "weight_block_size");
    block.bytes_are_e8m0 = settings.find_as<std::string>("scale_fmt").value_or("") == "ue8m0";
    read_keys(settings);
    constexpr std::string_view kWeight = ".weight";
    for (const formats::CodedTensor& weight : composer.set().coded()) {
        if (weight.dtype != "F8_E4M3" && weight.dtype != "F8_E5M2") continue;
        const std::string& name = weight.name;
        const bool is_weight = name.ends_with(kWeight);
        // Of a module, or of a parameter that is a stack of matrices.
        const std::string module = is_weight ? name.substr(0, name.size() - kWeight.size()) : name;
        const auto scale = is_weight
                               ? composer.take_one({name + "_scale_inv", name + "_scale",
                                                    module + ".scale", module + ".qscale_weight"})
                               : composer.take_one({name + "_scale_inv", name + "_scale"});
        if (!scale) refuse_tensor(weight, "a scale beside it (" + name + "_scale_inv)");
        composer.put(formats::scaled_floats(weight, *scale, block));
        for (const char* ending : {"activation_scale", "input_scale", "qscale_act"}) {
            composer.drop_scale(module + (is_weight ? "." : "_") + ending);
        }
    }
    composer.drop_scales({".k_scale", ".v_scale", ".kv_scale"});
}

}  // namespace quire::models
