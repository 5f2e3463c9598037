#!/usr/bin/env python3
"""What people get wrong when they type, and what they are told: each mistake has its exit code and
one line on standard error that says what was expected, what was found, and where or what helps.

    mistakes_test.py BIN_DIR SOURCE_DIR [show]

"show" prints every line, to be read.
"""
import json
import pathlib
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from small_models import (  # noqa: E402
    bert,
    bin_dir,
    chat,
    chat_folder,
    golden,
    latin,
    letter,
    numbers,
    pack,
    put,
    run,
    tensors_of,
    tiny,
    tmp,
    write_tensors,
)
from support import check, finish  # noqa: E402

# Longer lines are not read.
MOST = 330
tokenizer = golden / "tokenizers/digits"
smollm = golden / "tokenizers/llama3"
is_shown = sys.argv[3:] == ["show"]
n_mistakes = 0


def mistake(name, code, words, command, *arguments, **more):
    """One line, of bounded length, that names the command and holds every one of `words`."""
    global n_mistakes
    n_mistakes += 1
    ran = run(command, *arguments, **more)
    text = ran.stderr.decode(errors="replace")
    if is_shown:
        print(f"{name} ({ran.returncode})\n    {text}", end="" if text.endswith("\n") else "\n")
    check(f"{name}: exit code {code}", ran.returncode == code, (ran.returncode, text))
    check(f"{name}: one line", text.count("\n") == 1 and text.endswith("\n"), text)
    check(f"{name}: not too long", len(text) <= MOST + 2 * len(str(tmp)), text)
    check(f"{name}: begins with the command", text.startswith(f"{command}: "), text)
    for word in [words] if isinstance(words, str) else words:
        check(f"{name}: says {word!r}", word in text, text)


def file(name, content):
    path = tmp / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def json_file(name, value):
    return file(name, json.dumps(value))


def gen(*arguments, **more):
    return ("gen", "-m", tiny, "--raw", *arguments)


# --- options that do not exist, and values that do not fit
mistake("a misspelt option with a value", 2, "unknown option --tmp; did you mean --temp?",
        *gen("--tmp", "0.5", "hi"))
mistake("a misspelt option without a value", 2, "unknown option --jsn; did you mean --json?",
        *gen("--jsn", "hi"))
mistake("--temp hot", 2, ["--temp: expected a number from 0 to 100", '"hot"'],
        *gen("--temp", "hot", "hi"))
mistake("-c abc", 2, ["--ctx-size: expected a whole number", '"abc"'], *gen("-c", "abc", "hi"))
mistake("-t 0", 2, "--threads: expected a whole number from 1 to 1024", *gen("-t", "0", "hi"))
mistake("--kv-type q9", 2, ["--kv-type: expected one of f16, f32, int8, q8, q4", '"q9"'],
        *gen("--kv-type", "q9", "hi"))
mistake("--isa sse", 2, ["--isa", "expected", "sse"], *gen("--isa", "sse", "hi"))

# --- models that are none
mistake("a model that does not exist", 3, ["nofile.quire", "cannot open"], "gen", "-m",
        tmp / "nofile.quire", "hi")
mistake("a folder as model", 3, "found a folder without config.json", "gen", "-m", tmp, "hi")
mistake("a URL as model", 3, ["found a URL", "quire pull"], "gen", "-m",
        "https://example.org/m.gguf", "hi")
mistake("a text as model", 3, ["found a text file", "pack"], "gen", "-m", letter, "hi")
broken_gguf = file("broken.gguf", b"GGUF" + bytes(20))
mistake("a broken GGUF as model", 3, "broken.gguf", "gen", "-m", broken_gguf, "hi")
mistake("a tokenizer.json as model", 3, ["a JSON file", "pack FOLDER"], "gen", "-m",
        chat_folder / "tokenizer.json", "hi")
mistake("a model without -m", 2, f"did you mean -m {tiny}?", "gen", tiny, "hi")
mistake("no model at all", 2, "-m: expected a model, found none", "gen", "hi")
mistake("a prompt without quotes", 2, ["quotes", '"two"'], *gen("one", "two", "three"))
mistake("two models", 2, "-m: expected once, found a second time", *gen("-m", tiny, "hi"))

# --- outputs that would destroy something
requests = file("requests.jsonl", '{"prompt": "Hi", "max_tokens": 1}\n')
results = tmp / "results.jsonl"
made = run("gen-batch", "-m", tiny, "-q", "-i", requests, "-o", results)
check("results are made", made.returncode == 0, made.stderr)
before = {path: path.read_bytes() for path in (requests, results, letter, tiny)}
mistake("-i and -o swapped", 2, ["requests.jsonl", "-o"], "gen-batch", "-m", tiny, "-q", "-i",
        results, "-o", requests)
