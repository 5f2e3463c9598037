// MLX: words of codes with scales and biases, in the key `quantization` of the configuration, which may
// give modules other settings.
// source: mlx 0.32, mlx/backend/cpu/quantized.cpp; mlx-lm 0.32, utils.py.

#include "formats/quantized/fp4.h"
#include "formats/quantized/linear_codes.h"
#include "formats/quantized/scaled_floats.h"
#include "formats/quantized/stored.h"
#include "lib/base/json/json.h"
#include "models/source/quantized/methods.h"

namespace quire::models {

namespace {

using formats::CodedTensor;

struct MlxSettings {
    std::string mode = "affine";
    unsigned bits = 4;
    std::uint64_t group_size = 64;
};

MlxSettings read_mlx_settings(QuantizationSettings& settings, MlxSettings otherwise) {
    settings.expect("mode", {nullptr, "affine", "mxfp4", "mxfp8", "nvfp4"});
    otherwise.mode = settings.find_as<std::string>("mode").value_or(otherwise.mode);
    if (const auto bits = settings.find_integer("bits", 2, 8)) {
        otherwise.bits = static_cast<unsigned>(*bits);
    }
    if (const auto size = settings.find_integer("group_size", 1, 1U << 20)) {
        otherwise.group_size = *size;
    }
    return otherwise;
}

void put_affine(const std::string& name, const MlxSettings& settings, const CodedTensor& codes,
                Composer& composer) {
    formats::LinearModule module;
    module.coding = "MLX";
    module.bits = settings.bits;
    module.codes = codes;
    module.scales = composer.take(name + ".scales");
    module.biases = composer.take(name + ".biases");
    module.rows = codes.shape[0];
    module.columns = codes.shape[1] * 32 / settings.bits;
    module.group_size = settings.group_size;
    composer.put(formats::linear_tensor(name + ".weight", module));
}

// Floats of 4 or 8 bits in words, with scales whose dtype is U8 whatever they are.
void put_floats(const std::string& name, const MlxSettings& settings, CodedTensor codes,
                Composer& composer) {
    CodedTensor scales = composer.take(name + ".scales");
    if (scales.dtype != "U8") refuse_tensor(scales, "scales of U8");
    const std::string weight = name + ".weight";
    if (settings.mode == "mxfp8") {
        codes.dtype = "F8_E4M3";
        codes.shape[1] *= 4;
        composer.put(formats::scaled_floats(codes, scales,
                                            {.rows = 1, .columns = 32, .bytes_are_e8m0 = true}));
        return;
    }
    const bool is_nvfp4 = settings.mode == "nvfp4";
    if (is_nvfp4) scales.dtype = "F8_E4M3";
    composer.put(formats::fp4_tensor(
        weight, is_nvfp4 ? formats::Fp4Kind::nvfp4 : formats::Fp4Kind::mxfp4, codes, scales, 1.0F));
}

}  // namespace

void read_mlx(QuantizationSettings& settings, Composer& composer) {
    const MlxSettings common = read_mlx_settings(settings, {});
    settings.expect("quant_method", {nullptr});
    settings.no_effect("linear_class", "a class of mlx-lm");
    for (const std::string& name : composer.modules_with(".scales")) {
        MlxSettings own = common;
        if (const nlohmann::json* found = settings.find(name);
            found != nullptr && found->is_object()) {
            QuantizationSettings part(*found, settings.where() + ": " + name);
            own = read_mlx_settings(part, common);
            part.done();
        }
        const CodedTensor codes = composer.take(name + ".weight");
        if (codes.dtype != "U32" || codes.shape.size() != 2) {
            refuse_tensor(codes, "U32 words of a matrix");
        }
        if (own.mode == "affine") {
            put_affine(name, own, codes, composer);
        } else {
            put_floats(name, own, codes, composer);
        }
    }
    // Modules with settings of their own, or false for those that are not coded.
    for (const std::string& key : settings.unread()) {
        if (composer.set().contains(key + ".weight")) {
            settings.no_effect(key.c_str(), "the tensors show whether it is coded");
        }
    }
}

}  // namespace quire::models
