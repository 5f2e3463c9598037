#!/usr/bin/env python3
"""Makes tests/golden/quantized/mxfp4 and modelopt-*.

mxfp4: experts as gpt-oss has them, decoded by transformers' convert_moe_packed_tensors, which gives
the transpose. modelopt: NVFP4 and FP8 in the layout of its exporter (weight_scale_2 multiplies);
coded by compressed-tensors' packing, decoded by the definition. Made with transformers 5.24.0,
compressed-tensors 0.20.1, torch 2.15.0."""
import json

import torch
from compressed_tensors.compressors.nvfp4.helpers import pack_fp4_to_uint8, unpack_fp4_from_uint8
from golden import LLAMA, MODULES, ROOT, weight, write
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

MADE = ("scripts/goldens/quantized/fp4.py: transformers 5.24.0, compressed-tensors 0.20.1, "
        "torch 2.15.0")
VALUES = torch.tensor([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])


def nearest(value):
    index = (value.abs()[..., None] - VALUES).abs().argmin(-1)
    return VALUES[index] * torch.where(value < 0, -1.0, 1.0)


def mxfp4():
    name = "model.layers.0.mlp.experts.gate_up_proj"
    blocks = torch.randint(0, 256, (3, 8, 2, 16), dtype=torch.uint8)
    scales = torch.randint(118, 126, (3, 8, 2), dtype=torch.uint8)
    expected = convert_moe_packed_tensors(blocks, scales, dtype=torch.float32).transpose(1, 2)
    config = LLAMA | {"quantization_config": {
        "quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn", "lm_head"]}}
    write("mxfp4", config, {f"{name}_blocks": blocks, f"{name}_scales": scales}, {name: expected},
          {name: ("mxfp4", "MXFP4")}, MADE)


def nvfp4(module, shape, matrix_scale):
    value = weight(shape)
    parts = value.reshape(shape[0], -1, 16)
    scale = (parts.abs().amax(2) / 6 / matrix_scale).to(torch.float8_e4m3fn)
    codes = nearest(parts / (scale.float() * matrix_scale)[..., None]).reshape(shape)
    packed = pack_fp4_to_uint8(codes)
    decoded = unpack_fp4_from_uint8(packed, *shape).float().reshape(parts.shape)
    # Scale and code have few bits: only the last product is rounded.
    decoded = (decoded * scale.float()[..., None]) * matrix_scale
    tensors = {f"{module}.weight": packed, f"{module}.weight_scale": scale,
               f"{module}.weight_scale_2": matrix_scale, f"{module}.input_scale": torch.tensor(0.5)}
    return tensors, decoded.reshape(shape)


def fp8(module, shape):
    value = weight(shape)
    scale = value.abs().max() / 448
    coded = (value / scale).to(torch.float8_e4m3fn)
    tensors = {f"{module}.weight": coded, f"{module}.weight_scale": scale,
               f"{module}.input_scale": torch.tensor(0.5), f"{module}.k_scale": torch.tensor(1.0)}
    return tensors, coded.float() * scale


def modelopt(name, in_file):
    first, second = MODULES
    settings = {"quant_algo": "MIXED_PRECISION", "kv_cache_quant_algo": "FP8",
                "exclude_modules": ["lm_head"],
                "quantized_layers": {first: {"quant_algo": "NVFP4", "group_size": 16},
                                     second: {"quant_algo": "FP8"}}}
    producer = {"name": "modelopt", "version": "0.47.0"}
    config = dict(LLAMA)
    if not in_file:
        config["quantization_config"] = settings | {"quant_method": "modelopt",
                                                    "producer": producer}
    one, decoded = nvfp4(first, MODULES[first], torch.tensor(0.0123))
    other, floats = fp8(second, MODULES[second])
    write(name, config, one | other,
          {f"{first}.weight": decoded, f"{second}.weight": floats},
          {f"{first}.weight": ("nvfp4", "NVFP4"), f"{second}.weight": ("f32", "FP8")}, MADE)
    if in_file:
        text = json.dumps({"producer": producer, "quantization": settings}, indent=1)
        (ROOT / name / "hf_quant_config.json").write_text(text + "\n")


torch.manual_seed(41)
mxfp4()
modelopt("modelopt-mixed", False)
modelopt("modelopt-file", True)
