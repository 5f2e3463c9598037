#!/usr/bin/env python3
"""Writes tests/golden/checkpoint/pytorch.bin, pytorch_legacy.bin, the folder pytorch_sharded/, and
their values; and llama-bidirectional.bin, the tensors of that family's golden.

torch.save writes them: a state dict with its _metadata, parameters, a transpose, parts and views of
one storage, and tensors that are no weights. The second file has the form from before PyTorch 1.6.
The values are what torch.load(weights_only=True) reads back. Made with torch 2.15.0:
python3 scripts/goldens/checkpoints/make_pytorch_goldens.py tests/golden/checkpoint"""
import json
import os
import pathlib
import sys
from collections import OrderedDict

import torch
from safetensors.torch import load_file

sys.path.append(str(pathlib.Path(__file__).parents[1]))
from checkpoint_values import line  # noqa: E402

NAMES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


def write_values(path, files):
    with open(path, "w") as out:
        for file in files:
            for name, value in torch.load(file, weights_only=True).items():
                if value.dtype in NAMES:
                    values = value.detach().float().numpy()
                    out.write(line(name, NAMES[value.dtype], value.shape, values))


def state_dict():
    torch.manual_seed(20260102)
    merged = torch.randn(6, 4)
    state = torch.nn.Linear(3, 2).state_dict(prefix="linear.")
    state["weights.f16"] = torch.randn(3, 5).half()
    state["weights.bf16"] = torch.randn(2, 2, 2).bfloat16()
    state["parameter"] = torch.nn.Parameter(torch.randn(2, 3))
    state["merged.first"] = merged[:2]
    state["merged.rest"] = merged[2:]
    state["tied"] = merged[:2]
    state["transposed"] = torch.randn(5, 3).t()
    state["transposed.f16"] = torch.randn(2, 3, 4).half().permute(2, 0, 1)
    state["columns"] = merged[:, 1:3]
    state["scalar"] = torch.tensor(0.1)
    state["empty"] = torch.zeros(0, 4)
    state["ids.i64"] = torch.arange(3)
    state["mask.bool"] = torch.tensor([True, False, True])
    state["double"] = torch.randn(2).double()
    state["position_ids"] = torch.arange(4).expand((1, -1))
    return state


def main(folder):
    state = state_dict()
    torch.save(state, f"{folder}/pytorch.bin")
    torch.save(state, f"{folder}/pytorch_legacy.bin", _use_new_zipfile_serialization=False)
    state["small.f8"] = torch.randn(4).to(torch.float8_e4m3fn)
    write_values(f"{folder}/pytorch.bin.values.txt", [f"{folder}/pytorch.bin"])
    write_values(f"{folder}/pytorch_legacy.bin.values.txt", [f"{folder}/pytorch_legacy.bin"])
    torch.save({"small.f8": state["small.f8"]}, f"{folder}/pytorch_f8.bin")

    sharded = f"{folder}/pytorch_sharded"
    os.makedirs(sharded, exist_ok=True)
    shards = {f"pytorch_model-0000{i}-of-00002.bin": OrderedDict(
        (f"layers.{2 * i + j}.weight", torch.randn(2, 3)) for j in range(2)) for i in (1, 2)}
    for name, tensors in shards.items():
        torch.save(tensors, f"{sharded}/{name}")
    index = {"metadata": {"total_size": 96},
             "weight_map": {name: file for file, tensors in shards.items() for name in tensors}}
    with open(f"{sharded}/pytorch_model.bin.index.json", "w") as out:
        json.dump(index, out, indent=2)
    write_values(f"{folder}/pytorch_sharded.values.txt", [f"{sharded}/{name}" for name in shards])

    family = pathlib.Path(folder).parent / "families/llama-bidirectional/model.safetensors"
    torch.save(load_file(family), f"{folder}/llama-bidirectional.bin")


main(sys.argv[1])
