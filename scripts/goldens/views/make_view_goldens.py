#!/usr/bin/env python3
"""Makes tests/golden/views.json: what numpy says of embedding matrices and of rotary positions.

Reference: numpy, on the matrices that gguf and safetensors read. The common part of all vectors is
defined as in tools/inspect/embeddings/embedding_matrix.h: the mean of the rows of tokens with text,
and the direction of the largest variance of evenly spaced rows, here by a singular value
decomposition.

  pip install numpy gguf safetensors
  make_view_goldens.py FOLDER_OF_GGUF    the folder with SmolLM2-135M-Instruct.Q4_1.gguf
"""
import json
import math
import pathlib
import sys

import gguf
import numpy as np

ROOT = pathlib.Path(__file__).parents[3]
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
SAMPLED = 8192  # rows, at most
NEAR = [" king", " Paris", " seven", " quickly", " blue", " dog", " wrote"]
ANALOGIES = [
    (" man", " king", " woman", " queen"), (" he", " his", " she", " her"),
    (" man", " men", " woman", " women"), (" boy", " boys", " girl", " girls"),
    (" big", " bigger", " small", " smaller"), (" good", " better", " bad", " worse"),
    (" high", " higher", " low", " lower"), (" strong", " stronger", " weak", " weaker"),
    (" go", " went", " see", " saw"), (" make", " made", " take", " took"),
    (" write", " wrote", " give", " gave"), (" run", " running", " play", " playing"),
    (" France", " French", " Italy", " Italian"), (" Spain", " Spanish", " Germany", " German"),
    (" China", " Chinese", " Japan", " Japanese"), (" cat", " cats", " dog", " dogs"),
    (" one", " first", " two", " second"), (" father", " mother", " son", " daughter"),
    (" uncle", " aunt", " brother", " sister"), (" day", " days", " year", " years"),
]
MAP = [" king", " queen", " man", " woman", " Paris", " France", " Rome", " Italy"]


def cosines(rows, vector):
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(vector)
    return np.divide(rows @ vector, lengths, out=np.zeros(len(rows)), where=lengths > 0)


def nearest(rows, vector, texts, excluded, n=10):
    found = cosines(rows, vector)
    order = [i for i in np.argsort(-found, kind="stable") if i not in excluded]
    return [{"text": texts[i], "cosine": round(float(found[i]), 6)} for i in order[:n]]


reader = gguf.GGUFReader(pathlib.Path(sys.argv[1]) / GGUF)
tensor = next(t for t in reader.tensors if t.name == "token_embd.weight")
raw = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float64)
field = reader.fields["tokenizer.ggml.tokens"]
names = [bytes(field.parts[i]).decode() for i in field.data]
kinds = reader.fields["tokenizer.ggml.token_type"]
is_text = np.array([int(kinds.parts[i][0]) != 3 for i in kinds.data])  # 3: control

# GPT-2's letters for bytes.
printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
others = [b for b in range(256) if b not in printable]
byte_of = {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(others)}
texts = [bytes(byte_of[c] for c in name).decode("utf-8", "replace") if ok else name
         for name, ok in zip(names, is_text, strict=True)]
index = {text: i for i, text in reversed(list(enumerate(texts)))}

mean = raw[is_text].mean(0)
step = max(1, math.ceil(len(raw) / SAMPLED))
sample = np.array([raw[i] - mean for i in range(0, len(raw), step) if is_text[i]])
direction = np.linalg.svd(sample, full_matrices=False)[2][0]
rows = raw - mean
rows -= np.outer(rows @ direction, direction)
rows[~is_text] = 0

near = [{"text": text, "near": nearest(rows, rows[index[text]], texts, {index[text]})}
        for text in NEAR]
analogies = []
for a, b, c, wanted in ANALOGIES:
    ids = [index[a], index[b], index[c]]
    found = nearest(rows, rows[ids[1]] - rows[ids[0]] + rows[ids[2]], texts, set(ids))
    place = [entry["text"] for entry in found].index(wanted) if wanted in [
        entry["text"] for entry in found] else None
    analogies.append({"words": [a, b, c], "expected": wanted, "place": place, "near": found[:3]})

points = np.array([rows[index[text]] for text in MAP])
points -= points.mean(0)
u, s, _ = np.linalg.svd(points, full_matrices=False)
plane = []
for k in range(2):
    along = u[:, k] * s[k]
    plane.append((along * np.sign(along[np.argmax(np.abs(along))])).round(5).tolist())

base = float(reader.fields["llama.rope.freq_base"].parts[-1][0])
dim = int(reader.fields["llama.rope.dimension_count"].parts[-1][0])
freqs = base ** (-np.arange(0, dim, 2) / dim)
distances = [1, 2, 3, 10, 16]

golden = {
    "source": f"numpy {np.__version__} on {GGUF}",
    "near": near,
    "analogies": analogies,
    "map": {"words": MAP, "x": plane[0], "y": plane[1],
            "shares": (s[:2] ** 2 / (s ** 2).sum()).round(6).tolist()},
    "embedding": {"text": " king", "id": index[" king"],
                  "values": raw[index[" king"]].round(6).tolist()},
    "rotation": {str(d): round(float(np.cos(d * freqs).mean()), 6) for d in distances},
}
text = json.dumps(golden, ensure_ascii=False, indent=1)
(ROOT / "tests/golden/views.json").write_text(text + "\n", encoding="utf-8")
right = [entry["place"] for entry in analogies]
print("first:", right.count(0), "of", len(right), "first ten:", len(right) - right.count(None))
