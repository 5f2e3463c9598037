#!/usr/bin/env python3
"""Writes small llama2.c checkpoints into tests/golden/checkpoint, and the values of their tensors.

There is no package for this format: the bytes are written here as export.py of llama2.c describes
them (legacy_export, version1_export), and tokenizer.bin as tokenizer.py does. Made with numpy
2.4.6: python3 scripts/goldens/make_llama2c_goldens.py tests/golden/checkpoint"""
import struct
import sys

import numpy as np
from checkpoint_values import line

DIM, HIDDEN, LAYERS, HEADS, KV_HEADS, VOCAB, SEQ = 8, 12, 2, 4, 2, 5, 3
KV_DIM = DIM // HEADS * KV_HEADS

PER_LAYER = {
    "attention_norm": ("input_layernorm", (DIM, )),
    "wq": ("self_attn.q_proj", (DIM, DIM)),
    "wk": ("self_attn.k_proj", (KV_DIM, DIM)),
    "wv": ("self_attn.v_proj", (KV_DIM, DIM)),
    "wo": ("self_attn.o_proj", (DIM, DIM)),
    "ffn_norm": ("post_attention_layernorm", (DIM, )),
    "w1": ("mlp.gate_proj", (HIDDEN, DIM)),
    "w2": ("mlp.down_proj", (DIM, HIDDEN)),
    "w3": ("mlp.up_proj", (HIDDEN, DIM)),
}
ONCE = {
    "tok_embeddings": ("model.embed_tokens", (VOCAB, DIM)),
    "norm": ("model.norm", (DIM, )),
    "output": ("lm_head", (VOCAB, DIM)),
}
ORDER = {
    0: [
        "tok_embeddings", "attention_norm", "wq", "wk", "wv", "wo", "ffn_norm", "w1", "w2", "w3",
        "norm", "freqs", "output"
    ],
    1: [
        "attention_norm", "ffn_norm", "norm", "tok_embeddings", "wq", "wk", "wv", "wo", "w1", "w2",
        "w3", "output"
    ],
}


def write(folder, name, version, shared):
    rng = np.random.default_rng(20260101)
    with open(f"{folder}/{name}.bin", "wb") as out, open(f"{folder}/{name}.bin.values.txt",
                                                         "w") as text:
        numbers = [DIM, HIDDEN, LAYERS, HEADS, KV_HEADS, VOCAB, SEQ]
        if version == 0:
            if not shared:
                numbers[5] = -VOCAB
            out.write(struct.pack("<7i", *numbers))
        else:
            header = struct.pack("<Ii7iB", 0x616B3432, version, *numbers, shared)
            out.write(header.ljust(256, b"\0"))
        for key in ORDER[version]:
            if key == "freqs":
                out.write(rng.normal(0, 1, 2 * SEQ * (DIM // HEADS // 2)).astype("<f4").tobytes())
                continue
            if key == "output" and shared:
                continue
            for layer in range(LAYERS if key in PER_LAYER else 1):
                hf_name, shape = PER_LAYER[key] if key in PER_LAYER else ONCE[key]
                prefix = f"model.layers.{layer}." if key in PER_LAYER else ""
                values = rng.normal(0, 1, shape).astype("<f4")
                out.write(values.tobytes())
                text.write(line(f"{prefix}{hf_name}.weight", "F32", shape, values))


def write_tokenizer(folder):
    pieces = [(0.0, b"<unk>"), (0.0, b"\n<s>\n"), (-1.5, b" the"), (-2.25, "é".encode()),
              (-3.0, b"\xc3")]
    assert len(pieces) == VOCAB
    with open(f"{folder}/tokenizer.bin", "wb") as out:
        out.write(struct.pack("<i", max(len(text) for _, text in pieces)))
        for score, text in pieces:
            out.write(struct.pack("<fi", score, len(text)) + text)


def main(folder):
    write(folder, "llama2c_v0", 0, True)
    write(folder, "llama2c_v0_classifier", 0, False)
    write(folder, "llama2c_v1", 1, True)
    write(folder, "llama2c_v1_classifier", 1, False)
    write_tokenizer(folder)


main(sys.argv[1])
