// MXFP4 of gpt-oss: experts as one tensor of blocks and one of scales. The composed tensor has their
// name and shape (experts, rows of outputs, inputs): transformers' parameter of that name is transposed.
// source: transformers, integrations/mxfp4.py, convert_moe_packed_tensors().

#include "formats/quantized/fp4.h"
#include "lib/base/json/json.h"
#include "models/source/quantized/methods.h"

namespace quire::models {

void read_mxfp4(QuantizationSettings& settings, Composer& composer) {
    settings.no_effect("modules_to_not_convert", kSeenFromTensors);
    settings.no_effect("dequantize", "whether transformers decodes when it loads");
    for (const std::string& name : composer.modules_with("_blocks")) {
        const formats::CodedTensor scales = composer.take(name + "_scales");
        composer.put(formats::fp4_tensor(name, formats::Fp4Kind::mxfp4,
                                         composer.take(name + "_blocks"), scales, 1.0F));
    }
}

}  // namespace quire::models
