#!/usr/bin/env python3
"""pack --shape: a model with a published model's shape and random weights.

    shape_test.py BIN_DIR SOURCE_DIR

The weights are made once more here, from their description in tools/pack/random_panel.h, so that a
change of them is noticed: numbers of other versions could not be compared."""
import json
import math
import struct

from small_models import expect, golden, output, run, tmp
from support import SANITIZED, check, finish

# --- what is refused
expect("an unknown shape", 2,
       ["--shape: expected one of", "llama-1b", "qwen3-30b-a3b", 'found "llama-2b"'],
       run("pack", "--shape", "llama-2b", "-o", output))
expect("neither", 2, ["expected SRC", "--shape NAME"], run("pack", "-o", output))
for more in ([golden / "tiny-llama"], ["--importance", output], ["--no-chat-template"]):
    expect(f"--shape with {more[0]}", 2, "--shape",
           run("pack", "--shape", "llama-1b", "-o", output, *more))
check("nothing was written", not output.exists())

if SANITIZED:  # which would take minutes for the rest
    finish()

# --- a whole file
SHAPE = ["--shape", "smollm2-135m", "--type", "q4_k_m", "--tensor-type", "layers.3.gate=q8"]
ran = run("pack", *SHAPE, "-o", output, "-t", 2)
check("pack", ran.returncode == 0 and b"smollm2-135m with random weights (--shape)" in ran.stdout,
      ran)
again = tmp / "again.quire"
ran = run("pack", *SHAPE, "-o", again, "-t", 1)
check("the same bytes on one thread", ran.returncode == 0
      and again.read_bytes() == output.read_bytes(), ran)
again.unlink(missing_ok=True)
ran = run("inspect", "--verify", "--selftest", output)
check("inspect --verify --selftest", ran.returncode == 0, ran)
facts = json.loads(run("inspect", "--json", "--tensors", output).stdout)
check("what it is", facts["source"] == "shape" and facts["type"] == "q4_k_m", facts["source"])
ran = run("bench", "-m", output, "-p", 8, "-n", 2, "-r", 1, "--speed-only", "--json")
check("bench", ran.returncode == 0 and json.loads(ran.stdout)["decode_tok_s"] > 0, ran)
texts = {run("gen", "-m", output, "-s", 1, "-n", 4, "hi", "-t", t).stdout for t in (1, 2)}
check("gen", len(texts) == 1 and texts != {b""}, texts)

# --- the weights of a q8 matrix, row by row
BITS = 2**64 - 1
COLUMNS, BLOCK = 576, 32


def mixed(x):
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & BITS
    x = (x ^ x >> 27) * 0x94D049BB133111EB & BITS
    return x ^ x >> 31


start = 0
for byte in b"layers.3.gate":
    start = mixed(start + byte & BITS)


def number(i):
    return mixed(start + (i + 1) * 0x9E3779B97F4A7C15 & BITS)


def half(value):
    single = struct.unpack("<f", struct.pack("<f", value))[0]
    return struct.unpack("<e", struct.pack("<e", single))[0]


tensor = next(t for t in facts["tensors"] if t["name"] == "layers.3.gate")
weights = next(s for s in facts["sections"] if s["name"] == "weights")
begin = weights["offset"] + tensor["offset"]
data = output.read_bytes()[begin:begin + tensor["bytes"]]
check("shape of the matrix", (tensor["rows"], tensor["columns"]) == (1536, COLUMNS), tensor)
mean_square = sum((code - 128)**2 for code in range(256)) / 256 * sum(n * n
                                                                      for n in range(12, 16)) / 4
unit = 1 / math.sqrt(COLUMNS) / math.sqrt(mean_square)
UNIT_BYTES = 1024 + 64
for row in (0, 1, 15, 16, 700, 1535):
    for block in range(COLUMNS // BLOCK):
        at = (row * (COLUMNS // BLOCK) + block) * 5
        codes = b"".join(struct.pack("<Q", number(at + i)) for i in range(4))
        scale = half(unit * (12 + (number(at + 4) & 3)))
        found = (row // 16 * (COLUMNS // 64) + block // 2) * UNIT_BYTES
        lane = found + block % 2 * 512 + row % 16 * 4
        stored = b"".join(data[lane + 64 * g:lane + 64 * g + 4] for g in range(8))
        scale_at = found + 1024 + block % 2 * 32 + row % 16 * 2
        check(f"row {row}, block {block}", stored == codes and struct.unpack_from(
            "<e", data, scale_at)[0] == scale, (stored.hex(), codes.hex()))

finish()
