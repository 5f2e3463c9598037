#!/usr/bin/env python3
"""Writes tests/golden/checkpoint/kquants.gguf and the values its tensors stand for.

Every byte of a block at random, so that every code and factor occurs; scales include zeros,
subnormals and negative numbers. The values come from gguf.dequantize of what gguf.GGUFReader finds
in the file. Made with gguf 0.19.0 and numpy 2.4.6:  python3 scripts/goldens/make_kquant_goldens.py
tests/golden/checkpoint"""
import sys

import gguf
import numpy as np
from checkpoint_values import line
from gguf import GGMLQuantizationType as Type

# Where the f16 scales lie in a block of each type.
SCALES = {
    Type.Q2_K: [80, 82], Type.Q3_K: [108], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208],
    Type.IQ4_NL: [0], Type.IQ4_XS: [0]
}


def random_blocks(rng, qtype, columns):
    block, size = gguf.GGML_QUANT_SIZES[qtype]
    data = rng.integers(0, 256, (3, columns // block, size), dtype=np.uint8)
    for offset in SCALES[qtype]:
        scales = rng.normal(0, 0.01, (3, columns // block)).astype(np.float16)
        scales[0, 0] = np.array(0x0003, dtype=np.uint16).view(np.float16)
        scales[1, 0] = 0
        data[:, :, offset:offset + 2] = scales.view(np.uint8).reshape(3, columns // block, 2)
    return data.reshape(3, -1)


def main(folder):
    rng = np.random.default_rng(20261125)
    path = f"{folder}/kquants.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    for qtype in SCALES:
        columns = 96 if qtype == Type.IQ4_NL else 512
        writer.add_tensor(f"blocks.{qtype.name.lower()}", random_blocks(rng, qtype, columns),
                          raw_dtype=qtype)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    with open(f"{folder}/kquants.gguf.values.txt", "w") as out:
        for tensor in gguf.GGUFReader(path).tensors:
            shape = [int(n) for n in reversed(tensor.shape)]
            values = gguf.dequantize(tensor.data, tensor.tensor_type)
            out.write(line(tensor.name, tensor.tensor_type.name, shape, values))


main(sys.argv[1])
