#!/usr/bin/env python3
"""Results of the commands that options_test.py does not cover: values that are not finite,
encoders, prices and tables, counts, memory that runs out, and waiting at a terminal.

    results_test.py BIN_DIR SOURCE_DIR
"""
import json
import os
import select
import shutil
import signal
import subprocess
import time

from small_models import (
    bert,
    bert4,
    bin_dir,
    chat,
    expect,
    folder_of,
    latin,
    letter,
    numbers,
    output,
    pack,
    put,
    run,
    short,
    tensors_of,
    tiny,
    tmp,
    write_tensors,
)
from support import SANITIZED, check, finish

# --- results that are not finite
# In this model only the token of "~" has a key in the first layer that f16 cannot hold.
overflow_folder = folder_of("overflow")
header, data = tensors_of(overflow_folder / "model.safetensors")
tilde = int(run("tok", "-m", tiny, "--ids", stdin=b"~").stdout.split()[-1])
for token in range(320):
    put(header, data, "model.embed_tokens.weight", token, 63, [8.0 if token == tilde else 0.0])
for row in range(32):
    put(header, data, "model.layers.0.self_attn.k_proj.weight", row, 63, [1e5])
write_tensors(overflow_folder / "model.safetensors", header, data)
overflow = pack("overflow", overflow_folder)
good, bad = tmp / "good.txt", tmp / "bad.txt"
good.write_text("one two three four five six seven eight\n" * 8)
bad.write_text("one two ~ three four five six seven eight\n" * 8)
says = ["position ", "--kv-type f32"]
at = run("tok", "-m", tiny, "--ids", stdin=b"ab~").stdout.split().index(str(tilde).encode())
place = ["-m", overflow, "--raw", "--temp", "0", "-n", "3", "--json"]
at += json.loads(run("gen", *place, "ab").stdout)["prompt_tokens"] - len(
    run("tok", "-m", tiny, "--ids", stdin=b"ab").stdout.split())
expect("gen beyond f16", 1, [f"position {at}:", "--kv-type f32 holds them"],
       run("gen", *place, "ab~cd"))
check("gen beyond f16 with --kv-type f32",
      run("gen", *place, "--kv-type", "f32", "ab~cd").returncode == 0)
check("gen within f16", run("gen", *place, "abcd").returncode == 0)
expect("--embed beyond f16", 1, ["line 2: position", "--kv-type f32"],
       run("gen", "-m", overflow, "--embed", stdin=b"ab\nb~\n"))
check("--embed before that", b"nan" not in run("gen", "-m", overflow, "--embed",
                                               stdin=b"ab\nb~\n").stdout)
expect("perplexity beyond f16", 1, ["window 1", *says],
       run("eval", "perplexity", "-m", overflow, "-f", bad, "-c", "32"))
check(
    "perplexity with f32",
    run("eval", "perplexity", "-m", overflow, "-f", bad, "-c", "32", "--kv-type",
        "f32").returncode == 0)
expect("compare beyond f16", 1, ["overflow.quire", *says],
       run("eval", "compare", overflow, overflow, "-f", bad, "-c", "32"))
expect("importance beyond f16", 1, says,
       run("eval", "importance", "-m", overflow, "-f", bad, "-c", "32", "-o", tmp / "imp"))
questions = tmp / "questions.jsonl"
questions.write_text('{"prompt": "a ~", "choices": ["b", "c"], "answer": 0}\n')
expect("choices beyond f16", 1, ["question 1", *says],
       run("eval", "choices", "-m", overflow, "-f", questions))
requests = tmp / "requests.jsonl"
prompts = [{"prompt": "ab", "max_tokens": 3}, {"prompt": "b~", "max_tokens": 3},
           {"prompt": "cd", "max_tokens": 3,
            "temperature": 0}, {"prompt": "b~c", "max_tokens": 3, "echo": True, "logprobs": 1}]
requests.write_text("".join(json.dumps(p) + "\n" for p in prompts))
ran = run("gen-batch", "-m", overflow, "-i", requests, "-q")
lines = [json.loads(line) for line in ran.stdout.splitlines()]
check("gen-batch: an error line for each",
      [line["response"]["status_code"] for line in lines] == [200, 500, 200, 500], (lines, ran))
