#!/usr/bin/env python3
"""Makes tests/golden/quantized/fp8-*: FP8 with scales of blocks (f32 and E8M0), matrices and rows.

Blocks are coded and decoded by transformers' Fp8Quantize and Fp8Dequantize, the others by torch's
casts and products as vLLM and fbgemm define them. Made with transformers 5.24.0, torch 2.15.0."""
from types import SimpleNamespace

import torch
from golden import LLAMA, MODULES, linears, plain, weight, write
from transformers.integrations.finegrained_fp8 import Fp8Dequantize, Fp8Quantize

MAX = torch.finfo(torch.float8_e4m3fn).max
MADE = "scripts/goldens/quantized/fp8.py: transformers 5.24.0, torch 2.15.0"


def blocks(name, scale_fmt, kept, modules, tensors):
    size = (8, 16)
    settings = SimpleNamespace(weight_block_size=size, scale_fmt=scale_fmt)
    coder = Fp8Quantize(SimpleNamespace(quantization_config=settings))
    config = LLAMA | {"quantization_config": {
        "quant_method": "fp8", "activation_scheme": "dynamic", "fmt": "e4m3",
        "weight_block_size": list(size), "scale_fmt": scale_fmt,
        "modules_to_not_convert": ["lm_head", "model.layers.0.self_attn.v_proj"]}}
    expected, types = {}, {}
    for module, shape in modules.items():
        key = module + ".weight"
        if module.endswith("v_proj"):
            tensors[key] = weight(shape).bfloat16()
            continue
        coded = coder.convert({key: weight(shape)})
        tensors |= coded
        expected[key] = Fp8Dequantize(None)._dequantize_one(coded[key],
                                                             coded[module + ".weight_scale_inv"],
                                                             torch.float32)
        types[key] = (kept, "FP8")
    write(name, config, tensors, expected, types, MADE)


def cut_blocks():
    """Rows and columns that are no whole number of blocks, as DeepSeek's kv_a_proj: the values are
    those of the definition."""
    torch.manual_seed(2)
    size = (40, 24)
    config = LLAMA | {"quantization_config": {
        "quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": list(size),
        "ignored_layers": None}}
    tensors, expected, types = {}, {}, {}
    for module, shape in MODULES.items():
        value = weight(shape)
        rows = torch.arange(shape[0]) // size[0]
        columns = torch.arange(shape[1]) // size[1]
        n = (int(rows[-1]) + 1, int(columns[-1]) + 1)
        scale = torch.rand(n) * 0.01 + 0.001
        spread = scale[rows][:, columns]
        coded = (value / spread).clamp(-MAX, MAX).to(torch.float8_e4m3fn)
        tensors[module + ".weight"] = coded
        tensors[module + ".weight_scale_inv"] = scale
        expected[module + ".weight"] = coded.float() * spread
        types[module + ".weight"] = ("f32", "FP8")
    write("fp8-cut-blocks", config, tensors, expected, types, MADE)


def matrices():
    """One scale for a matrix, with scales of activations, as vLLM's early static checkpoints."""
    torch.manual_seed(3)
    config = LLAMA | {"quantization_config": {
        "quant_method": "fp8", "activation_scheme": "static", "ignored_layers": ["lm_head"]}}
    tensors, expected, types = {}, {}, {}
    for module, shape in MODULES.items():
        value = weight(shape)
        scale = (value.abs().max() / MAX).reshape(() if "q_proj" in module else (1, ))
        coded = (value / scale).to(torch.float8_e4m3fn)
        tensors[module + ".weight"] = coded
        tensors[module + ".weight_scale"] = scale
        tensors[module + ".input_scale"] = torch.tensor([0.5])
        expected[module + ".weight"] = coded.float() * scale
        types[module + ".weight"] = ("f32", "FP8")
    write("fp8-matrices", config, tensors, expected, types, MADE)


def rows():
    """A scale for each row, as fbgemm_fp8 of Llama 3.1 405B."""
    torch.manual_seed(4)
    config = LLAMA | {"quantization_config": {
        "quant_method": "fbgemm_fp8", "activation_scale_ub": 1200.0,
        "modules_to_not_convert": ["lm_head"]}}
    tensors, expected, types = {}, {}, {}
    for module, shape in MODULES.items():
        value = weight(shape)
        scale = value.abs().amax(dim=1, keepdim=True) / MAX
        coded = (value / scale).to(torch.float8_e4m3fn)
        tensors[module + ".weight"] = coded
        tensors[module + ".weight_scale"] = scale
        expected[module + ".weight"] = coded.float() * scale
        types[module + ".weight"] = ("f32", "FP8")
    write("fp8-rows", config, tensors, expected, types, MADE)


torch.manual_seed(1)
blocks("fp8-blocks", "float", "f32", linears(), plain())
blocks("fp8-e8m0-blocks", "ue8m0", "bf16", MODULES, {})
cut_blocks()
matrices()
rows()
