// The readers of the methods, one each; all take the settings of quantization_config and compose the
// tensors of their modules. Error{model} naming a key or tensor.
#pragma once

#include "models/source/quantized/composer.h"

namespace quire::models {

using ReadMethod = void (*)(QuantizationSettings& settings, Composer& composer);

void read_awq(QuantizationSettings& settings, Composer& composer);
void read_bitsandbytes(QuantizationSettings& settings, Composer& composer);
void read_compressed_tensors(QuantizationSettings& settings, Composer& composer);
void read_fp8(QuantizationSettings& settings, Composer& composer);
void read_gptq(QuantizationSettings& settings, Composer& composer);
void read_mlx(QuantizationSettings& settings, Composer& composer);
void read_modelopt(QuantizationSettings& settings, Composer& composer);
void read_mxfp4(QuantizationSettings& settings, Composer& composer);

}  // namespace quire::models
