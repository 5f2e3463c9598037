#!/usr/bin/env python3
"""Parses every line of results that gen-batch writes with the types of the openai package,
strictly.

  scripts/verify/batch_types.py [RESULTS...]      (pip install openai)

Without RESULTS, those of a line for every endpoint and every error (tests/cli/batch_shapes.py),
with the tiny model of the tests and the commands in build/release/bin."""
import base64
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

from openai.types import BatchError, Completion, CreateEmbeddingResponse
from openai.types.chat import ChatCompletion
from openai.types.shared import ErrorObject

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests/cli"))
import batch_shapes  # noqa: E402

BODIES = {
    "chat.completion": ChatCompletion, "text_completion": Completion,
    "list": CreateEmbeddingResponse
}


def results_of_every_shape(folder):
    commands = ROOT / "build/release/bin"
    batch_shapes.pack_tiny(commands / "pack", ROOT, folder / "tiny.quire")
    (folder / "in.jsonl").write_bytes(batch_shapes.requests())
    ran = subprocess.run([
        commands / "gen-batch", "-m", folder / "tiny.quire", "-i", folder / "in.jsonl", "-o",
        folder / "out.jsonl", "-q"
    ])
    assert ran.returncode == 6, ran
    lines = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    for line, (expected, request) in zip(lines, batch_shapes.SHAPES, strict=True):
        assert batch_shapes.shape_of(line) == expected, (line, request)
    return folder / "out.jsonl"


def numbers_of(text):
    data = base64.b64decode(text, validate=True)
    return list(struct.unpack(f"<{len(data) // 4}f", data))


def parse(line):
    """The type that accepted the line."""
    assert set(line) == {"id", "custom_id", "response", "error", "quire"}, line
    assert line["id"].startswith("batch_req_"), line
    if line["response"] is None:
        kind, value = BatchError, line["error"]
    elif line["response"]["status_code"] == 200:
        kind, value = BODIES[line["response"]["body"]["object"]], line["response"]["body"]
    else:
        kind, value = ErrorObject, line["response"]["body"]["error"]
    # The service writes null for the first token of an echoed prompt, which its own types leave
    # out.
    for choice in value.get("choices", []):
        scores = choice["logprobs"] if kind is Completion else None
        if scores and scores["token_logprobs"][0] is None:
            scores["token_logprobs"][0] = 0.0
            scores["top_logprobs"][0] = {}
    # The package's client reads base64 before its types do.
    for vector in value["data"] if kind is CreateEmbeddingResponse else []:
        if isinstance(vector["embedding"], str):
            vector["embedding"] = numbers_of(vector["embedding"])
    parsed = kind.model_validate_json(json.dumps(value), strict=True)
    assert not parsed.model_extra, (kind, parsed.model_extra)
    return kind.__name__


tmp = pathlib.Path(tempfile.mkdtemp(prefix="quire-types-"))
try:
    counts = {}
    for path in sys.argv[1:] or [results_of_every_shape(tmp)]:
        with open(path) as file:
            for name in map(parse, map(json.loads, file)):
                counts[name] = counts.get(name, 0) + 1
finally:
    shutil.rmtree(tmp)
print(sum(counts.values()), "lines parsed:", counts)