error = lines[1]["response"]["body"]["error"]
check(
    "gen-batch: the error says which", error["code"] == "not_finite"
    and error["type"] == "server_error" and "position" in error["message"]
    and "--kv-type f32" in error["message"], error)
alone = run("gen-batch", "-m", overflow, "-q", stdin=(json.dumps(prompts[2]) + "\n").encode())
check(
    "gen-batch: a broken request changes no other",
    json.loads(
        alone.stdout)["response"]["body"]["choices"] == lines[2]["response"]["body"]["choices"],
    (alone, lines[2]))
embeds = b'{"url": "/v1/embeddings", "method": "POST", "custom_id": "a", "body": {"input": "b~"}}\n'
line = json.loads(run("gen-batch", "-m", overflow, "-q", stdin=embeds).stdout)
check("gen-batch: a vector that is not finite", line["response"]["status_code"] == 500, line)
# Of this one every token has, so that its self-test cannot be made with f16.
all_folder = tmp / "all"
shutil.copytree(overflow_folder, all_folder)
for token in range(320):
    put(header, data, "model.embed_tokens.weight", token, 63, [8.0])
write_tensors(all_folder / "model.safetensors", header, data)
expect("pack beyond f16", 1, ["self-test", *says], run("pack", all_folder, "-o", output))
check("a refused self-test leaves no file", not output.exists())
beyond = pack("beyond", all_folder, "--kv-type", "f32")
expect("gen of what f32 holds", 1, says, run("gen", "-m", beyond, "--raw", "x"))
check("gen --kv-type f32 of it",
      run("gen", "-m", beyond, "--raw", "-n", "2", "--kv-type", "f32", "x").returncode == 0)
check("inspect --selftest of it", run("inspect", "--selftest", beyond).returncode == 0)
# Weights so large that sums overflow: no type helps, and none is named.
huge_folder = folder_of("huge")
header, data = tensors_of(huge_folder / "model.safetensors")
for column in range(64):
    put(header, data, "lm_head.weight", tilde, column, [3e38 if column % 2 else 2.9e38])
write_tensors(huge_folder / "model.safetensors", header, data)
ran = run("pack", huge_folder, "-o", output, "--type", "f32")
expect("pack of huge weights", 1, "position ", ran)
check("huge weights: no hint that does not help", b"--kv-type" not in ran.stderr, ran.stderr)

# --- eval of encoders
expect("perplexity of an encoder", 2, ["bert.quire", "found an encoder"],
       run("eval", "perplexity", "-m", bert, "-f", numbers, "-c", "64"))
expect("choices of an encoder", 2, "found an encoder",
       run("eval", "choices", "-m", bert, "-f", questions))
vectors = json.loads(run("eval", "compare", bert, bert, "-f", numbers, "-c", "64", "--json").stdout)
check("an encoder compared with itself", vectors["cosine_min"] > 1 - 1e-12 and vectors["texts"] > 3,
      vectors)
vectors = json.loads(
    run("eval", "compare", bert, bert4, "-f", numbers, "-c", "64", "--json").stdout)
check("an encoder in four bits has moved",
      0.5 < vectors["cosine_min"] <= vectors["cosine_1"] <= vectors["cosine_median"] < 1 - 1e-6,
      vectors)
expect("an encoder against a decoder", 2, "found an encoder",
       run("eval", "compare", bert, tiny, "-f", numbers, "-c", "64"))
check(
    "importance of an encoder",
    run("eval", "importance", "-m", bert, "-f", numbers, "-c", "64", "-o",
        tmp / "imp").returncode == 0)
ran = run("eval", "perplexity", "-m", tiny, "-f", numbers, "-c", "64", "--stride", "64", "--json")
check("--stride as long as the context", ran.returncode == 0
      and json.loads(ran.stdout)["definition"] == "sliding", ran)
