#!/usr/bin/env python3
"""Writes tests/golden/checkpoint/split-0000N-of-00003.gguf, a GGUF in three parts, and its values.

Made by gguf's writer (gguf 0.19.0), as convert_hf_to_gguf.py --split-max-tensors does it:
python3 scripts/goldens/checkpoints/make_split_gguf_goldens.py tests/golden/checkpoint"""
import pathlib
import sys

import gguf
import numpy as np

sys.path.append(str(pathlib.Path(__file__).parents[1]))
from checkpoint_values import line  # noqa: E402

folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(20260103)
writer = gguf.GGUFWriter(folder / "split.gguf", "llama", split_max_tensors=2)
writer.add_block_count(1)
for i in range(5):
    values = random.standard_normal((2, 32), dtype=np.float32)
    if i % 2 == 0:
        writer.add_tensor(f"t{i}", values)
    else:
        kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(f"t{i}", gguf.quantize(values, kind), raw_dtype=kind)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
with open(folder / "split.gguf.values.txt", "w") as out:
    for part in sorted(folder.glob("split-*.gguf")):
        for tensor in gguf.GGUFReader(part).tensors:
            shape = [int(n) for n in reversed(tensor.shape)]
            values = gguf.dequantize(tensor.data, tensor.tensor_type)
            out.write(line(tensor.name, tensor.tensor_type.name, shape, values))
