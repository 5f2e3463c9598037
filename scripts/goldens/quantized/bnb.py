#!/usr/bin/env python3
"""Makes tests/golden/quantized/bnb-*: NF4 with and without nested magnitudes, FP4, and LLM.int8().

Coded and decoded by bitsandbytes on the CPU, whose kernel is only right for rows of whole blocks of
64; nested magnitudes by the definition in its Python code, because its compiled code may round them
in another order. Made with bitsandbytes 0.50.2, torch 2.15.0."""
import bitsandbytes.functional as bnb
import torch
from golden import LLAMA, weight, write

MODULES = {"model.layers.0.self_attn.q_proj": (48, 64), "model.layers.0.mlp.down_proj": (20, 128)}
MADE = "scripts/goldens/quantized/bnb.py: bitsandbytes 0.50.2, torch 2.15.0"


def four_bits(name, kind, nested):
    config = LLAMA | {"quantization_config": {
        "quant_method": "bitsandbytes", "_load_in_4bit": True, "_load_in_8bit": False,
        "load_in_4bit": True, "load_in_8bit": False, "bnb_4bit_compute_dtype": "bfloat16",
        "bnb_4bit_quant_storage": "uint8", "bnb_4bit_quant_type": kind,
        "bnb_4bit_use_double_quant": nested, "llm_int8_enable_fp32_cpu_offload": False,
        "llm_int8_has_fp16_weight": False, "llm_int8_skip_modules": None,
        "llm_int8_threshold": 6.0}}
    tensors, expected, types = {}, {}, {}
    for module, shape in MODULES.items():
        codes, state = bnb.quantize_4bit(weight(shape), blocksize=64, compress_statistics=nested,
                                         quant_type=kind)
        key = f"{module}.weight"
        tensors[key] = codes
        tensors |= {f"{key}.{part}": value for part, value in state.as_dict(packed=True).items()}
        absmax = state.absmax
        if nested:
            inner = state.state2
            blocks = torch.arange(absmax.numel()) // inner.blocksize
            absmax = inner.code[absmax.int()] * inner.absmax[blocks] + state.offset
        flat = codes.flatten()
        numbers = torch.stack([flat >> 4, flat & 15], 1).flatten().int()
        blocks = torch.arange(numbers.numel()) // state.blocksize
        expected[key] = (state.code[numbers] * absmax[blocks]).reshape(shape)
        decoded = bnb.dequantize_4bit(codes, state)
        assert torch.allclose(decoded, expected[key], rtol=1e-5, atol=1e-7)
        assert nested or torch.equal(decoded, expected[key])
        types[key] = ("f32", kind.upper())
    write(name, config, tensors, expected, types, MADE)


def int8():
    config = LLAMA | {"quantization_config": {
        "quant_method": "bitsandbytes", "load_in_8bit": True, "llm_int8_threshold": 6.0,
        "llm_int8_has_fp16_weight": False, "llm_int8_skip_modules": ["lm_head"]}}
    tensors, expected, types = {}, {}, {}
    for module, shape in MODULES.items():
        codes, magnitudes, _ = bnb.int8_vectorwise_quant(weight(shape).half())
        tensors |= {f"{module}.weight": codes, f"{module}.SCB": magnitudes,
                    f"{module}.weight_format": torch.tensor(0, dtype=torch.uint8)}
        expected[f"{module}.weight"] = bnb.int8_vectorwise_dequant(codes, magnitudes)
        types[f"{module}.weight"] = ("f32", "LLM.int8()")
    write("bnb-int8", config, tensors, expected, types, MADE)


torch.manual_seed(31)
four_bits("bnb-nf4", "nf4", False)
four_bits("bnb-nf4-nested", "nf4", True)
four_bits("bnb-fp4", "fp4", False)
int8()