mistake("-o is -i", 2, ["-o", "-i"], "gen-batch", "-m", tiny, "-i", requests, "-o", requests)
mistake("-o is the model", 2, ["-o", "-m"], "gen-batch", "-m", tiny, "-i", requests, "-o", tiny)
mistake("-o is a letter", 2, ["letter.txt", "--overwrite"], "gen-batch", "-m", tiny, "-i",
        requests, "-o", letter)
for path, content in before.items():
    check(f"{path.name} is as before", path.read_bytes() == content)

# --- what pack is given
out = tmp / "new.quire"
mistake("a source that does not exist", 3, ["nofile", "cannot open"], "pack", tmp / "nofile", "-o",
        out)
mistake("a folder without a checkpoint", 3, ["config.json", "found"], "pack", tmp, "-o", out)
mistake("a .quire file as source", 3, "found a .quire file", "pack", tiny, "-o", out)
mistake("a text as source", 3, "expected a checkpoint, found a text file", "pack", letter, "-o",
        out)
mistake("a URL as source", 3, ["found a URL", "quire pull"], "pack", "https://example.org/x", "-o",
        out)
mistake("a file of a folder as source", 3, "give its folder", "pack",
        chat_folder / "model.safetensors", "-o", out)
mistake("no -o", 2, "expected -o OUT.quire, found none", "pack", chat_folder)
mistake("-o is a folder", 1, "expected a file to write, found a folder", "pack", chat_folder,
        "-o", tmp)
mistake("-o in no folder", 1, ["none/x.quire", "No such file"], "pack", chat_folder, "-o",
        tmp / "none/x.quire")


def checkpoint(name, change):
    """A copy of the small checkpoint, changed."""
    folder = tmp / name
    shutil.copytree(golden / "tiny-llama", folder)
    change(folder)
    return folder


def sharded(folder):
    header, data = tensors_of(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = [name for name in header if name != "__metadata__"]
    weights = {}
    for shard, part in enumerate((names[::2], names[1::2]), 1):
        file_name = f"model-0000{shard}-of-00002.safetensors"
        mine, own = {}, b""
        for name in part:
            begin, end = header[name]["data_offsets"]
            mine[name] = header[name] | {"data_offsets": [len(own), len(own) + end - begin]}
            own += bytes(data[begin:end])
            weights[name] = file_name
        write_tensors(folder / file_name, mine, own)
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": weights}))
    return folder / file_name


def short_shard(folder):
    path = sharded(folder)
    path.write_bytes(path.read_bytes()[:-100])


def not_a_number(folder):
    header, data = tensors_of(folder / "model.safetensors")
    name = next(n for n in header if n.endswith("down_proj.weight"))
    put(header, data, name, 0, 0, [float("nan")])
    write_tensors(folder / "model.safetensors", header, bytes(data))


def setting(key, value):

    def change(folder):
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))

    return change


mistake("a shard is missing", 3, ["model-00002-of-00002.safetensors", "missing"], "pack",
        checkpoint("missing", lambda folder: sharded(folder).unlink()), "-o", out)
mistake("a shard is short", 3, ["model-00002-of-00002.safetensors", "expected", "found"], "pack",
        checkpoint("short", short_shard), "-o", out)
gguf = (golden / "gguf/mixtral.gguf").read_bytes()
mistake("a GGUF file is short", 3, ["short.gguf", "bytes"], "pack",
        file("short.gguf", gguf[:-1000]), "-o", out)
mistake("a weight that is no number", 3, ["down_proj", "not a finite number"], "pack",
        checkpoint("nan", not_a_number), "-o", out)
mistake("an unknown model_type", 3, ["model_type", "frobnicator", "docs/families.md"], "pack",
        checkpoint("type", setting("model_type", "frobnicator")), "-o", out)
mistake("an unknown key in config.json", 3, ["config", "key frobnicate is not understood"], "pack",
        checkpoint("key", setting("frobnicate", 3)), "-o", out)
mistake("--type q8_9", 2, ["--type", "expected one of", "q8_9"], "pack", chat_folder, "-o", out,
        "--type", "q8_9")
mistake("--bits 0", 2, "--bits: expected a number from 1 to 16", "pack", chat_folder, "-o", out,
        "--bits", "0")
mistake("--bits 20", 2, "--bits: expected a number from 1 to 16", "pack", chat_folder, "-o", out,
        "--bits", "20")
mistake("--tensor-type of no tensor", 2, ["--tensor-type", "found foo"], "pack", chat_folder, "-o",
        out, "--tensor-type", "foo=q8")
mistake("--tensor-type of no type", 2, ["--tensor-type", "expected NAME=TYPE", "q9"], "pack",
        chat_folder, "-o", out, "--tensor-type", "down=q9")
check("none of these leaves a file", not out.exists())

