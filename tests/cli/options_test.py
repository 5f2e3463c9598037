#!/usr/bin/env python3
"""What people type: every row is a command line with the exit code and the words that its message
must have.

    options_test.py BIN_DIR SOURCE_DIR
"""

import json
import os
import pathlib
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

bin_dir = pathlib.Path(sys.argv[1])
source = pathlib.Path(sys.argv[2])
golden = source / "tests/golden"
work = tempfile.TemporaryDirectory()
tmp = pathlib.Path(work.name)
failures = []
n_checks = 0


def check(name, good, found=""):
    global n_checks
    n_checks += 1
    if not good:
        failures.append(name)
        print(f"FAIL: {name}: {str(found)[:600]}", file=sys.stderr)


def run(command, *arguments, stdin=b"", **more):
    return subprocess.run([bin_dir / command, *map(str, arguments)], input=stdin,
                          capture_output=True, timeout=120, **more)


def expect(name, code, words, ran):
    """The exit code; of an error one line on standard error that holds every one of `words`."""
    text = ran.stderr.decode(errors="replace")
    check(f"{name}: exit code {code}", ran.returncode == code, (ran.returncode, text))
    if code not in (0, 130):
        check(f"{name}: one line", text.count("\n") == 1, text)
    for word in [words] if isinstance(words, str) else words:
        check(f"{name}: says {word!r}", word in text, text)


# --- models
def tensors_of(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + size]), bytearray(data[8 + size:])


def write_tensors(path, header, data):
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def put(header, data, name, row, column, values):
    begin = header[name]["data_offsets"][0] + 4 * (row * header[name]["shape"][-1] + column)
    data[begin:begin + 4 * len(values)] = struct.pack(f"<{len(values)}f", *values)


TEMPLATE = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]"


def pack(name, folder, *options):
    path = tmp / f"{name}.quire"
    ran = run("pack", folder, "-o", path, *options)
    check(f"pack {name}", ran.returncode == 0, ran.stderr)
    return path


def folder_of(name):
    folder = tmp / name
    shutil.copytree(golden / "tiny-llama", folder)
    return folder


chat_folder = folder_of("chat")
settings = json.loads((chat_folder / "tokenizer_config.json").read_text())
(chat_folder / "tokenizer_config.json").write_text(
    json.dumps(settings | {"chat_template": TEMPLATE}))
tiny = pack("tiny", golden / "tiny-llama")
chat = pack("chat", chat_folder)
bert_folder = tmp / "bert"
bert_folder.mkdir()
for file in ("config.json", "model.safetensors"):
    shutil.copy(golden / "families/bert" / file, bert_folder)
shutil.copy(golden / "families/tokenizer.json", bert_folder)
bert = pack("bert", bert_folder)
bert4 = pack("bert4", bert_folder, "--type", "q4")

letter = tmp / "letter.txt"
letter.write_text("Dear reader,\nthis is a letter.\n")
latin = tmp / "latin.txt"
latin.write_bytes(b"Caf\xe9 au lait\n")
empty = tmp / "empty"
empty.write_bytes(b"")
numbers = tmp / "numbers.txt"
numbers.write_text("\n".join(map(str, range(1, 401))))
short = ["-m", tiny, "--raw", "--temp", "0", "-n", "1"]

# --- options that do not exist: what is meant, or that it is not offered
for typed, words in {
        "--tmp 0.5": "unknown option --tmp; did you mean --temp?",
        "--temprature=0.5": "did you mean --temp?",
        "--temperature 0.5": "here it is --temp",
        "--n-predict 5": "here it is --predict",
        "--top_k 5": "did you mean --top-k?",
        "-temp 0.5": "unknown option -temp; did you mean --temp?",
        "-sys Hi": "here it is --system",
        "--system-prompt Hi": "here it is --system",
        "-r stop": "here it is --stop",
        "--repeat-penalty 1.1": "not offered",
        "--presence-penalty 1": "gen-batch",
        "-ngl 99": "no GPU",
        "--lora x": "not offered",
        "--grammar x": "not offered",
        "--json-schema {}": "not offered",
        "-cnv": "unknown option -cnv; not offered",
        "-no-cnv": "not needed",
        "-hf user/model": "nothing is downloaded",
        "-hx": "unknown option -hx",
        "--mlock": "not offered",
        "--no-mmap": "not offered",
        "--ignore-eos": "gen-batch",
        "-fa on": "not needed",
        "--chat-template chatml": "not offered",
        "-ub 512": "here it is --batch-size",
        "-ctk q8_0": "here it is --kv-type",
        "-i": "no chat session",
        "--frobnicate": "unknown option --frobnicate",
        "-Z": "unknown option -Z",
        "-t=1": "expected -t 1",
        "--jsn": "did you mean --json?",
        "--temp": "--temp: expected a value",
        "--temp 1 --temp 2": "--temp: expected once",
}.items():
    expect(f"gen {typed}", 2, words,
           run("gen", "-m", tiny, *typed.split(), *(["hi"] if typed != "--temp" else [])))
