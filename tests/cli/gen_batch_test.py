#!/usr/bin/env python3
"""gen-batch as scripts use it: the shapes of results, errors, reports, other inputs, and the same
bytes with every setting that must not change them. gen_batch_resume_test.py has the runs that are
killed.

  gen_batch_test.py BIN_DIR SOURCE_DIR
"""
import json
import random
import re
import shutil
import subprocess

import batch_shapes
from gen_batch_support import MANY, args, lines_of, request, run, tmp, write_many, write_requests
from support import check, finish

# --- bad lines are results
bad = [
    request(0), "garbage",
    request(0),
    request(1, temperature=9), {**request(2), "url": "/v1/moderations"},
    request(3, max_tokens=5),
    request(4, messages=[{"role": "tool", "content": "x"}]),
    request(5, messages=[{"role": "user", "content": "long " * 300}]), {"prompt": [7, 5000]}, "", {
        "custom_id": "e", "method": "POST", "url": "/v1/embeddings",
        "body": {"input": ["x", "y"], "dimensions": 8}
    },
    '{"prompt": "' + "x" * 80 + '", "max_tokens": 3, "temperature": 0, "logprobs": 2, "echo": true}'
]
path = write_requests("bad.jsonl", bad)
ran = run("-i", path, "-o", tmp / "bad.out")
check("exit code with failures", ran.returncode == 6, ran)
out = lines_of(tmp / "bad.out")
check("one line for each request", len(out) == 11, len(out))
codes = [(line["error"] or (line["response"]["body"].get("error") or {})).get("code")
         for line in out]
check(
    "errors by code", codes == [
        None, "invalid_json_line", "duplicate_custom_id", "invalid_value", "invalid_url", None,
        "invalid_prompt", "context_length_exceeded", "invalid_value", None, None
    ], codes)
vectors = out[9]["response"]["body"]["data"]
check("embeddings",
      len(vectors) == 2 and abs(sum(x * x for x in vectors[1]["embedding"]) - 1) < 1e-5, vectors)
check("a line's number and field",
      out[3]["response"]["body"]["error"]["message"].startswith("line 4: temperature: "))
check("the line that has no id", out[1]["custom_id"] is None and out[1]["error"]["line"] == 2)
check("the template's own refusal", "no tools here" in json.dumps(out[6]))
scored = out[10]["response"]["body"]["choices"][0]
check("echo", scored["text"].startswith("x" * 80))
check(
    "echo with log-probabilities", scored["logprobs"]["token_logprobs"][0] is None
    and len(scored["logprobs"]["tokens"]) == out[10]["response"]["body"]["usage"]["total_tokens"],
    scored)
# A token that holds part of a character is written as its bytes: "bytes:\\xf0\\x9f".
token_bytes = [
    bytes.fromhex(token[6:].replace("\\x", "")) if token.startswith("bytes:") else token.encode()
    for token in scored["logprobs"]["tokens"]
]
check("text is the tokens'",
      b"".join(token_bytes).decode(errors="replace").endswith(scored["text"][-3:]), scored)
ran = run("--validate", "-i", path, model=False)
check("--validate", ran.returncode == 6 and f"{path}:4: temperature: ".encode() in ran.stdout, ran)
check("--validate with a model",
      run("--validate", "-i", path).stdout.count(b"\n") > ran.stdout.count(b"\n"))
check("--validate of good lines",
      run("--validate", "-i", write_requests("good", [request(1)])).returncode == 0)

# --- usage
check("no model", run("-i", path, model=False).returncode == 2)
check("no input", run("-i", tmp / "none").returncode == 4)
check("too little memory", run("-i", path, "--memory", "1kB").returncode == 2)
check("memory that is not a number", run("-i", path, "--memory", "lots").returncode == 2)
check("a full disk", run("-i", path, "-o", "/dev/full").returncode == 1)
with open("/dev/full", "w") as full:
    check(
        "standard output on a full disk",
        subprocess.run([args.bin / "gen-batch", "-m", tmp / "tiny.quire", "-i", path], stdout=full,
                       stderr=subprocess.DEVNULL).returncode == 1)

# --- errors that need a line or a model of their own
shutil.copytree(args.source / "tests/golden/families/bert", tmp / "encoder")
shutil.copy(args.source / "tests/golden/families/tokenizer.json", tmp / "encoder")
subprocess.run([args.bin / "pack", tmp / "encoder", "-o", tmp / "encoder.quire"], check=True,
               capture_output=True)
