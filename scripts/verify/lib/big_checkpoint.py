#!/usr/bin/env python3
"""Writes a sharded Llama checkpoint of about 2 GB with random bf16 weights: for
scripts/verify/pack_memory.

  big_checkpoint.py FOLDER TOKENIZER.json [LAYERS]
"""
import json
import pathlib
import random
import struct
import sys

folder, tokenizer = map(pathlib.Path, sys.argv[1:3])
layers = int(sys.argv[3]) if len(sys.argv) > 3 else 20
DIM, FFN, HEADS, KV, VOCAB, PER_SHARD = 2048, 5632, 32, 8, 32000, 5
rng = random.Random(7)
# Normal numbers around 0.02 with either sign, as bf16; one megabyte of them, repeated from varying
# places.
BLOCK = b"".join(
    struct.pack("<H",
                rng.choice((0x3C00, 0xBC00)) + rng.randrange(0x100)) for _ in range(1 << 19))


def shapes(layer):
    p = f"model.layers.{layer}."
    yield p + "input_layernorm.weight", (DIM, )
    for name, rows in (("q_proj", DIM), ("k_proj", DIM * KV // HEADS),
                       ("v_proj", DIM * KV // HEADS), ("o_proj", DIM)):
        yield p + f"self_attn.{name}.weight", (rows, DIM)
    yield p + "post_attention_layernorm.weight", (DIM, )
    yield p + "mlp.gate_proj.weight", (FFN, DIM)
    yield p + "mlp.up_proj.weight", (FFN, DIM)
    yield p + "mlp.down_proj.weight", (DIM, FFN)


def write_shard(path, tensors):
    header, offset = {}, 0
    for name, shape in tensors:
        size = 2
        for n in shape:
            size *= n
        header[name] = {
            "dtype": "BF16", "shape": list(shape), "data_offsets": [offset, offset + size]
        }
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        while offset > 0:
            start = 2 * rng.randrange(1000)
            part = BLOCK[start:start + offset]
            out.write(part)
            offset -= len(part)


folder.mkdir(parents=True, exist_ok=True)
groups = [[("model.embed_tokens.weight", (VOCAB, DIM))]]
for first in range(0, layers, PER_SHARD):
    groups.append([t for i in range(first, min(first + PER_SHARD, layers)) for t in shapes(i)])
groups.append([("model.norm.weight", (DIM, )), ("lm_head.weight", (VOCAB, DIM))])
index = {}
for i, group in enumerate(groups):
    file = f"model-{i + 1:05}-of-{len(groups):05}.safetensors"
    write_shard(folder / file, group)
    index |= {name: file for name, _ in group}
(folder / "model.safetensors.index.json").write_text(
    json.dumps({"metadata": {}, "weight_map": index}))
(folder / "config.json").write_text(
    json.dumps({
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": DIM,
        "intermediate_size": FFN, "num_attention_heads": HEADS, "num_key_value_heads": KV,
        "num_hidden_layers": layers, "vocab_size": VOCAB, "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": False
    }))
(folder / "tokenizer.json").write_bytes(tokenizer.read_bytes())
print(sum(f.stat().st_size for f in folder.iterdir()), "bytes in", len(groups), "shards")
