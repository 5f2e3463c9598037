"""Makes a GGUF of random weights in the shape of a file that `pack --shape` made, with the same
type for every matrix, so that llama.cpp has the same work to do.

    shape_gguf.py INSPECT SHAPE MODEL.quire OUT.gguf

The weights are as large as there, but other ones: 256 rows of random blocks that repeat. The
rotary frequencies are one table for all shapes, as no speed depends on them."""

import json
import math
import subprocess
import sys

import gguf
import numpy as np

ARCHITECTURES = {
    "smollm2-135m": "llama",
    "qwen-0.6b": "qwen3",
    "llama-1b": "llama",
    "llama-3b": "llama",
    "llama-8b": "llama",
    "olmoe": "olmoe",
    "qwen3-30b-a3b": "qwen3moe",
}
MODEL_NAMES = {"embed": "token_embd", "output_norm": "output_norm", "output": "output"}
LAYER_NAMES = {
    "attn_norm": "attn_norm",
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "o": "attn_output",
    "q_norm": "attn_q_norm",
    "k_norm": "attn_k_norm",
    "ffn_norm": "ffn_norm",
    "router": "ffn_gate_inp",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}
# Of a type: GGUF's name, and where a block has its f16 scales, with the size of each beside the
# first: a minimum moves the middle of the codes to 0.
TYPES = {
    "f32": ("F32", {}),
    "f16": ("F16", {}),
    "bf16": ("BF16", {}),
    "q8": ("Q8_0", {0: 1}),
    "q5": ("Q5_0", {0: 1}),
    "q5m": ("Q5_1", {0: 1, 2: -15.5}),
    "q4": ("Q4_0", {0: 1}),
    "q4m": ("Q4_1", {0: 1, 2: -7.5}),
    "q2_k": ("Q2_K", {80: 1, 82: 1.5}),
    "q3_k": ("Q3_K", {108: 1}),
    "q4_k": ("Q4_K", {0: 1, 2: 7.5}),
    "q5_k": ("Q5_K", {0: 1, 2: 15.5}),
    "q6_k": ("Q6_K", {208: 1}),
    "iq4_nl": ("IQ4_NL", {0: 1}),
    "iq4_xs": ("IQ4_XS", {0: 1}),
}
ROWS = 256


def fail(message):
    sys.exit(f"shape_gguf: {message}")


