#!/usr/bin/env python3
"""--cache: the same results from prompts that were computed before, whatever happens to the files.

    page_cache_test.py BIN_DIR SOURCE_DIR
"""
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
from small_models import bin_dir, expect, run, tiny, tmp  # noqa: E402
from support import check, finish  # noqa: E402

N_KILLS = 200
N_FLIPS = 1000

text = " ".join(f"{i} bottles" for i in range(20))
(tmp / "prompt.txt").write_text(text)
ask = ["-m", tiny, "--raw", "-s", 3, "--temp", 1.2, "-n", 4, "--json", "-f", tmp / "prompt.txt"]


def answer(*more):
    ran = run("gen", *ask, *more)
    result = json.loads(ran.stdout) if ran.returncode == 0 else {"failed": ran.stderr.decode()}
    result.pop("timings", None)
    return result, ran.stderr.decode()


expected, _ = answer()
cache = tmp / "cache"
first, said = answer("--cache", cache, "-v")
check("first run: the same", first == expected, (first, expected))
check("first run: writes", " 0 files read, " in said and " 0 written" not in said, said)
again, said = answer("--cache", cache, "-v")
check("second run: the same", again == expected, (again, expected))
check("second run: reads", " 0 files read" not in said and ", 0 written" in said, said)
pages = sorted(path for path in cache.rglob("*") if path.is_file())
check("a page of 64 tokens is a file", len(pages) >= 3, pages)

# --- killed while it writes
rng = random.Random(1)
arguments = [str(a) for a in [bin_dir / "gen", *ask, "--cache", cache]]
for _ in range(N_KILLS):
    shutil.rmtree(cache, ignore_errors=True)
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        time.sleep(rng.random() * 0.04)
        process.send_signal(signal.SIGKILL)
    found, _ = answer("--cache", cache)
    if found != expected:
        break
check("after kills: the same", found == expected, (found, expected))

# --- damaged files
shutil.rmtree(cache)
answer("--cache", cache)
damaged = 0
for _ in range(N_FLIPS):
    path = rng.choice(sorted(p for p in cache.rglob("*") if p.is_file()))
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    found, said = answer("--cache", cache, "-v")
    damaged += "1 damaged file was computed again" in said and path.name in said
    if found != expected:
        break
check("after flipped bits: the same", found == expected, (found, expected))
check("every damaged file is named", damaged == N_FLIPS, damaged)

# --- gen-batch: two at a time on one cache
requests = tmp / "requests.jsonl"
body = {"prompt": text, "max_tokens": 5, "temperature": 1}
requests.write_text("".join(json.dumps(body | {"seed": seed}) + "\n" for seed in range(8)))
results = []
for i in range(3):
    out = tmp / f"out{i}.jsonl"
    more = ["--cache", cache] if i else []
    expect(f"gen-batch {i}", 0, [],
           run("gen-batch", "-m", tiny, "-i", requests, "-o", out, "-q", *more))
    results.append([json.loads(line)["response"]["body"]["choices"]
                    for line in out.read_text().splitlines()])
check("gen-batch: the same with --cache", results[0] == results[1] == results[2], results)

# --- a limit, and what the option cannot go with
expect("a small cache", 0, [], run("gen", *ask, "--cache", tmp / "small", "--cache-size", "100kB"))
size = sum(path.stat().st_size for path in (tmp / "small").rglob("*") if path.is_file())
check("--cache-size is kept", size <= 100_000, size)
expect("--cache-size alone", 2, ["--cache-size", "--cache"],
       run("gen", *ask, "--cache-size", "1GB"))
expect("no size", 2, ["--cache-size", "\"much\""],
       run("gen", *ask, "--cache", cache, "--cache-size", "much"))
expect("a file instead of a folder", 1, ["prompt.txt", "folder"],
       run("gen", *ask, "--cache", tmp / "prompt.txt"))
for option in (["--embed"], ["--score"], ["--surprise"], ["--choice", "a", "--choice", "b"]):
    expect(f"--cache {option[0]}", 2, ["--cache", option[0]],
           run("gen", "-m", tiny, "-p", "a", "--cache", cache, *option))
finish()