ran = run(
    "-m", tmp / "encoder.quire", model=False, stdin=json.dumps(
        {**request(0), "url": "/v1/completions", "body": {"model": "m", "prompt": "x"}}).encode())
error = json.loads(ran.stdout)["response"]
check(
    "a model that writes no text", error["status_code"] == 400 and ran.returncode == 6
    and error["body"]["error"]["code"] == "unsupported_endpoint"
    and error["body"]["error"]["param"] == "url", error)
(tmp / "shapes.jsonl").write_bytes(batch_shapes.requests())
for options in ([], ["--parallel", "1", "--unordered"]):
    ran = run("-i", tmp / "shapes.jsonl", *options)
    shapes = [batch_shapes.shape_of(json.loads(line)) for line in ran.stdout.splitlines()]
    expected = [shape for shape, _ in batch_shapes.SHAPES]
    if options:
        shapes, expected = sorted(shapes), sorted(expected)
    check("every error shape", shapes == expected,
          [pair for pair in zip(shapes, expected, strict=False) if pair[0] != pair[1]] or ran)
    results = [json.loads(line) for line in ran.stdout.splitlines()]
    check(
        "every error names its line",
        all(
            re.match(r"line \d+: .", (r["error"] or r["response"]["body"]["error"])["message"])
            for r in results if batch_shapes.shape_of(r) != "200"), ran)
# Every error code in the sources has a line of its own or a test above.
codes = set()
for source in [
        *(args.source / "formats/openai").glob("*.cpp"),
        *(args.source / "apps/gen-batch").rglob("*.cpp")
]:
    codes |= set(
        re.findall(r'(?:Refusal(?: \w+)?\{\s*\d+,|refuse(?:_line)?\(|\{400,)\s*"(\w+)"',
                   source.read_text()))
tested = {shape.split()[1] for shape in expected if shape != "200"}
check(
    "every code",
    codes - tested == {"unsupported_endpoint", "invalid_row", "invalid_utf8", "not_finite"}
    and len(codes) > 10, codes ^ tested)

# --- summary, metrics, prices
prices = tmp / "prices.json"
prices.write_text('{"flat": 2, "apart": {"input": 1, "output": 10}}')
reports = ["--summary", tmp / "summary.json", "--metrics", tmp / "metrics.txt", "--price", prices]
path = write_requests("priced.jsonl", [request(i) for i in range(6)] + ["no json"])
for n_kept in (0, 7):
    check("a run with reports", run("-i", path, "-o", tmp / "priced.out", *reports).returncode == 6)
    usage = [
        line["response"]["body"]["usage"] for line in lines_of(tmp / "priced.out")
        if line["response"]
    ]
    n_in, n_out = (sum(u[key] for u in usage) for key in ("prompt_tokens", "completion_tokens"))
    summary = json.loads((tmp / "summary.json").read_text())
    check(
        "summary: requests", summary["finished"] is True
        and summary["requests"] == {"total": 7, "completed": 6, "failed": 1, "kept": n_kept},
        summary)
    check("summary: tokens", n_out > 0
          and summary["tokens"] == {"prompt": n_in, "completion": n_out}, summary)
    check("summary: tokens of this run",
          summary["this_run"]["completion_tokens"] == (0 if n_kept else n_out), summary)
    times = summary["this_run"]["request_seconds"]
    check("summary: percentiles", times["p50"] <= times["p90"] <= times["p99"]
          and (times["p50"] > 0) == (n_kept == 0), times)
    cost = summary["cost"]
    check(
        "summary: cost",
        abs(cost["flat"] - 2 * (n_in + n_out) / 1e6) < 1e-12
        and abs(cost["apart"] - (n_in + 10 * n_out) / 1e6) < 1e-12, cost)
    metrics = {}
    for line in (tmp / "metrics.txt").read_text().splitlines():
        check(
            "metrics: a line",
            re.fullmatch(
                r'# (HELP|TYPE) quire_batch_\w+ .+|quire_batch_\w+(\{quantile="[\d.]+"\})? [-+.e\d]+',  # noqa: E501
                line), line)
        if not line.startswith("#"):
            metrics[line.split()[0].removeprefix("quire_batch_")] = float(line.split()[1])
    check("metrics: requests",
          [metrics[f"requests_{what}_total"]
           for what in ("read", "done", "failed", "kept")] == [7, 7, 1, n_kept], metrics)
    check(
        "metrics: tokens", metrics["completion_tokens_total"] == (0 if n_kept else n_out)
        and metrics["finished"] == 1, metrics)
    check("metrics: times", metrics["request_seconds_count"] == (0 if n_kept else 6), metrics)