known = re.findall(r'Elsewhere\{"([^"]+)"',
                   (source / "apps/common/options/elsewhere.cpp").read_text())
names = [name for entry in known for name in entry.split()]
check("options of other programs that are known", len(names) > 200, len(names))
of_gen = run("gen", "--help").stdout.decode()
for entry in known:
    foreign = [
        n for n in entry.split() if not re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", of_gen)
    ]
    if foreign:
        expect(f"gen {foreign[0]}", 2, f"unknown option {foreign[0]}",
               run("gen", "-m", tiny, foreign[0], "value"))
for name in ("-np", "-sp", "-pp"):  # no value of -n, -s and -p
    expect(f"gen {name}", 2, f"unknown option {name}", run("gen", "-m", tiny, name, "5"))
expect("pack --outtype", 2, "here it is --type",
       run("pack", "x", "--outtype", "q8_0", "-o", "y.quire"))
expect("pack --imatrix", 2, "here it is --importance",
       run("pack", "x", "--imatrix", "f", "-o", "y.quire"))
expect("tok --encode", 2, "here it is --ids", run("tok", "-m", tiny, "--encode", letter))
expect("tok -ngl", 2, "no GPU", run("tok", "-m", tiny, "-ngl", "9", letter))
expect("gen-batch --max-tokens", 2, "here it is --predict",
       run("gen-batch", "-m", tiny, "--max-tokens", "9"))
expect("bench -ngl", 2, "no GPU", run("bench", "-m", tiny, "-ngl", "9"))

# --- what is missing or too much
expect("gen without -m", 2, "expected -m FILE, found none", run("gen", "hi"))
expect("gen model prompt", 2, f"did you mean -m {tiny}?", run("gen", tiny, "hi"))
expect("gen of two words", 2, ["1 at most of PROMPT", '"two"', "quotes"],
       run("gen", "-m", tiny, "one", "two"))
expect("gen without options", 2, "expected -m FILE", run("gen"))
expect("bench of a model", 2, f"did you mean -m {tiny}?", run("bench", tiny))
expect("gen-batch of a file", 2, "did you mean -i requests.jsonl?",
       run("gen-batch", "-m", tiny, "requests.jsonl"))
expect("gen-batch without -m", 2, "expected a model file", run("gen-batch"))
expect("pack without -o", 2, "expected -o OUT.quire", run("pack", chat_folder))
expect("pack without source", 2, "expected SRC", run("pack", "-o", "x.quire"))
expect("eval ppl", 2, "did you mean perplexity?", run("eval", "ppl"))
expect("eval wer", 2, "expected perplexity, compare, choices or importance", run("eval", "zzz"))
expect("eval", 2, "perplexity, compare, choices or importance", run("eval"))
expect("eval perplexity --tmp", 2, "unknown option --tmp", run("eval", "perplexity", "--tmp", "1"))
check("-- ends the options", run("gen", *short, "--", "--tmp").returncode == 0)
check("letters together",
      run("gen", "-m", tiny, "--raw", "-vn1", "--temp", "0",
          "x").returncode == 2)  # v takes no value
check("a value behind its letter",
      run("gen", "-m", tiny, "--raw", "-n1", "--temp", "0", "x").returncode == 0)

