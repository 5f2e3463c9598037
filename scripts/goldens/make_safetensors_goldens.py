#!/usr/bin/env python3
"""Writes tests/golden/checkpoint/single.safetensors, the folder sharded/, and the values of both.

The file comes from safetensors.torch.save_file, the folder from
huggingface_hub.save_torch_state_dict, and the values from what safetensors.safe_open reads back.
Made with safetensors 0.8.0, huggingface_hub 2.4.0 and torch 2.15.0:  python3
scripts/goldens/make_safetensors_goldens.py tests/golden/checkpoint"""
import os
import sys

import torch
from checkpoint_values import line
from huggingface_hub import save_torch_state_dict
from safetensors import safe_open
from safetensors.torch import save_file

NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


def write_values(path, files):
    with open(path, "w") as out:
        for file in files:
            with safe_open(file, framework="pt") as tensors:
                for name in tensors.keys():
                    value = tensors.get_tensor(name)
                    if value.dtype in NAMES:
                        dtype = NAMES[value.dtype]
                        out.write(line(name, dtype, value.shape, value.float().numpy()))


def main(folder):
    torch.manual_seed(20260101)
    single = f"{folder}/single.safetensors"
    save_file(
        {
            "weights.f32": torch.randn(2, 3),
            "weights.f16": torch.randn(3, 5).half(),
            "weights.bf16": torch.randn(2, 2, 2).bfloat16(),
            "scalar": torch.tensor(0.1),
            "empty": torch.zeros(0, 4),
            "ids.i64": torch.arange(3),
            "mask.bool": torch.tensor([True, False, True]),
            "small.f8": torch.randn(4).to(torch.float8_e4m3fn),
        },
        single,
        metadata={"format": "pt", "note": "Grüße"},
    )
    write_values(f"{single}.values.txt", [single])

    sharded = f"{folder}/sharded"
    os.makedirs(sharded, exist_ok=True)
    state = {f"layers.{i}.weight": torch.randn(4, 8) for i in range(5)}
    state["position_ids"] = torch.arange(4)
    save_torch_state_dict(state, sharded, max_shard_size=300)
    shards = sorted(f"{sharded}/{f}" for f in os.listdir(sharded) if f.endswith(".safetensors"))
    write_values(f"{folder}/sharded.values.txt", shards)


main(sys.argv[1])
