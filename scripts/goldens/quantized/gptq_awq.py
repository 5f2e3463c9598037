#!/usr/bin/env python3
"""Makes tests/golden/quantized/gptq-* and awq-*.

  gptq_awq.py GPTQMODEL AUTOAWQ     the unpacked sources of gptqmodel 7.7.0 and autoawq 0.2.9

GPTQ's words are packed and unpacked, and its zero points corrected, by functions of gptqmodel's
utils/model_dequant.py; AWQ's are decoded by autoawq's awq/utils/packing_utils.py (their packing is
part of a class that needs a GPU: it is repeated here). Made with torch 2.15.0,
transformers 5.24.0."""
import json
import sys

import torch
from from_source import functions
from golden import LLAMA, MODULES, linears, plain, weight, write
from transformers import AwqConfig

GPTQ = functions(
    f"{sys.argv[1]}/gptqmodel/utils/model_dequant.py", {
        "unpack_cols", "pack_cols", "unpack_rows", "_unpack_cols_3bit", "_unpack_rows_3bit",
        "_pack_cols_3bit", "_require_int32_words_for_3bit", "_shift_gptq_qzeros",
        "_correct_gptq_v1_qzeros", "_revert_gptq_v1_qzeros_correction"
    }, {"torch": torch, "PLANAR_BITS": (5, 6, 7)})
AWQ = functions(f"{sys.argv[2]}/awq/utils/packing_utils.py",
                {"unpack_awq", "reverse_awq_order", "dequantize_gemm"},
                {"torch": torch, "AWQ_REVERSE_ORDER": [0, 4, 1, 5, 2, 6, 3, 7]})
ORDER = [0, 2, 4, 6, 1, 3, 5, 7]
MADE = "scripts/goldens/quantized/gptq_awq.py: gptqmodel 7.7.0, autoawq 0.2.9, torch 2.15.0"


def codes_of(value, bits, group, symmetric):
    """Codes (rows, columns), and scales and zero points (rows, groups)."""
    most = 2**bits - 1
    parts = value.reshape(value.shape[0], -1, group)
    low, high = parts.amin(2).clamp(max=0), parts.amax(2).clamp(min=0)
    if symmetric:
        scale = (2 * torch.maximum(-low, high) / most).half().float()
        zero = torch.full_like(scale, 2**(bits - 1))
    else:
        scale = ((high - low) / most).half().float()
        zero = torch.round(-low / scale).clamp(0, most)
    codes = torch.round(parts / scale[..., None] + zero[..., None]).clamp(0, most)
    return codes.reshape(value.shape).int(), scale.half(), zero.int()


def gptq(name, kept, *, bits=4, group=32, symmetric=True, v2=False, order=None, modules=None,
         others=None, **more):
    config = LLAMA | {"quantization_config": {
        "quant_method": "gptq", "bits": bits, "group_size": group if group != 64 else -1,
        "desc_act": order is not None, "sym": symmetric, "true_sequential": True,
        "checkpoint_format": "gptq_v2" if v2 else "gptq", "meta": {"quantizer": ["gptqmodel"]},
        "pack_dtype": "int32", **more}}
    tensors, expected, types = dict(others or {}), {}, {}
    for module, shape in (modules or {next(iter(MODULES)): (48, 64)}).items():
        value = weight(shape)
        groups = torch.arange(shape[1], dtype=torch.int32) // group
        if order == "scattered":
            groups = groups[torch.randperm(shape[1])]
        sorted_columns = torch.argsort(groups, stable=True)
        codes, scale, zero = codes_of(value[:, sorted_columns], bits, group, symmetric)
        codes = codes[:, torch.argsort(sorted_columns)]
        scale, zero = scale.T.contiguous(), zero.T.contiguous()
        zeros = GPTQ["pack_cols"](zero, bits, pack_dtype=torch.int32)
        if not v2:
            zeros = GPTQ["_revert_gptq_v1_qzeros_correction"](zeros, bits)
        tensors |= {f"{module}.qweight": GPTQ["pack_cols"](codes, bits, pack_dtype=torch.int32).T,
                    f"{module}.qzeros": zeros, f"{module}.scales": scale,
                    f"{module}.g_idx": groups}
        if order is None and v2:
            del tensors[f"{module}.g_idx"]
        # As convert_gptq_file() of model_dequant.py, to f32.
        if not v2:
            zeros = GPTQ["_correct_gptq_v1_qzeros"](zeros, bits)
        index = groups.long()
        numbers = GPTQ["unpack_rows"](tensors[f"{module}.qweight"].contiguous(), bits).float()
        points = GPTQ["unpack_cols"](zeros, bits).float()
        decoded = (numbers - points[index]) * scale.float()[index]
        expected[f"{module}.weight"] = decoded.t()
        types[f"{module}.weight"] = (kept, f"GPTQ {bits}-bit")
    write(name, config, tensors, expected, types, MADE)


def awq():
    settings = AwqConfig(bits=4, group_size=32, zero_point=True).to_dict()
    config = LLAMA | {"quantization_config": json.loads(json.dumps(settings))}
    tensors, expected, types = {}, {}, {}
    for module, shape in MODULES.items():
        codes, scale, zero = codes_of(weight(shape), 4, 32, False)

        def pack(numbers):
            words = torch.zeros(numbers.shape[0], numbers.shape[1] // 8, dtype=torch.int32)
            for i in range(8):
                words |= numbers[:, ORDER[i]::8] << (4 * i)
            return words

        tensors |= {f"{module}.qweight": pack(codes.T), f"{module}.qzeros": pack(zero.T),
                    f"{module}.scales": scale.T.contiguous()}
        expected[f"{module}.weight"] = AWQ["dequantize_gemm"](
            tensors[f"{module}.qweight"], tensors[f"{module}.qzeros"], scale.T.float(), 4, 32).t()
        types[f"{module}.weight"] = ("q5", "AWQ 4-bit")
    write("awq", config, tensors, expected, types, MADE)


torch.manual_seed(11)
whole = {name: shape for name, shape in linears().items() if "down" not in name}
others = plain() | {"model.layers.0.mlp.down_proj.weight": weight((32, 48)).half()}
gptq("gptq", "q4", modules=whole, others=others)
gptq("gptq-asymmetric", "q5", symmetric=False)
gptq("gptq-v2", "q5", symmetric=False, v2=True, group=64)
gptq("gptq-act-order", "f32", order="scattered")
gptq("gptq-8-bit", "q8", bits=8, order="ascending")
gptq("gptq-3-bit", "q3", bits=3, modules={"model.layers.0.mlp.up_proj": (32, 64)})
gptq("gptq-2-bit", "q3", bits=2)
gptq("gptq-mixed", "q8", bits=8, dynamic={"+:.*q_proj": {"bits": 8}})
awq()