# --- numbers
for typed, words in {
        "--temp hot": '--temp: expected a number from 0 to 100, found "hot"',
        "--temp nan": "--temp: expected a number from 0 to 100",
        "--temp inf": "from 0 to 100",
        "--temp -1": "from 0 to 100",
        "--temp 1e999": "from 0 to 100",
        "--top-p nan": "--top-p: expected a number from 0 to 1",
        "--min-p nan": "--min-p: expected a number from 0 to 1",
        "--min-p 0x1": "--min-p",
        "--top-k -1": "--top-k: expected a whole number from 0",
        "--top-k 1.5": "whole number",
        "-n 5x": "--predict: expected a whole number from -1",
        "-n 0x10": "--predict",
        "-n -2": "from -1",
        "-n +5": "--predict",
        "-c -1": '--ctx-size: expected a whole number from 0 to 4294967296, found "-1"',
        "-c 99999999999999999999": '"99999999999999999999"',
        "-b 0": "from 1 to 65536",
        "-t 0": "--threads: expected a whole number from 1 to 1024",
        "-t -1": "from 1 to 1024",
        "-s 18446744073709551616": "--seed: expected a whole number from 0 to 2^64 - 1",
        "-s -2": "--seed",
        "-s 1e3": "--seed",
}.items():
    ran = run("gen", "-m", tiny, "--raw", *typed.split(), "x")
    expect(f"gen {typed}", 2, words, ran)
    check(f"gen {typed}: plain numbers", b"18446744073709551615" not in ran.stderr
          and b"0.000000" not in ran.stderr)


def generated(*options, prompt="def main"):
    ran = run("gen", "-m", tiny, "--raw", "--json", *options, prompt)
    return json.loads(ran.stdout) if ran.returncode == 0 else {"error": ran.stderr}


check("-n 010 is ten", len(generated("-n", "010", "--temp", "0").get("tokens", [])) == 10)
check("-n 08 is eight", len(generated("-n", "08", "--temp", "0").get("tokens", [])) == 8)
check("-s 010 is ten", generated("-n", "1", "-s", "010").get("seed") == 10)
check("-s up to 2^64 - 1", generated("-n", "1", "-s", str(2**64 - 1)).get("seed") == 2**64 - 1)
check("-s -1 is another seed each time",
      len({generated("-n", "1", "-s", "-1").get("seed")
           for _ in range(3)}) > 1)
expect("gen-batch -s -1", 2, "--seed: expected a whole number from 0",
       run("gen-batch", "-m", tiny, "-s", "-1"))
expect("tok --limit -1", 2, "--limit: expected a whole number from 0",
       run("tok", "-m", tiny, "--limit", "-1", letter))
expect("tok --split 0", 2, "--split: expected a whole number from 1",
       run("tok", "-m", tiny, "--split", "0", letter))
expect("bench -n -1", 2, "--n-gen: expected a whole number from 0",
       run("bench", "-m", tiny, "-n", "-1"))
expect("bench -r 08 is a number", 2, "-p: expected at most",
       run("bench", "-m", tiny, "-r", "08", "-p", "100000"))
expect("pack -c -1", 2, "--context: expected a whole number",
       run("pack", chat_folder, "-o", tmp / "x.quire", "-c", "-1"))
expect("pack --bits nan", 2, "--bits: expected a number from 1 to 16",
       run("pack", chat_folder, "-o", tmp / "x.quire", "--bits", "nan"))

# Temperatures down to the smallest float are the likeliest token, whichever candidates are drawn
# from.
greedy = generated("--temp", "0", "-n", "12")["tokens"]
for temperature in ("1e-3", "1e-6", "1e-37", "1e-38", "1.5e-45", "1e-60"):
    for way in ([], ["--top-k", "0", "--top-p", "1", "--min-p",
                     "0"], ["--top-k", "0", "--top-p", "1", "--min-p",
                            "0.05"], ["--top-k", "0"], ["--top-k", "5", "--min-p", "0"]):
        found = generated("--temp", temperature, "-n", "12", "-s", "5", *way).get("tokens")
        check(f"--temp {temperature} {' '.join(way)}", found == greedy, (found, greedy))

# --- prompts
for name, arguments, stdin in [("an empty argument", [""], b""), ("an empty -p", ["-p", ""], b""),
                               ("empty standard input", [], b""),
                               ("an empty file", ["-f", empty], b""),
                               ("an empty file by -", ["-f", "-"], b""),
                               ("/dev/null", ["-f", "/dev/null"], b"")]:
    for model in (tiny, chat):
        expect(f"{name} with {model.stem}", 4, "found an empty one",
               run("gen", "-m", model, *arguments, stdin=stdin))