expect("--stride beyond the context", 2, "--stride: expected at most",
       run("eval", "perplexity", "-m", tiny, "-f", numbers, "-c", "64", "--stride", "65"))
by_file = run("eval", "perplexity", "-m", tiny, "-f", numbers, "-c", "64", "--json")
by_stdin = run("eval", "perplexity", "-m", tiny, "-f", "-", "-c", "64", "--json",
               stdin=numbers.read_bytes())
check("eval -f -", by_file.stdout == by_stdin.stdout and by_file.returncode == 0, by_stdin)
check(
    "eval compare -f -",
    run("eval", "compare", tiny, tiny, "-f", "-", "-c", "64",
        stdin=numbers.read_bytes()).returncode == 0)
expect("eval of a folder for a text", 4, f"{tmp}: cannot read",
       run("eval", "perplexity", "-m", tiny, "-f", tmp, "-c", "64"))
questions.write_text('{"prompt": "a", "choices": ["b", "c"], "answer": ' + "[" * 50000 +
                     "]" * 50000 + "}\n")
expect("choices of deep JSON", 4, "line 1: JSON expected to be nested at most",
       run("eval", "choices", "-m", tiny, "-f", questions))

# --- prices, tables
deep = tmp / "deep.json"
deep.write_text('{"a": ' + "[" * 50000 + "]" * 50000 + "}")
for name, text, words in [("deep", None, "nested at most"),
                          ("text", '{"a": "x"}', '"a": expected a price'),
                          ("extra", '{"a": {"input": 1}}', "expected a price"),
                          ("twice", '{"a": 1, "a": 2}', "twice"),
                          ("long", '{"a": "' + "x" * 200000 + '"}', "expected a price")]:
    path = deep if text is None else tmp / "prices.json"
    if text is not None:
        path.write_text(text)
    for command in ("tok", "gen-batch"):
        ran = run(command, "-m", tiny, "--price", path,
                  *([letter] if command == "tok" else ["--summary", tmp / "summary"]))
        expect(f"{command} --price {name}", 4, words, ran)
        check(f"{command} --price {name}: short", len(ran.stderr) < 500)
(tmp / "prices.json").write_text('{"flat": 2, "apart": {"input": 1, "output": 10}}')
ran = run("tok", "-m", tiny, "--price", tmp / "prices.json", "--json", letter)
check(
    "tok takes gen-batch's prices",
    json.loads(ran.stdout)["totals"][0]["cost"]["apart"] * 2 == json.loads(
        ran.stdout)["totals"][0]["cost"]["flat"], ran)


def batch(name, text, *options):
    path = tmp / name
    path.write_bytes(text)
    ran = run("gen-batch", "-m", chat, "-i", path, "-n", "1", "-q", *options)
    return ran, [json.loads(line) for line in ran.stdout.splitlines()]


ran, lines = batch("X.CSV", b"text\nabc\n", "--template", "{text}")
check("X.CSV is a table", ran.returncode == 0 and len(lines) == 1, ran)
ran, lines = batch("twice.csv", b"text,text\na,b\n", "--template", "{text}")
expect("a column twice", 4,
       ['twice.csv: expected columns with different names, found "text" twice'], ran)
crlf = batch("a.csv", b'text\r\n"ab\r\ncd"\r\n', "--template",
             "{text}")[1][0]["response"]["body"]["usage"]["prompt_tokens"]
lf = batch("b.csv", b'text\n"ab\ncd"\n', "--template",
           "{text}")[1][0]["response"]["body"]["usage"]["prompt_tokens"]
check("a return inside quotes stays", crlf > lf, (crlf, lf))
ran, lines = batch("prompts.txt", b"one\ntwo\n")
expect("prompts.txt without --lines", 2, ["prompts.txt", "--lines"], ran)
ran, lines = batch("prompts.txt", b"one\ntwo\n", "--lines")
check("prompts.txt with --lines", ran.returncode == 0 and len(lines) == 2, ran)
expect("gen-batch --ctx-size", 2, "--ctx-size: expected a context of at most",
       batch("p.txt", b"x\n", "--lines", "-c", "999")[0])
