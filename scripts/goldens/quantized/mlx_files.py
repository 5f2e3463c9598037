#!/usr/bin/env python3
"""Makes tests/golden/quantized/mlx-*: coded, decoded and saved by mlx.

Decoding gets scales and biases as f32, so that nothing is rounded to 16 bits. Made with mlx 0.32.4
(mlx-cpu), torch 2.15.0."""
import mlx.core as mx
import numpy as np
import torch
from golden import LLAMA, MODULES, ROOT, write

MADE = "scripts/goldens/quantized/mlx_files.py: mlx 0.32.4"
KEPT = {2: "q2m_16", 3: "q3m", 4: "q4m", 5: "q5m", 6: "q6m", 8: "q8m"}


def folder(name, settings, dtype, modules):
    """modules: bits, group size and kept type of each."""
    mlx, expected, types = {"model.norm.weight": mx.ones(4)}, {}, {}
    for module, (bits, group, kept) in modules.items():
        shape = MODULES[module]
        value = np.random.default_rng(bits).standard_normal(shape, np.float32) / shape[1]**0.5
        codes, scales, biases = mx.quantize(mx.array(value).astype(dtype), group_size=group,
                                            bits=bits)
        decoded = mx.dequantize(codes, scales.astype(mx.float32), biases.astype(mx.float32),
                                group_size=group, bits=bits)
        mlx |= {f"{module}.weight": codes, f"{module}.scales": scales, f"{module}.biases": biases}
        expected[f"{module}.weight"] = torch.from_numpy(np.array(decoded))
        types[f"{module}.weight"] = (kept, f"MLX {bits}-bit")
    config = LLAMA | {"quantization": settings, "quantization_config": settings}
    write(name, config, {"x": torch.zeros(1)}, expected, types, MADE)
    mx.save_safetensors(str(ROOT / name / "model.safetensors"), mlx, metadata={"format": "mlx"})


first, second = MODULES
folder("mlx-4-bit", {"group_size": 32, "bits": 4, "mode": "affine"}, mx.bfloat16,
       {first: (4, 32, KEPT[4]), second: (4, 32, KEPT[4])})
folder("mlx-mixed", {"group_size": 64, "bits": 8, first: {"group_size": 64, "bits": 6},
                     second: {"group_size": 32, "bits": 3}, "model.norm": False}, mx.float16,
       {first: (6, 64, KEPT[6]), second: (3, 32, KEPT[3])})
folder("mlx-8-bit", {"group_size": 32, "bits": 8}, mx.float16,
       {first: (8, 32, KEPT[8]), second: (8, 32, KEPT[8])})
folder("mlx-2-and-5-bit", {"group_size": 32, "bits": 2, second: {"bits": 5, "group_size": 32}},
       mx.bfloat16, {first: (2, 32, KEPT[2]), second: (5, 32, KEPT[5])})
folder("mlx-f32", {"group_size": 64, "bits": 4}, mx.float32, {first: (4, 64, "f32")})


def floats():
    """The modes whose codes are small floats."""
    mlx, expected, types, settings = {}, {}, {}, {"group_size": 32, "bits": 4, "mode": "mxfp4"}
    for mode, bits, group, kept, coding in (("mxfp4", 4, 32, "mxfp4", "MXFP4"),
                                            ("nvfp4", 4, 16, "nvfp4", "NVFP4"),
                                            ("mxfp8", 8, 32, "bf16", "FP8")):
        module = f"model.layers.0.mlp.{mode}"
        value = np.random.default_rng(bits + group).standard_normal((24, 64), np.float32) / 8
        codes, scales = mx.quantize(mx.array(value), mode=mode)
        decoded = mx.dequantize(codes, scales, mode=mode, dtype=mx.float32)
        mlx |= {f"{module}.weight": codes, f"{module}.scales": scales}
        expected[f"{module}.weight"] = torch.from_numpy(np.array(decoded))
        types[f"{module}.weight"] = (kept, coding)
        settings[module] = {"group_size": group, "bits": bits, "mode": mode}
    write("mlx-floats", LLAMA | {"quantization": settings}, {"x": torch.zeros(1)}, expected, types,
          MADE)
    mx.save_safetensors(str(ROOT / "mlx-floats" / "model.safetensors"), mlx)


floats()
