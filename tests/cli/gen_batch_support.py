"""What the tests of gen-batch share: the arguments, the tiny model, and requests for it.

Arguments of a test: BIN_DIR SOURCE_DIR [FAULT_LIBRARY] [--kills N]"""
import argparse
import json
import os
import pathlib
import random
import tempfile

import batch_shapes
import support

parser = argparse.ArgumentParser()
parser.add_argument("bin", type=pathlib.Path)
parser.add_argument("source", type=pathlib.Path)
parser.add_argument("faults", nargs="?")
parser.add_argument("--kills", type=int, default=20)
args = parser.parse_args()
tmp = pathlib.Path(tempfile.mkdtemp(prefix="gen-batch-"))
batch_shapes.pack_tiny(args.bin / "pack", args.source, tmp / "tiny.quire")


def run(*options, model=True, env=None, stdin=None, **more):
    # One thread: two that synchronize all the time are slow where others use the CPUs too.
    threads = [] if "-t" in options else ["-t", "1"]
    command = [
        args.bin / "gen-batch", *(["-m", tmp / "tiny.quire"] if model else []), *threads, *options
    ]
    return support.run(command, env={**os.environ, **(env or {})}, input=stdin, **more)


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def request(i, **body):
    return {
        "custom_id": f"id-{i}", "method": "POST", "url": "/v1/chat/completions", "body": {
            "model": "m", "messages": [{"role": "user", "content": f"Word {i * 7919} and more"}],
            "max_tokens": 8 + i % 50, **body
        }
    }


def write_requests(name, requests):
    path = tmp / name
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in requests))
    return path


def many_requests():
    """120 requests of all kinds, of which two fail."""
    rng = random.Random(1)
    many = [
        request(i, temperature=rng.choice([0, 0.7, 1.3]), n=rng.choice([1, 1, 2]),
                **({"logprobs": True, "top_logprobs": 2} if i % 9 == 0 else {})) for i in range(120)
    ]
    many[17] = "no json"
    many[40] = request(40, temperature=3)
    return many


MANY = many_requests()


def write_many():
    return write_requests("many.jsonl", MANY)
