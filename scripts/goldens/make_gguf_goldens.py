#!/usr/bin/env python3
"""Writes tests/golden/checkpoint/types.gguf and the values its tensors stand for.

The file comes from gguf.GGUFWriter, the values from gguf.dequantize of what gguf.GGUFReader finds
in it. Made with gguf 0.19.0 and numpy 2.4.6:  python3 scripts/goldens/make_gguf_goldens.py
tests/golden/checkpoint"""
import sys

import gguf
import numpy as np
from checkpoint_values import line
from gguf import GGMLQuantizationType as Type
from gguf import GGUFValueType as Value

COLUMNS = 64


def specials_f16(rng):
    bits = rng.integers(0, 1 << 16, COLUMNS, dtype=np.uint16)
    bits[(bits & 0x7C00) == 0x7C00] = 0x3C00
    bits[:8] = [0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x7BFF, 0x7C00,
                0xFC00]  # zeros .. infinities
    return bits.view(np.float16)


def random_blocks(rng, qtype):
    """Every code at random, under scales that include both zeros, subnormals and negative ones."""
    block, size = gguf.GGML_QUANT_SIZES[qtype]
    data = rng.integers(0, 256, (4, COLUMNS // block, size), dtype=np.uint8)
    scales = rng.normal(0, 0.1, (4, COLUMNS // block, 2)).astype(np.float16)
    scales[0, :, 0] = np.array([0x0001, 0x83FF], dtype=np.uint16).view(np.float16)
    scales[1, :, 0] = np.array([0x0000, 0x8000], dtype=np.uint16).view(np.float16)
    with_min = qtype in (Type.Q4_1, Type.Q5_1)
    n = 4 if with_min else 2
    data[:, :, :n] = scales.view(np.uint8).reshape(4, COLUMNS // block, 4)[:, :, :n]
    return data.reshape(4, -1)


def main(folder):
    rng = np.random.default_rng(20260101)
    path = f"{folder}/types.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_uint8("number.u8", 200)
    writer.add_int8("number.i8", -100)
    writer.add_uint16("number.u16", 60000)
    writer.add_int16("number.i16", -30000)
    writer.add_uint32("number.u32", 4000000000)
    writer.add_int32("number.i32", 7)
    writer.add_uint64("number.u64", 1 << 63)
    writer.add_int64("number.i64", -(1 << 62))
    writer.add_float32("number.f32", 0.1)
    writer.add_float64("number.f64", 0.1)
    writer.add_bool("yes", True)
    writer.add_bool("no", False)
    writer.add_string("text", "Grüße\n")
    writer.add_key_value("list.u16", [1, 65535], Value.ARRAY, sub_type=Value.UINT16)
    writer.add_key_value("list.i32", [3, -4, 5], Value.ARRAY, sub_type=Value.INT32)
    writer.add_key_value("list.u64", [1 << 40], Value.ARRAY, sub_type=Value.UINT64)
    writer.add_key_value("list.f32", [0.5, -0.25], Value.ARRAY, sub_type=Value.FLOAT32)
    writer.add_key_value("list.bool", [True, False, True], Value.ARRAY, sub_type=Value.BOOL)
    writer.add_array("list.string", ["<s>", "", "Ġthe", "日本"])

    for qtype in (Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0):
        weights = rng.normal(0, 0.02, (3, COLUMNS)).astype(np.float32)
        weights[1, :32] = 0
        name = qtype.name.lower()
        writer.add_tensor(f"weights.{name}", gguf.quantize(weights, qtype), raw_dtype=qtype)
        writer.add_tensor(f"blocks.{name}", random_blocks(rng, qtype), raw_dtype=qtype)
    weights = rng.normal(0, 0.02, (3, 5)).astype(np.float32)
    writer.add_tensor("weights.bf16", gguf.quantize(weights, Type.BF16), raw_dtype=Type.BF16)
    writer.add_tensor("weights.f16", weights.astype(np.float16))
    writer.add_tensor("values.f16", specials_f16(rng))
    writer.add_tensor("weights.rank3", rng.normal(0, 1, (2, 3, 4)).astype(np.float32))
    # Last and 32 bytes long, so that no padding follows it and every shorter file lacks data.
    writer.add_tensor("weights.f32", rng.normal(0, 1, (2, 4)).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    with open(f"{folder}/types.gguf.values.txt", "w") as out:
        for tensor in gguf.GGUFReader(path).tensors:
            shape = [int(n) for n in reversed(tensor.shape)]
            values = gguf.dequantize(tensor.data, tensor.tensor_type)
            out.write(line(tensor.name, tensor.tensor_type.name, shape, values))


main(sys.argv[1])