def shown(*arguments, stdin=b"", model=chat):
    ran = run("gen", "-m", model, "--show-prompt", *arguments, stdin=stdin)
    return ran.stdout.decode() if ran.returncode == 0 else ran.stderr


check("standard input and an argument",
      shown("Summarize", stdin=b"A letter.\n") == "[user]A letter.\n Summarize[assistant]",
      shown("Summarize", stdin=b"A letter.\n"))
check("standard input and -p",
      shown("-p", "Summarize", stdin=b"A letter.") == "[user]A letter. Summarize[assistant]")
check("standard input and an empty argument",
      shown("", stdin=b"A letter.") == "[user]A letter.[assistant]")
check("an argument and empty standard input", shown("Hi") == "[user]Hi[assistant]")
check("-f - is standard input",
      shown("-f", "-", stdin=b"A letter.") == "[user]A letter.[assistant]")
check("- is standard input alone", shown("-", stdin=b"A letter.") == "[user]A letter.[assistant]")
check("-f leaves standard input alone",
      shown("-f", letter, stdin=b"no") == f"[user]{letter.read_text()}[assistant]")
expect("--embed of both", 2, "found both", run("gen", "-m", bert, "--embed", "x", stdin=b"y\n"))
expect("a Latin-1 file", 4, ["latin.txt", "byte 0xE9 at byte 3 in line 1", "iconv"],
       run("gen", "-m", chat, "-f", latin))
check("a Latin-1 file with --raw", run("gen", *short, "-f", latin).returncode == 0)
expect("a prompt file that is none", 4, "none.txt: cannot open",
       run("gen", "-m", tiny, "-f", tmp / "none.txt"))

# --- paths that are no model
expect("-m of a text file", 3, "expected a .quire file, found a text file; pack makes one",
       run("gen", "-m", letter, "x"))
expect("-m of a folder", 3, f"found the folder of a checkpoint; pack {chat_folder} -o",
       run("gen", "-m", chat_folder, "x"))
expect("-m of another folder", 3, "found a folder without config.json", run("gen", "-m", tmp, "x"))
expect("-m of a tokenizer.json", 3, ["a JSON file", "pack FOLDER"],
       run("gen", "-m", chat_folder / "tokenizer.json", "x"))
expect("-m of safetensors", 3, ["a safetensors file", "pack FOLDER"],
       run("inspect", chat_folder / "model.safetensors"))
expect("-m of a URL", 3, "found a URL; download", run("gen", "-m", "https://example.org/m.gguf",
                                                      "x"))
expect("-m of a hub's name", 3, "nothing is downloaded", run("gen", "-m", "user/model", "x"))
expect("-m of nothing", 3, "cannot open: No such file",
       run("eval", "perplexity", "-m", tmp / "none.quire", "-f", letter))
gguf = tmp / "model.gguf"
gguf.write_bytes(b"GGUF" + bytes(60))
expect("-m of GGUF", 3, f"found a GGUF file; pack {gguf} -o", run("bench", "-m", gguf))
output = tmp / "out.quire"
expect("pack letter.txt", 3, "expected a checkpoint, found a text file",
       run("pack", letter, "-o", output))
expect("pack x.quire", 3, "found a .quire file", run("pack", tiny, "-o", output))
expect("pack a URL", 3, "found a URL; download",
       run("pack", "https://example.org/m.gguf", "-o", output))
expect("pack a hub's name", 3, "nothing is downloaded", run("pack", "user/model", "-o", output))
expect("pack a file of a folder", 3, "give its folder",
       run("pack", chat_folder / "model.safetensors", "-o", output))
expect("pack a config.json", 3, "give the folder",
       run("pack", chat_folder / "config.json", "-o", output))
pointer = tmp / "pointer.gguf"
pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
expect("pack a pointer", 3, "git-lfs", run("pack", pointer, "-o", output))
pickle = tmp / "pytorch_model.bin"
pickle.write_bytes(b"PK\x03\x04" + bytes(60))
expect("pack a pickle", 3, "a PyTorch file", run("pack", pickle, "-o", output))
expect("pack an empty file", 3, "an empty file", run("pack", empty, "-o", output))
for name in ("x.gguf", "x.safetensors", "x.bin"):
    expect(f"pack -o {name}", 2, "pack writes .quire files only",
           run("pack", chat_folder, "-o", tmp / name))