for table in ('[1]', '{}', '{"a": -1}', '{"a": {"input": 1}}', "no json"):
    prices.write_text(table)
    ran = run("-i", path, *reports)
    check(f"prices {table}", ran.returncode == 4 and b"prices.json: " in ran.stderr
          and ran.stderr.count(b"\n") == 1, ran)
ran = run("-i", path, "--price", tmp / "none")
check("prices that are not there", ran.returncode == 4 and str(tmp / "none").encode() in ran.stderr,
      ran)

# --- other inputs
ran = run("--lines", "-n", "4", stdin=b"one\n\ntwo\r\nthree")
texts = [json.loads(line) for line in ran.stdout.splitlines()]
check("--lines", [t["custom_id"] for t in texts] == ["request-1", "request-3", "request-4"], ran)
for options, n in ((["-n", "24"], 24), ([], 16)):  # 16 is the API's default
    ran = run(*options, stdin=b'{"prompt": "one", "ignore_eos": true}')
    usage = json.loads(ran.stdout)["response"]["body"]["usage"]
    check(f"{options}: completions of {n} tokens", usage["completion_tokens"] == n, ran)

ran = run("--lines", "-n", "4", stdin=b"\xff\xfe\n")
check("--lines of bytes that are no text", ran.returncode == 6
      and batch_shapes.shape_of(json.loads(ran.stdout)) == "0 invalid_utf8 -", ran)
table = tmp / "table.csv"
table.write_text('id,text,language\na,"Say ""hi"",\nthen go",French\nb,Bye,German\nc,too few\n')
ran = run("-i", table, "--template", "{{{language}}}: {text}", "-n", "3")
rows = [json.loads(line) for line in ran.stdout.splitlines()]
check("a table", [r["custom_id"] for r in rows] == ["a", "b", None] and ran.returncode == 6, ran)
check("a table's row as a request", rows[2]["error"]["line"] == 5
      and rows[2]["error"]["code"] == "invalid_row", rows[2])
by_hand = run(
    "-n", "3", stdin=json.dumps({
        "id": "a", "messages": [{"role": "user", "content": '{French}: Say "hi",\nthen go'}]
    }).encode() + b"\n")
check("a table's prompt", json.loads(by_hand.stdout)["response"] == rows[0]["response"], by_hand)
check("a table without template", run("-i", table).returncode == 2)
check("a column that is not there", run("-i", table, "--template", "{x}").returncode == 2)
ran = run("--tsv", "--template", "{a}{b}", "--raw", "-n", "2", stdin=b'a\tb\nx"\ty\n')
check("tabs", ran.returncode == 0, ran)

# --- the same bytes however it is computed
path, whole = write_many(), tmp / "whole"
check("many", run("-i", path, "-o", whole).returncode == 6)
expected = whole.read_bytes()
for way in (["--parallel", "1"], ["--parallel", "2", "-t",
                                  "2"], ["--parallel", "7", "-b",
                                         "33"], ["-b", "1"], ["--isa",
                                                              "portable"], ["--memory", "200kB"]):
    ran = run("-i", path, "-o", tmp / "way", *way)
    check(f"the same bytes with {way}", (tmp / "way").read_bytes() == expected, ran)
    (tmp / "way").unlink()
unordered = run("-i", path, "--unordered").stdout
check("unordered", sorted(unordered.splitlines()) == sorted(expected.splitlines()))
# Jobs that share an input: together what one gives, duplicates and lines' names too.
for n in (1, 3, 200):
    parts = b"".join(
        run("-i", path, "--shard", f"{i + 1}/{n}").stdout
        for i in ((0, 7, 199) if n == 200 else range(n)))
    lines = expected.splitlines()
    wanted = lines if n < 200 else [lines[0], lines[7]]
    check(f"--shard I/{n}", sorted(parts.splitlines()) == sorted(wanted))
for text in ("0/2", "3/2", "1", "1/", "/1", "1/2x", "-1/2"):
    check(f"--shard {text}", run("-i", path, f"--shard={text}").returncode == 2)
rng = random.Random(2)
shuffled = [
    request for request in MANY if isinstance(request, dict) and request["body"]["temperature"] != 3
]
rng.shuffle(shuffled)
ran = run("-i", write_requests("shuffled", shuffled))
good = [line for line in expected.splitlines() if b'"status_code":200' in line]
check("shuffled", sorted(ran.stdout.splitlines()) == sorted(good))

finish(tmp)
