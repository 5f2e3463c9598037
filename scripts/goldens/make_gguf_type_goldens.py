#!/usr/bin/env python3
"""Makes the goldens of GGUF's small block types, in groups, in tests/golden:

  checkpoint/GROUP.gguf              tensors of each type: random weights that llama.cpp quantized,
                                     and blocks whose bytes are all random
  checkpoint/GROUP.gguf.values.txt   their values
  gguf/types/GROUP.gguf              a small model whose matrices have the types of the group in
                                     turn
  gguf/types/GROUP.safetensors       logits that llama.cpp computes of the same values in f32, and
                                     the tokens
  gguf/types/goldens.json            of each model: the type of each matrix, XXH3 of its values, how
                                     many types grow when packed, and how far llama.cpp's logits
                                     are when it reads GROUP.gguf itself,
                                     for information: it rounds what it multiplies with blocks

Values are those of ggml's dequantization, and of the gguf package's where it knows the type.

  pip install gguf safetensors xxhash numpy     # and xllamacpp, see llama_cpp.py
  pip download --no-deps --no-binary llama-cpp-python llama-cpp-python==0.3.36     # unpack it
  # The gguf module in it is newer than the published one.
  export PYTHONPATH=llama_cpp_python-0.3.36/vendor/llama.cpp/gguf-py
  make_gguf_type_goldens.py [GROUP...]
"""
import json
import pathlib
import sys
import tempfile

import gguf
import llama_cpp
import numpy as np
import xxhash
from checkpoint_values import line
from gguf import GGMLQuantizationType as Type
from llama_cpp import block_sizes, dequantize, quantize
from safetensors.numpy import save_file

GOLDEN = pathlib.Path(__file__).parents[2] / "tests/golden"
MODELS = GOLDEN / "gguf/types"
SEED = 20261130
# All experts are used: the choice between two that are almost equal would be a matter of rounding.
N_EXPERTS, N_TOKENS, VOCABULARY = 2, 32, 320
POSITIONS = list(range(0, N_TOKENS, 5))

# The types of each group, and where the f16 scales of a block are.
GROUPS = {
    "fp4": {Type.MXFP4: [], Type.NVFP4: []},
    "ternary": {Type.Q1_0: [0], Type.Q2_0: [0], Type.TQ1_0: [52], Type.TQ2_0: [64]},
    "grids": {
        Type.IQ1_S: [0], Type.IQ1_M: [], Type.IQ2_XXS: [0], Type.IQ2_XS: [0], Type.IQ2_S: [0],
        Type.IQ3_XXS: [0], Type.IQ3_S: [0]
    },
}

# Our types of the same values, where the name is another.
STORED = {Type.TQ1_0: "tq2_0", Type.IQ2_S: "iq2_xs"}
# Types that are stored with more bits.
LARGER = {Type.TQ1_0, *GROUPS["grids"]}

# Our names of the matrices of a layer.
NAMES = {
    "attn_q": "q", "attn_k": "k", "attn_v": "v", "attn_output": "o", "ffn_gate_exps": "gate",
    "ffn_up_exps": "up", "ffn_down_exps": "down"
}