# --- prompts
mistake("a prompt that is too long", 4, ["expected at most", "tokens", "found"],
        *gen("-f", file("long.txt", "word " * 5000)))
mistake("-c too large", 2, ["-c", "at most the model's 256", "found 4000000"], *gen("-c",
        "4000000", "hi"))
mistake("an empty raw prompt", 4, "found an empty one", *gen(""))
mistake("an empty chat prompt", 4, "found an empty one", "gen", "-m", chat, "")
mistake("a prompt that is not UTF-8", 4, ["latin.txt", "byte 0xE9 at byte 3 in line 1", "iconv"],
        "gen", "-m", chat, "-f", latin)
mistake("messages that are no JSON", 4, ["messages.json", "JSON"], "gen", "-m", chat, "--messages",
        file("messages.json", "hello"))
mistake("a role that does not exist", 4, ["role", "expected"], "gen", "-m", chat, "--messages",
        json_file("role.json", [{"role": "boss", "content": "Hi"}]))
mistake("a message without content", 4, ["content", "expected"], "gen", "-m", chat, "--messages",
        json_file("content.json", [{"role": "user"}]))
mistake("no message", 4, ["expected", "found"], "gen", "-m", chat, "--messages",
        json_file("none.json", []))
mistake("--messages with --system", 2, ["--messages", "expected without", "--system"], "gen",
        "-m", chat, "--messages",
        json_file("one.json", [{"role": "user", "content": "Hi"}]), "--system", "Be brief.")

# --- tok
mistake("tok without a tokenizer", 2, ["-m: expected a tokenizer, found none",
        "quire pull o200k_base"],
        "tok", letter)
mistake("tok of a folder", 4, ["found a folder", "-r"], "tok", "-m", tokenizer, tmp)
mistake("tok of no file", 4, ["none.txt", "No such file"], "tok", "-m", tokenizer,
        tmp / "none.txt")
mistake("tok of a pattern", 4, "matches no file", "tok", "-m", tokenizer, tmp / "*.none")
mistake("tok of words", 4, 'tok -p "hello world"', "tok", "-m", tokenizer, "hello", "world")
mistake("tok count of words", 4, 'tok -p "hello"', "tok", "-m", tokenizer, "count", "hello")
mistake("tok with a vocabulary that is not here", 3, ["o200k_base", "quire pull gpt-4o"], "tok",
        "-m", "gpt-4o", letter)
mistake("tok with a text as tokenizer", 3, ["letter.txt", "expected", "found"], "tok", "-m", letter,
        letter)
mistake("tok of ids that are none", 4, '"Dear" as number 1', "tok", "-m", tokenizer, "--decode",
        letter)
mistake("tok with bad prices", 4, ["prices.json", "expected a price"], "tok", "-m", tokenizer,
        "--price", json_file("prices.json", {"x": "cheap"}), letter)
mistake("tok with two outputs", 2, ["--ids: expected without --pieces"], "tok", "-m", tokenizer,
        "--ids",
        "--pieces", letter)
mistake("ttok's -i", 2, ["unknown option -i", "files"], "tok", "-m", tokenizer, "-i", letter)
mistake("ttok's --list-models", 2, ["unknown option --list-models", "quire models"], "tok",
        "--list-models")
mistake("ids of words", 2, "no ids", "tok", "-m", "words", "--ids", letter)
mistake("--memory of a tokenizer alone", 2, ["--memory", "expected a .quire file"], "tok", "-m",
        tokenizer, "--memory", letter)

# --- gen-batch
csv = file("words.csv", "word,lang\nhouse,fr\n")
batch = ("gen-batch", "-m", tiny, "-q", "-o", tmp / "batch.jsonl")
mistake("a table without --template", 2, "--template", *batch, "-i", csv)
mistake("a column that does not exist", 2, ["{wrod}", "word"], *batch, "-i", csv, "--template",
        "In French: {wrod}")
mistake("a brace that stays open", 2, ["--template", "}"], *batch, "-i", csv, "--template",
        "In French: {word")
mistake("a folder as input", 4, ["expected a file", "folder"], *batch, "-i", tmp)
mistake("gen-batch without -m", 2, "-m: expected a model", "gen-batch", "-i", requests, "-o",
        tmp / "batch.jsonl")
mistake("requests without -i", 2, "did you mean -i requests.jsonl?", "gen-batch", "-m", tiny,
        "requests.jsonl")
mistake("--memory lots", 2, ["--memory", '"lots"'], *batch, "-i", requests, "--memory", "lots")
mistake("--shard 3/2", 2, ["--shard", "3/2"], *batch, "-i", requests, "--shard", "3/2")
mistake("--time yesterday", 2, ["--time", "yesterday"], *batch, "-i", requests, "--time",
        "yesterday")
mistake("a text of prompts without --lines", 2, "--lines", *batch, "-i", numbers)

