#!/usr/bin/env python3
"""Gives a GGUF file the layout of llama.cpp's converter before April 2024: one tensor for each
expert (blk.N.ffn_gate.E.weight) instead of one for all experts of a layer.

  pip install gguf
  split_experts.py INPUT OUTPUT"""
import sys

import gguf

STACKED = ("ffn_gate_exps", "ffn_up_exps", "ffn_down_exps")


def parts(tensor):
    """The name and the data of each tensor that replaces this one."""
    block, _, rest = tensor.name.rpartition(".")[0].rpartition(".")
    if rest not in STACKED:
        return [(tensor.name, tensor.data)]
    name = rest.removesuffix("_exps")
    return [(f"{block}.{name}.{expert}.weight", data) for expert, data in enumerate(tensor.data)]


def split_experts(source, output):
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(None, architecture)
    for key, field in reader.fields.items():
        if key == "general.architecture" or key.startswith("GGUF."):
            continue
        writer.add_key_value(key, field.contents(), field.types[0],
                             field.types[-1] if len(field.types) > 1 else None)
    for tensor in reader.tensors:
        for name, data in parts(tensor):
            writer.add_tensor(name, data.copy(), raw_dtype=tensor.tensor_type)
    writer.write_header_to_file(output)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    split_experts(*sys.argv[1:])