expect("gen-batch --memory", 2, "--memory: expected at least",
       batch("p.txt", b"x\n", "--lines", "--memory", "1kB")[0])
expect("gen --isa", 2, "--isa: expected one of", run("gen", "-m", tiny, "--isa", "mmx", "x"))
expect("gen --ctx-size", 2, "--ctx-size: expected a context of at most the model's 256",
       run("gen", "-m", tiny, "-c", "999", "x"))

# --- tok
ran = run("tok", "-m", tiny, "--ids", "--json", letter, latin)
check(
    "tok --ids --json has totals",
    json.loads(ran.stdout)["totals"][0]["tokens"] == sum(f["tokens"]
                                                         for f in json.loads(ran.stdout)["files"]),
    ran)
pieces = json.loads(
    run("tok", "-m", tiny, "--pieces", "--json",
        stdin="a\u00e9\U0001f600".encode()).stdout)["files"][0]["pieces"]
text = "a\u00e9\U0001f600".encode()
check(
    "pieces of a character have their bytes",
    all(
        bytes.fromhex(p["bytes"]) == text[p["begin"]:p["end"]]
        for p in pieces if "\ufffd" in p["text"]) and any("bytes" in p for p in pieces)
    and not any("bytes" in p for p in pieces if "\ufffd" not in p["text"]), pieces)
lines = run("tok", "-m", tiny, "--pieces", stdin=text).stdout.decode()
check("lines of pieces show bytes too", "\ufffd" not in lines and "\\x" in lines, lines)
expect("tok --truncate of two files", 2, "--truncate: expected one text",
       run("tok", "-m", tiny, "--truncate", "3", letter, latin))
expect("tok of words", 4, "tok -p \"hello world\"", run("tok", "-m", tiny, "hello world"))

# --- running out of a resource is not the fault of the file
large = tmp / "large.quire"
shutil.copy(tiny, large)
os.truncate(large, 64 << 30)  # no more than its first bytes are on the disk
for command in (f"gen -m '{large}' x", f"inspect '{large}'",
                f"eval perplexity -m '{large}' -f '{letter}'", f"bench -m '{large}'"):
    if SANITIZED:
        continue
    limited = subprocess.run(["bash", "-c", f"ulimit -v 8000000; exec '{bin_dir}'/{command}"],
                             capture_output=True, stdin=subprocess.DEVNULL)
    expect(f"no memory to map a model: {command.split()[0]}", 1, "Cannot allocate memory", limited)

# --- waiting, and Ctrl-C
if hasattr(os, "openpty"):

    def at_terminal(command, *arguments, stdin=True):
        main, side = os.openpty()
        process = subprocess.Popen([bin_dir / command, *map(str, arguments)],
                                   stdin=side if stdin else subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=side, start_new_session=True,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        os.close(side)
        return process, main

    def read_until(fd, word, seconds=20):
        text, end = b"", time.monotonic() + seconds
        while word not in text and time.monotonic() < end:
            if select.select([fd], [], [], 0.2)[0]:
                try:
                    part = os.read(fd, 4096)
                except OSError:
                    break
                text += part
        return text

    for command, arguments, code in [("gen-batch", ["-m", tiny], 130),
                                     ("gen", ["-m", tiny, "-"], -signal.SIGINT),
                                     ("tok", ["-m", tiny], -signal.SIGINT)]:
        process, terminal = at_terminal(command, *arguments)
        text = read_until(terminal, b"Ctrl-D")
        check(f"{command} says that it waits", b"reading from the terminal" in text, text)
        process.send_signal(signal.SIGINT)
        try:
            check(f"Ctrl-C ends {command}'s wait", process.wait(20) == code, process.returncode)
        except subprocess.TimeoutExpired:
            check(f"Ctrl-C ends {command}'s wait", False)
            process.kill()
        os.close(terminal)
    process, terminal = at_terminal("gen", *short, "def", stdin=False)
    text = read_until(terminal, b"not by the model")
    check("an answer that -n cut says so", b"ended after 1 tokens by -n, not by the model" in text,
          text)
    process.wait()
    os.close(terminal)

finish()