def random_blocks(rng, qtype, scales):
    block, size = block_sizes(qtype)
    n = max(2, 192 // block)
    data = rng.integers(0, 256, (3, n, size), dtype=np.uint8)
    for offset in scales:
        values = rng.normal(0, 0.01, (3, n)).astype(np.float16)
        values[0, 0] = np.array(0x0003, dtype=np.uint16).view(np.float16)
        values[1, 0] = 0
        data[:, :, offset:offset + 2] = values.view(np.uint8).reshape(3, n, 2)
    if qtype == Type.MXFP4:
        # 254 and 255 overflow, or are no numbers.
        data[:, :, 0] = np.clip(data[:, :, 0], 100, 150)
        data[0, :, 0] = np.resize([0, 1, 2, 3, 248, 127], n)
    if qtype == Type.IQ1_M:
        data[:, :, 55] &= 0xBF  # the f16 scale is in parts; without this bit it is finite
    return data.reshape(3, -1)


def make_tensors(group):
    """One file with tensors of all types of the group, and the text of their values."""
    rng = np.random.default_rng(SEED)
    path = GOLDEN / f"checkpoint/{group}.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    values = ""
    for qtype, scales in GROUPS[group].items():
        columns = max(128, block_sizes(qtype)[0])
        weights = rng.normal(0, 0.02, (2, columns)).astype(np.float32)
        weights[1, :64] = 0
        for name, data in (("weights", quantize(weights, qtype)),
                           ("blocks", random_blocks(rng, qtype, scales))):
            name = f"{name}.{qtype.name.lower()}"
            writer.add_tensor(name, data, raw_dtype=qtype)
            found = dequantize(data, qtype)
            values += line(name, qtype.name, found.shape, found)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    path.with_name(path.name + ".values.txt").write_text(values)


def widths_of(group):
    """Of the rows, and of the rows of an expert: both are whole blocks."""
    block = max(block_sizes(qtype)[0] for qtype in GROUPS[group])
    return max(128, block), max(64, block)


def shapes_of(width, ffn_width):
    layer = {
        "attn_q": (width, width), "attn_k": (width // 2, width), "attn_v": (width // 2, width),
        "attn_output": (width, width), "ffn_gate_exps": (N_EXPERTS, ffn_width, width),
        "ffn_up_exps": (N_EXPERTS, ffn_width, width), "ffn_down_exps": (N_EXPERTS, width, ffn_width)
    }
    matrices = {"token_embd": (VOCABULARY, width), "output": (VOCABULARY, width)}
    return matrices | {f"blk.0.{name}": shape for name, shape in layer.items()}


def new_writer(width, ffn_width):
    """The keys of the small Qwen 3 MoE of tests/golden/gguf, with other sizes."""
    reader = gguf.GGUFReader(GOLDEN / "gguf/qwen3-moe.gguf")
    sizes_of = {
        "block_count": 1, "embedding_length": width, "feed_forward_length": width,
        "expert_feed_forward_length": ffn_width, "expert_count": N_EXPERTS,
        "expert_used_count": N_EXPERTS, "attention.key_length": width // 4,
        "attention.value_length": width // 4
    }
    writer = gguf.GGUFWriter(None, "qwen3moe")
    for key, field in reader.fields.items():
        if key.startswith(("GGUF.", "general.architecture", "general.file_type",
                           "general.size_label")):
            continue
        value = sizes_of.get(key.removeprefix("qwen3moe."), field.contents())
        writer.add_key_value(key, value, field.types[0],
                             field.types[-1] if len(field.types) > 1 else None)
    return writer


def add_vectors(writers, width, rng):
    for name, n in (("output_norm", width), ("blk.0.attn_norm", width), ("blk.0.ffn_norm", width),
                    ("blk.0.attn_q_norm", width // 4), ("blk.0.attn_k_norm", width // 4)):
        norm = (1 + rng.normal(0, 0.1, n)).astype(np.float32)
        for writer in writers:
            writer.add_tensor(f"{name}.weight", norm)
    router = rng.normal(0, 0.3, (N_EXPERTS, width)).astype(np.float32)
    for writer in writers:
        writer.add_tensor("blk.0.ffn_gate_inp.weight", router)


def add_matrix(writers, name, weights, qtype):
    """Returns the values of the matrix. In NVFP4 a scale for the matrix, or for each expert,
    multiplies them, and a tensor of scales for activations is there as converters write it."""
    typed, plain = writers
    if qtype != Type.NVFP4 or name == "token_embd":
        data = quantize(weights, qtype)
        values = dequantize(data, qtype)
    else:
        rng = np.random.default_rng(len(name))
        n = weights.shape[0] if weights.ndim == 3 else 1
        scale = rng.uniform(1e-4, 1e-3, n).astype(np.float32)
        column = scale.reshape(-1, *[1] * (weights.ndim - 1))
        data = quantize(weights / column, qtype)
        values = dequantize(data, qtype) * column
        typed.add_tensor(f"{name}.scale", scale)
        typed.add_tensor(f"{name}.input_scale", np.ones(n, dtype=np.float32))
    typed.add_tensor(f"{name}.weight", data, raw_dtype=qtype)
    plain.add_tensor(f"{name}.weight", values)
    return values


def write(writer, path):
    writer.write_header_to_file(path)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def our_name(name):
    block, _, rest = name.rpartition(".")
    return {"token_embd": "embed", "output": "output"}[name] if not block else \
        f"layers.0.{NAMES[rest]}"


def log_probabilities(logits):
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def make_model(group):
    """Returns the golden's entry in the record."""
    width, ffn_width = widths_of(group)
    rng = np.random.default_rng(SEED)
    writers = new_writer(width, ffn_width), new_writer(width, ffn_width)
    add_vectors(writers, width, rng)
    matrices = {}
    for i, (matrix, shape) in enumerate(shapes_of(width, ffn_width).items()):
        qtype = list(GROUPS[group])[i % len(GROUPS[group])]
        weights = rng.normal(0, shape[-1]**-0.5, shape).astype(np.float32)
        values = add_matrix(writers, matrix, weights, qtype)
        digest = xxhash.xxh3_64_hexdigest(values.tobytes())
        matrices[our_name(matrix)] = [STORED.get(qtype, qtype.name.lower()), digest]
    write(writers[0], MODELS / f"{group}.gguf")
    tokens = rng.integers(3, VOCABULARY, N_TOKENS).tolist()
    with tempfile.TemporaryDirectory() as temporary:
        plain = pathlib.Path(temporary) / "f32.gguf"
        write(writers[1], plain)
        logits = llama_cpp.compute(plain, tokens, "logits")
    rows = np.ascontiguousarray(logits[POSITIONS])
    metadata = {"tokens": json.dumps(tokens), "positions": json.dumps(POSITIONS)}
    save_file({"logits": rows}, MODELS / f"{group}.safetensors", metadata)
    (MODELS / f"{group}.safetensors").chmod(0o644)
    typed = llama_cpp.compute(MODELS / f"{group}.gguf", tokens, "logits")
    difference = np.abs(log_probabilities(typed) - log_probabilities(logits)).max()
    larger = len(LARGER.intersection(GROUPS[group]))
    return {"matrices": matrices, "larger": larger, "llama.cpp": float(f"{difference:.2g}")}


def main():
    MODELS.mkdir(parents=True, exist_ok=True)
    record = MODELS / "goldens.json"
    goldens = json.loads(record.read_text()) if record.exists() else {}
    for group in sys.argv[1:] or GROUPS:
        make_tensors(group)
        goldens[group] = make_model(group)
        print(group, goldens[group]["llama.cpp"])
    record.write_text(json.dumps(dict(sorted(goldens.items())), indent=1) + "\n")


main()