class RandomRows:
    """Rows of one type and length; the mean square of a weight is 1 / columns, as in pack."""

    def __init__(self):
        self.random = np.random.default_rng(1)
        self.made = {}

    def of(self, kind, columns):
        if (kind, columns) not in self.made:
            self.made[kind, columns] = self.make(kind, columns)
        return self.made[kind, columns]

    def make(self, kind, columns):
        deviation = 1 / math.sqrt(columns)
        name, scales = TYPES[kind]
        if not scales:
            values = self.random.standard_normal((ROWS, columns), dtype=np.float32) * deviation
            if kind == "bf16":
                return (values.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
            return values.astype(np.float16 if kind == "f16" else np.float32)
        quantization = gguf.GGMLQuantizationType[name]
        weights, size = gguf.GGML_QUANT_SIZES[quantization]
        blocks = self.random.integers(0, 256, (ROWS * columns // weights, size), dtype=np.uint8)

        def set_scales(scale):
            for at, factor in scales.items():
                blocks[:, at:at + 2] = np.array([scale * factor], np.float16).view(np.uint8)

        set_scales(1 / 64)  # far from the ends of f16
        set_scales(deviation / 64 / float(gguf.dequantize(blocks, quantization).std()))
        return blocks.reshape(ROWS, -1)


class Shape:
    """The facts of a .quire file, as inspect prints them."""

    def __init__(self, inspect, path):
        facts = json.loads(subprocess.check_output([inspect, "--json", "--tensors", path]))
        self.spec = facts["spec"]
        self.layer = self.spec["layers"][0]
        self.tensors = [t for t in facts["tensors"] if t["name"] != "rope.freqs"]

    def gguf_name(self, name):
        if not name.startswith("layers."):
            return MODEL_NAMES[name] + ".weight"
        _, number, role = name.split(".")
        many = "_exps" if self.layer["n_experts"] and role in ("gate", "up", "down") else ""
        return f"blk.{number}.{LAYER_NAMES[role]}{many}.weight"

    def rows(self, tensor):
        """Of each expert, and how many experts."""
        experts = self.layer["n_experts"]
        if tensor["name"].endswith((".gate", ".up", ".down")) and experts:
            return [experts, tensor["rows"] // experts]
        return [tensor["rows"]]


def write_keys(writer, shape):
    spec, layer = shape.spec, shape.layer
    writer.add_context_length(spec["context_length"])
    writer.add_embedding_length(spec["dim"])
    writer.add_block_count(len(spec["layers"]))
    writer.add_feed_forward_length(layer["ffn_dim"])
    writer.add_head_count(layer["n_heads"])
    writer.add_head_count_kv(layer["n_kv_heads"])
    writer.add_key_length(layer["head_dim"])
    writer.add_value_length(layer["head_dim"])
    writer.add_layer_norm_rms_eps(spec["norm_eps"])
    writer.add_rope_freq_base(500000.0)
    writer.add_rope_dimension_count(layer["head_dim"])
    writer.add_vocab_size(spec["vocab_size"])
    if layer["n_experts"]:
        writer.add_expert_count(layer["n_experts"])
        writer.add_expert_used_count(layer["n_experts_used"])
        writer.add_expert_feed_forward_length(layer["ffn_dim"])


def write_vocabulary(writer, n):
    # The characters that stand for the bytes, then tokens that no text becomes.
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    tokens = [chr(byte) for byte in plain] + [chr(256 + i) for i in range(256 - len(plain))]
    tokens += ["th"] + [f"[{i}]" for i in range(len(tokens) + 1, n)]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * (n - 2) + [gguf.TokenType.CONTROL] * 2)
    writer.add_token_merges(["t h"])
    writer.add_bos_token_id(n - 2)
    writer.add_eos_token_id(n - 1)


def write_tensors(writer, shape, rope_factors):
    rows = RandomRows()
    vectors = {}
    for tensor in shape.tensors:
        name, kind, columns = shape.gguf_name(tensor["name"]), tensor["type"], tensor["columns"]
        if tensor["rows"] == 1:
            vectors[name] = np.ones(columns, np.float32)
            continue
        if kind not in TYPES:
            fail(f"{tensor['name']} has type {kind}, which GGUF does not have; "
                 "expected a file of --type q4_k_m, q8, f16, bf16 or f32")
        one = rows.of(kind, columns)
        n_bytes = tensor["rows"] * one.nbytes // ROWS
        writer.add_tensor_info(name, [*shape.rows(tensor), one.shape[1]], one.dtype, n_bytes,
                               raw_dtype=gguf.GGMLQuantizationType[TYPES[kind][0]])
    if rope_factors:
        vectors["rope_freqs.weight"] = np.ones(shape.layer["head_dim"] // 2, np.float32)
    for name, vector in vectors.items():
        writer.add_tensor_info(name, vector.shape, vector.dtype, vector.nbytes)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor in shape.tensors:
        if tensor["rows"] > 1:
            one = rows.of(tensor["type"], tensor["columns"])
            writer.write_tensor_data(np.resize(one, (tensor["rows"], one.shape[1])))
    for vector in vectors.values():
        writer.write_tensor_data(vector)


def main():
    inspect, name, source, target = sys.argv[1:]
    shape = Shape(inspect, source)
    writer = gguf.GGUFWriter(target, ARCHITECTURES[name])
    writer.add_name(f"{name} with random weights")
    write_keys(writer, shape)
    write_vocabulary(writer, shape.spec["vocab_size"])
    write_tensors(writer, shape, name.startswith("llama-"))
    writer.close()


if __name__ == "__main__":
    main()