# --- eval
perplexity = ("eval", "perplexity", "-m", tiny, "-c", "64")
mistake("eval without a command", 2, "perplexity, contexts, compare, choices or importance", "eval")
mistake("eval ppl", 2, "did you mean perplexity?", "eval", "ppl")
mistake("eval without a text", 2, "expected -f TEXT, found none", *perplexity)
mistake("eval of no file", 4, ["none.txt", "No such file"], *perplexity, "-f", tmp / "none.txt")
mistake("eval of a short text", 4, ["letter.txt", "expected", "tokens", "found"], *perplexity, "-f",
        letter)
mistake("a window above the model's", 2, ["--ctx-size: expected at most", "found 100000"], "eval",
        "perplexity", "-m", tiny, "-f", numbers, "-c", "100000")
mistake("an encoder beside a decoder", 2, ["expected a model that predicts", "found an encoder"],
        "eval", "compare", tiny, bert, "-f", numbers, "-c", "64")


def other_cuts(folder):
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"normalizer": {"type": "Prepend", "prepend": "x"}}))


other = pack("other", checkpoint("other-cuts", other_cuts))
mistake("two ways to cut a text", 4, ["expected to cut the text into the same tokens", "other"],
        "eval", "compare", tiny, other, "-f", numbers, "-c", "64")
mistake("questions that are none", 4, ["line 1", "expected"], "eval", "choices", "-m", tiny, "-f",
        file("questions.jsonl", '{"question": "?"}\n'))

# --- .quire files
whole = tiny.read_bytes()
flipped = bytearray(whole)
flipped[-5000] ^= 1
mistake("a damaged file", 3, ["flipped.quire", "checksum does not match"], "gen", "-m",
        file("flipped.quire", bytes(flipped)), "--raw", "hi")
mistake("a file that was cut", 3, ["cut.quire", "bytes"], "gen", "-m",
        file("cut.quire", whole[:-3000]), "--raw", "hi")

# --- commands of other programs, and misspelt ones
for typed, words in {
        "run smollm2 hi": ["unknown command run", "quire chat", "quire gen"],
        "list": "quire models", "ls": "quire models", "rm x": "quire models remove",
        "show x": "quire inspect", "serve": "nothing of Quire runs", "ps": "nothing of Quire runs",
        "create x": "quire pack", "quantize a b": "quire pack", "download x": "quire pull",
        "tokenize hi": "quire tok", "count hi": "quire tok", "perplexity": "quire eval perplexity",
        "embed hi": "quire gen --embed", "logs": "nothing is kept", "chta": "did you mean chat?",
        "gne hi": "did you mean gen?", "models lst": "unknown command lst", "xyzzy": "quire help",
}.items():
    mistake(f"quire {typed}", 2, words, "quire", *typed.split())
mistake("quire gen --modle", 2, "did you mean --model?", "gen", "--modle", tiny, "hi")
mistake("ttok's --allow-special", 2, "here it is --special", "tok", "-m", "words",
        "--allow-special", letter)
mistake("ttok's --encode", 2, "here it is --ids", "tok", "-m", "words", "--encode", letter)
mistake("ttok's --tokens", 2, "here it is --pieces", "tok", "-m", "words", "--tokens", letter)
mistake("llama.cpp's --stdin", 2, "not needed", "tok", "-m", "words", "--stdin", letter)
mistake("llm's -o key value", 2, "here it is --temp", *gen("-o", "temperature", "0.5", "hi"))
mistake("llm's -s text", 2, ["--seed", '"Be brief"'], *gen("-s", "Be brief", "hi"))
mistake("ollama's --format", 2, "here it is --json-schema", *gen("--format", "json", "hi"))
mistake("ollama's --think", 2, "here it is --reasoning", *gen("--think", "high", "hi"))
mistake("llama.cpp's -hf", 2, "quire pull", "gen", "-hf", "user/model", "hi")

# --- where the output goes
with open("/dev/full", "wb") as full:
    mistake("a full disk", 1, "No space left", "tok", "-m", tokenizer, letter,
            capture_output=False, stdout=full, stderr=subprocess.PIPE)
pipe = subprocess.run(
    f'"{bin_dir}/gen" -m "{tiny}" --raw -n 200 --temp 0 hi | head -c 1 >/dev/null; '
    'exit "${PIPESTATUS[0]}"', shell=True, executable="/bin/bash", capture_output=True)
check("a closed pipe: quiet", pipe.stderr == b"", pipe)
with subprocess.Popen([bin_dir / "gen", "-m", tiny, "--raw", "-n", "-1", "--temp", "0.9", "hi"],
                      stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
    process.stdout.read(1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    check("Ctrl-C: 130, or the end was reached", process.returncode in (130, 0),
          process.returncode)

check("all of them", n_mistakes >= 70, n_mistakes)
finish()
