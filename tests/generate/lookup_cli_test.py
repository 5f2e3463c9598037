#!/usr/bin/env python3
"""--lookup: fewer passes, the same results.

    lookup_cli_test.py BIN_DIR SOURCE_DIR
"""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
from small_models import expect, golden, run, tiny, tmp  # noqa: E402
from support import check, finish  # noqa: E402

# --- gen
for temperature in (0, 0.8, 1.5):
    ask = ["-m", tiny, "--raw", "-s", 3, "--temp", temperature, "-n", 60, "--json", "-p",
           "one two three, one two three, one two"]
    for more in ([], ["--repeat-penalty", 1.2], ["--json-object"], ["--logprobs", 2]):
        plain, looked = (run("gen", *ask, *more, *flag) for flag in ([], ["--lookup"]))
        a, b = (json.loads(ran.stdout) for ran in (plain, looked))
        for same in (a, b):
            same.pop("timings")
        check(f"gen --temp {temperature} {more}: the same with --lookup", a == b, (a, b))

# --- gen-batch: later requests go on as earlier ones did
requests = tmp / "requests.jsonl"
body = {"prompt": "Once upon a time", "max_tokens": 50, "temperature": 1.5, "seed": 5,
        "ignore_eos": True}
requests.write_text("".join(json.dumps(body | {"seed": seed}) + "\n" for seed in (5, 6, 5, 6, 5)))
found = []
for flag in ([], ["--lookup"]):
    out, summary = tmp / f"out{len(flag)}.jsonl", tmp / f"summary{len(flag)}.json"
    ran = run("gen-batch", "-m", tiny, "-i", requests, "-o", out, "-q", "--parallel", 1,
              "--summary", summary, *flag)
    expect(f"gen-batch {flag}", 0, [], ran)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    texts = [line["response"]["body"]["choices"] for line in lines]
    found.append((texts, json.loads(summary.read_text())["this_run"]))
(texts, without), (looked, with_lookup) = found
check("gen-batch: the same with --lookup", texts == looked, (texts, looked))
check("gen-batch: nothing is guessed unasked", without["tokens_guessed"] == 0, without)
check("gen-batch: repeated answers are guessed", with_lookup["tokens_guessed_right"] > 100,
      with_lookup)
check("gen-batch: fewer passes", with_lookup["steps"] + 100 < without["steps"],
      (with_lookup["steps"], without["steps"]))

# --- what it cannot go with
folder = tmp / "lfm2"
folder.mkdir()
for file in ("lfm2/config.json", "lfm2/model.safetensors", "tokenizer.json"):
    shutil.copy(golden / "families" / file, folder)
model = tmp / "recurrent.quire"
expect("pack", 0, [], run("pack", folder, "-o", model))
for command, more in (("gen", ["-p", "a"]),
                      ("gen-batch", ["-i", requests, "-o", tmp / "no.jsonl"])):
    expect(f"{command}: recurrent layers", 2, ["--lookup", "recurrent"],
           run(command, "-m", model, "--lookup", *more))
expect("gen: --choice", 2, ["--lookup", "--choice"],
       run("gen", "-m", tiny, "-p", "a", "--lookup", "--choice", "b", "--choice", "c"))

finish()
