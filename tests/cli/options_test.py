#!/usr/bin/env python3
"""Command lines: every row has the exit code and the words that the message must have.

    options_test.py BIN_DIR SOURCE_DIR
"""
import json
import re
import subprocess

from small_models import (
    bert,
    bin_dir,
    chat,
    chat_folder,
    empty,
    expect,
    golden,
    latin,
    letter,
    output,
    pack,
    run,
    short,
    source,
    tiny,
    tmp,
)
from support import check, finish

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
        "--repetition-penalty 1.1": "here it is --repeat-penalty",
        "--typical-p 0.9": "here it is --typical",
        "--adaptive-target 0.5": "not offered",
        "--n-probs 1": "here it is --logprobs",
        "-ngl 99": "no GPU",
        "--lora x": "not offered",
        "--grammar-file x": "here it is --grammar",
        "-jf x": "here it is --json-schema",
        "-cnv": "unknown option -cnv; not an option",
        "-no-cnv": "not needed",
        "-hf user/model": "quire pull",
        "-hx": "unknown option -hx",
        "--mlock": "--load lock",
        "--no-mmap": "--load huge",
        "--load all": "--load: expected one of map, huge, lock, found \"all\"",
        "-fa on": "not needed",
        "--chat-template chatml": "not offered",
        "-ub 512": "here it is --batch-size",
        "-ctk q8_0": "here it is --kv-type",
        "-i": "quire chat",
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
expect("gen without -m", 2, "-m: expected a model, found none", run("gen", "hi"))
expect("gen model prompt", 2, f"did you mean -m {tiny}?", run("gen", tiny, "hi"))
expect("gen of two words", 2, ["1 at most of PROMPT", '"two"', "quotes"],
       run("gen", "-m", tiny, "one", "two"))
expect("gen without options", 2, "-m: expected a model", run("gen", stdin=b"x"))
expect("bench of a model", 2, f"did you mean -m {tiny}?", run("bench", tiny))
expect("gen-batch of a file", 2, "did you mean -i requests.jsonl?",
       run("gen-batch", "-m", tiny, "requests.jsonl"))
expect("gen-batch without -m", 2, "-m: expected a model", run("gen-batch"))
expect("pack without -o", 2, "expected -o OUT.quire", run("pack", chat_folder))
expect("pack without source", 2, "expected SRC", run("pack", "-o", "x.quire"))
expect("eval ppl", 2, "did you mean perplexity?", run("eval", "ppl"))
expect("eval wer", 2, "expected perplexity, contexts, compare, choices or importance",
       run("eval", "zzz"))
expect("eval", 2, "perplexity, contexts, compare, choices or importance", run("eval"))
expect("eval perplexity --tmp", 2, "unknown option --tmp", run("eval", "perplexity", "--tmp", "1"))
check("-- ends the options", run("gen", *short, "--", "--tmp").returncode == 0)
check("letters together",
      run("gen", "-m", tiny, "--raw", "-vn1", "--temp", "0",
          "x").returncode == 2)  # v takes no value
check("a value directly after its letter",
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
expect("a prompt file that does not exist", 4, "none.txt: cannot open",
       run("gen", "-m", tiny, "-f", tmp / "none.txt"))

# --- paths that are no model
expect("-m of a text file", 3, "expected a .quire file, found a text file; pack makes one",
       run("gen", "-m", letter, "x"))
expect("-m of another folder", 3, "found a folder without config.json", run("gen", "-m", tmp, "x"))
expect("-m of a tokenizer.json", 3, ["a JSON file", "pack FOLDER"],
       run("gen", "-m", chat_folder / "tokenizer.json", "x"))
expect("-m of safetensors", 3, ["a safetensors file", "pack FOLDER"],
       run("inspect", chat_folder / "model.safetensors"))
expect("-m of a URL", 3, "found a URL; quire pull", run("gen", "-m", "https://example.org/m.gguf",
                                                      "x"))
expect("-m of a hub's name", 3, "quire pull", run("gen", "-m", "user/model", "x"))
expect("-m of nothing", 3, "cannot open: No such file",
       run("eval", "perplexity", "-m", tmp / "none.quire", "-f", letter))
expect("pack letter.txt", 3, "expected a checkpoint, found a text file",
       run("pack", letter, "-o", output))
expect("pack x.quire", 3, "found a .quire file", run("pack", tiny, "-o", output))
expect("pack a URL", 3, "found a URL; quire pull",
       run("pack", "https://example.org/m.gguf", "-o", output))
expect("pack a hub's name", 3, "quire pull", run("pack", "user/model", "-o", output))
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
        "--type q5_k_m": "about as large is q5-mixed",
        "--type Q4_0": "about as large is q4",
        "--type q6_16": "it is a type of --tensor-type",
        "--tensor-type foo=q8": ["expected a matrix of this model", "found foo", "down"],
        "--tensor-type layers.7.v=q8": "found layers.7.v",
        "--tensor-type down=q9": "expected NAME=TYPE with one of f32",
        "--tensor-type down": "such as down=q6",
        "--tensor-type down=IQ3_M": "with one of",
        "--tensor-type down=IQ3_S": "expected a tensor that the checkpoint has as iq3_s",
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
# What a type says is the mean of all weights; rows of 96 weights are padded to 128.
for name, bits in (("q4", 4.5), ("q5-mixed", 6.0), ("q8", 8.5)):
    report = run("pack", golden / "tiny-llama", "-o", tmp / "sized.quire", "--type",
                 name).stdout.decode()
    types = json.loads(run("inspect", "--json", tmp / "sized.quire").stdout)["types"].values()
    real = 8 * sum(t["bytes"] for t in types) / sum(t["weights"] for t in types)
    check(f"{name}: the last line says the bits per weight of the file",
          report.splitlines()[-1] == f"{name}: {real:.2f} bits per weight in all", report)
    check(f"{name} is {bits} bits per weight", bits <= real < bits + 0.7, real)
    check(f"the help says how large {name} is",
          f"{name} {bits:g}" in " ".join(run("pack", "--help").stdout.decode().split()))
typed = pack("overridden", golden / "tiny-llama", "--tensor-type", "down=Q4_0", "--tensor-type",
             "layers.0.v=q8_0", "--tensor-type", "gate=FP16")
types = {
    t["name"]: t["type"]
    for t in json.loads(run("inspect", "--json", "--tensors", typed).stdout)["tensors"]
}
check("--tensor-type takes GGUF's names",
      (types["layers.1.down"], types["layers.0.v"], types["layers.0.gate"]) == ("q4", "q8", "f16"),
      types)

# --- version and help
version = int(re.search(r"kVersion = (\d+)", (source / "formats/quire/layout.h").read_text())[1])
file_version = json.loads(run("inspect", "--json", tiny).stdout)["format_version"]
# The lowest version that has the element types of the file.
check("files have the version of the sources, or an older one", file_version <= version,
      file_version)
for command in ("gen", "gen-batch", "tok", "pack", "inspect", "bench", "eval"):
    text = run(command, "--version").stdout.decode()
    check(f"{command} --version",
          re.fullmatch(rf"{command} \(quire\) \d+\.\d+\.\d+, file format {version}\n", text),
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

finish()
