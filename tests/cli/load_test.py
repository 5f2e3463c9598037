#!/usr/bin/env python3
"""--load: the ways in which weights get into memory give the same results.

    load_test.py BIN_DIR SOURCE_DIR
"""
import ctypes
import json
import resource

from small_models import expect, letter, run, tiny, tmp
from support import SANITIZED, check, finish

MODES = ("map", "huge", "lock")
requests = tmp / "requests.jsonl"
requests.write_text("".join(
    json.dumps({"id": f"r{i}", "prompt": f"word {i}", "max_tokens": 6}) + "\n" for i in range(5)))


def results(*options):
    """What every command that computes says with these options, without times."""
    gen = run("gen", "-m", tiny, "--raw", "-s", 7, "-n", 12, "--json", *options, "Once")
    found = json.loads(gen.stdout)
    del found["timings"]
    vectors = run("gen", "-m", tiny, "--embed", "-f", letter, *options)
    output = tmp / "results"
    output.unlink(missing_ok=True)
    batch = run("gen-batch", "-m", tiny, "-i", requests, "-o", output, *options)
    check(f"gen-batch {options}", batch.returncode == 0, batch)
    quality = run("eval", "perplexity", "-m", tiny, "-f", letter, "-c", 8, *options)
    check(f"eval {options}", quality.returncode == 0, quality)
    compared = run("eval", "compare", tiny, tiny, "-f", letter, "-c", 8, *options)
    check(f"eval compare {options}", compared.returncode == 0, compared)
    return found, vectors.stdout, output.read_bytes(), quality.stdout, compared.stdout


usual = results()
for mode in MODES:
    for threads in (1, 3):
        check(f"--load {mode} -t {threads}",
              results("--load", mode, "-t", threads) == results("-t", threads) == usual)
    bench = json.loads(
        run("bench", "-m", tiny, "-p", 4, "-n", 2, "-r", 1, "--speed-only", "--json", "--load",
            mode).stdout)
    check(f"bench --load {mode}", bench["load"] == mode and bench["load_ms"] >= 0, bench)
    word = {"map": "weights mapped in", "huge": "weights copied in",
            "lock": "weights mapped and locked in"}[mode]
    batch = ("gen-batch", "-m", tiny, "-i", requests, "-o", tmp / "said", "--overwrite")
    for command in (("gen", "-m", tiny, "--raw", "-n", 1, "Once"), batch,
                    ("eval", "perplexity", "-m", tiny, "-f", letter, "-c", 8)):
        said = run(*command, "-v", "--load", mode).stderr.decode()
        check(f"{command[0]} -v --load {mode}", word in said and "in huge pages" in said, said)
        said = run(*command, "--load", mode).stderr.decode()
        check(f"{command[0]} --load {mode}", "weights" not in said, said)

for command in (["gen", "-m", tiny, "x"], ["gen-batch", "-m", tiny], ["bench", "-m", tiny],
                ["eval", "perplexity", "-m", tiny, "-f", letter]):
    expect(f"{command[0]} --load all", 2, "--load: expected one of map, huge, lock, found \"all\"",
           run(*command, "--load", "all"))
expect("gen-batch --validate --load", 2, "--validate",
       run("gen-batch", "--validate", "-i", requests, "--load", "huge"))


def lock_nothing():
    # Root may lock in spite of a limit, unless it is started without this capability.
    PR_CAPBSET_DROP, CAP_IPC_LOCK = 24, 14
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (0, 0))


if not SANITIZED:  # which make mlock() do nothing
    ran = run("gen", "-m", tiny, "--load", "lock", "x", preexec_fn=lock_nothing)
    expect("gen --load lock without a limit", 1,
           [str(tiny), "cannot be locked in memory: expected a limit (ulimit -l) of at least",
            "bytes, found 0"], ran)
    check("gen --load lock without a limit: no text", ran.stdout == b"", ran)
for mode in ("map", "huge"):
    ran = run("gen", "-m", tiny, "-n", 1, "--load", mode, "x", preexec_fn=lock_nothing)
    check(f"gen --load {mode} without a limit", ran.returncode == 0, ran)

finish()