check("a failed pack leaves no file", not output.exists())

# --- names of types
for typed, words in {
        "--type q17": "expected one of keep f32 f16",
        "--type q4_k_m": "about as large is q4-mixed",
        "--type Q4_0": "about as large is q4",
        "--type q6_16": "it is a type of --tensor-type",
        "--tensor-type foo=q8": ["expected a matrix of this model", "found foo", "down"],
        "--tensor-type layers.7.v=q8": "found layers.7.v",
        "--tensor-type down=q9": "expected NAME=TYPE with one of f32",
        "--tensor-type down": "such as down=q6",
        "--tensor-type down=Q4_K": "with one of",
}.items():
    expect(f"pack {typed}", 2, words,
           run("pack", golden / "tiny-llama", "-o", output, *typed.split()))
check("refused types leave no file", not output.exists())
same = {
    name: run("inspect", "--json", pack(f"type-{name}", golden / "tiny-llama", "--type",
                                        name)).stdout
    for name in ("q8", "q8_0", "Q8_0")
}
hashes = {json.loads(text)["model_hash"] for text in same.values()}
check("q8_0 and Q8_0 are q8", len(hashes) == 1, hashes)
typed = pack("overridden", golden / "tiny-llama", "--tensor-type", "down=Q4_0", "--tensor-type",
             "layers.0.v=q8_0", "--tensor-type", "gate=FP16")
types = {
    t["name"]: t["type"]
    for t in json.loads(run("inspect", "--json", "--tensors", typed).stdout)["tensors"]
}
check("--tensor-type takes GGUF's names",
      (types["layers.1.down"], types["layers.0.v"], types["layers.0.gate"]) == ("q4", "q8", "f16"),
      types)

# --- results that are no numbers Of this model the token of "~" has a key in the first layer that
# f16 cannot hold, and no other one has.
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
check("gen-batch: a vector that is none", line["response"]["status_code"] == 500, line)
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
expect("a column twice", 4, ['twice.csv: expected columns of different names, found "text" twice'],
       ran)
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
expect("tok of words", 4, "hello world: cannot open", run("tok", "-m", tiny, "hello world"))

# --- version and help
version = int(re.search(r"kVersion = (\d+)", (source / "formats/quire/layout.h").read_text())[1])
file_version = json.loads(run("inspect", "--json", tiny).stdout)["format_version"]
check("files have the version of the sources", file_version == version, file_version)
for command in ("gen", "gen-batch", "tok", "pack", "inspect", "bench", "eval"):
    text = run(command, "--version").stdout.decode()
    check(f"{command} --version",
          re.fullmatch(rf"{command} \(quire\) \d+\.\d+\.\d+, file format {file_version}\n", text),
          text)
    helps = [run(command, "--help")]
    if command == "eval":
        helps += [
            run(command, sub, "--help")
            for sub in ("perplexity", "compare", "choices", "importance")
        ]
    for ran in helps:
        wide = [line for line in ran.stdout.decode().splitlines() if len(line) > 80]
        check(f"{command} --help: exit code, 80 columns", ran.returncode == 0
              and ran.stdout.startswith(b"") and not wide, wide)
    with open("/dev/full", "w") as full:
        ran = subprocess.run([bin_dir / command, "--help"], stdout=full, stderr=subprocess.PIPE)
    check(f"{command} --help on a full disk", ran.returncode == 1, ran)
check("defaults are shown", "(default: 0.8)" in " ".join(of_gen.split())
      and "(default: 40)" in " ".join(of_gen.split()), of_gen)

# --- what a process runs out of is no fault of the file
large = tmp / "large.quire"
shutil.copy(tiny, large)
os.truncate(large, 64 << 30)  # no more than its first bytes are on the disk
for command in (f"gen -m '{large}' x", f"inspect '{large}'",
                f"eval perplexity -m '{large}' -f '{letter}'", f"bench -m '{large}'"):
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

print(f"{n_checks - len(failures)} of {n_checks} checks passed")
sys.exit(1 if failures else 0)
