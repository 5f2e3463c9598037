#!/usr/bin/env python3
"""tok with texts instead of files: in the command line, cut by words and characters, with names of
public vocabularies, prices and memory, and shown at a terminal.

    tok_text_test.py BIN_DIR SOURCE_DIR"""
import base64
import json
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
from pseudo import Terminal  # noqa: E402
from small_models import bert, bin_dir, expect, golden, letter, run, tiny, tmp  # noqa: E402
from support import check, finish  # noqa: E402

digits = golden / "tokenizers/digits"
models = pathlib.Path(os.environ["QUIRE_MODELS"])
models.mkdir(parents=True, exist_ok=True)


def tok(*words, **more):
    return run("tok", *words, **more)


def out(*words, **more):
    ran = tok(*words, **more)
    return ran.stdout.decode() if ran.returncode == 0 else ran


# --- texts in the command line
check("a text: only the number", out("-m", "words", "-p", "one two, three") == "4\n")
check("several texts: a line each",
      out("-m", "words", "-p", "one", "-p", "one two") == '1  "one"\n2  "one two"\n3  total\n')
(tmp / "a file").write_text("one two three")
check("texts and files", out("-m", "words", "-p", "one", "a file", cwd=tmp)
      == '1  "one"\n3  a file\n4  total\n')
check("a text that is the name of a file", out("-m", "words", "-p", "a file", cwd=tmp) == "2\n")
check("an empty text", out("-m", "words", "-p", "") == "0\n")
check("-p - is a text", out("-m", "characters", "-p", "-") == "1\n")
check("standard input beside a text", out("-m", "words", "-p", "one", "-", stdin=b"two three")
      == '1  "one"\n2  -\n3  total\n')
check("--ids of a text", out("-m", "bytes", "--ids", "-p", "AB") == "65 66\n")
check("--decode of a text", out("-m", "bytes", "--decode", "-p", "65 66") == "AB")
check("--truncate of a text", out("-m", "characters", "--truncate", "3", "-p", "größer") == "grö")
check("--split of a text: its name is the text",
      [json.loads(line)["text"] for line in
       out("-m", "characters", "--split", "2", "-p", "abc").splitlines()] == ["ab", "c"])
check("JSON: the name is the text",
      json.loads(out("-m", "words", "-p", "one two", "--json"))["files"][0]["name"] == "one two")
check("a cell cannot move the cursor",
      out("-m", "words", "-p", "a\x1b[2J", "-p", "b").splitlines()[0].endswith('"a\\x1B[2J"'))
expect("words that are no file", 4, ["expected a file", 'tok -p "hello world"'],
       tok("-m", "words", "hello", "world"))
expect("count, and words", 4, 'tok -p "hello"', tok("-m", "words", "count", "hello"))
expect("a path that is no file", 4, "notes/none.txt: cannot open", tok("-m", "words",
                                                                       "notes/none.txt"))
ran = tok("-m", "words", letter, "none")
check("a word beside a file that exists", ran.returncode == 4 and b"total" in ran.stdout
      and b"none: cannot open" in ran.stderr, ran)
expect("-p with --chat", 2, "cannot go with -p", tok("-m", "words", "--chat", letter, "-p", "x"))

# --- words, characters, bytes
# tokenizers.pre_tokenizers.Whitespace() of version 0.23.3 gives these words.
TEXT = "Zwei Könige 👑!! don't\tstop_now 3.14\n\nनमस्ते x\u0301"
WORDS = ["Zwei", "Könige", "👑!!", "don", "'", "t", "stop_now", "3", ".", "14", "नमस्ते", "x\u0301"]


def pieces(model, text=TEXT, *more):
    data = json.loads(out("-m", model, "--pieces", "--json", "-p", text, *more))
    return data["files"][0]["pieces"]


check("words are those of `tokenizers`", [p["text"] for p in pieces("words")] == WORDS,
      pieces("words"))
check("words and characters have no ids", "id" not in pieces("words")[0]
      and "id" not in pieces("characters")[0])
check("characters are code points", [p["text"] for p in pieces("characters")] == list(TEXT))
check("bytes are bytes", [p["id"] for p in pieces("bytes")] == list(TEXT.encode()))
broken = tmp / "broken.txt"
broken.write_bytes(b"a\xff\xfeb\n\xe2\x82")
check("bytes of what is not UTF-8", out("-m", "bytes", broken).split()[0] == "7"
      and out("-m", "bytes", "--ids", broken).split() == list(map(str, broken.read_bytes())))
check("characters of a long text",
      out("-m", "characters", "-", stdin=TEXT.encode() * 200000) == f"{len(TEXT) * 200000}\n")
check("words of a long file, in threads", (tmp / "long").write_bytes((TEXT + " ").encode() * 60000)
      and out("-m", "words", "-t", "3", tmp / "long").split()[0] == str(len(WORDS) * 60000))
expect("--ids of words", 2, "tokens have no ids", tok("-m", "words", "--ids", letter))
expect("--decode with characters", 2, "tokens have no ids",
       tok("-m", "characters", "--decode", "-p", "1"))
(tmp / "words").write_text("no tokenizer")
check("the name comes before a file of this name",
      out("-m", "words", "-p", "a b", cwd=tmp) == "2\n")
expect("./words is the file", 3, "words", tok("-m", "./words", "-p", "a b", cwd=tmp))

# --- side by side
table = out("-m", "words", "-m", digits, "-m", "characters", "-p", "Hi there").splitlines()
check("a head line of names", table[0].split() == ["words", "digits", "characters"], table)
lines = out("-m", "words", "-m", "c=characters", "--pieces", "-p", "Hi a").splitlines()
check("pieces in a pipe begin with the name", lines[:2] == ['words\t0\t-\t"Hi"', 'words\t3\t-\t"a"']
      and lines[2] == 'c\t0\t-\t"H"', lines)
check("one model: no name", out("-m", "bytes", "--pieces", "-p", "a") == '0\t97\t"a"\n')
check("--borders", out("-m", "words", "-m", "c=characters", "--borders", "-p", "Hi a\nb")
      == "words       3  Hi│a\n" + " " * 15 + "│b\n"
      + "c           6  H│i│ │a│⏎\n" + " " * 15 + "│b\n",
      out("-m", "words", "-m", "c=characters", "--borders", "-p", "Hi a\nb"))
check("--borders: bytes of a character", out("-m", "bytes", "--borders", "-p", "é\t")
      == "\\xC3│\\xA9│␉\n")
check("--borders of nothing", out("-m", "words", "--borders", "-p", "") == "\n")
expect("--borders with --json", 2, "--borders", tok("-m", "words", "--borders", "--json", letter))
expect("ids of two models", 2, "several models go with", tok("-m", "words", "-m", "bytes", "--ids",
                                                             letter))

# --- at a terminal
TERM = {name: os.environ[name] for name in ("QUIRE_MODELS", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}


def shown(*words, columns=80, **more):
    terminal = Terminal([bin_dir / "tok", *words], TERM | more, columns)
    code = terminal.finish()
    return terminal if code == 0 else terminal.seen


coloured = shown("-m", "words", "--pieces", "-p", "Hi there").seen
check("pieces are running text in colors", re.sub(r"\x1b\[[0-9;]*m", "", coloured) == "Hi there\r\n"
      and coloured.count("\x1b[30;48;5;") == 2 and coloured.count("\x1b[0m") == 2, repr(coloured))
check("two neighbours differ", len(set(re.findall(r"48;5;(\d+)", coloured))) == 2)
plain = shown("-m", "words", "--pieces", "-p", "Hi there", NO_COLOR="1").seen
check("NO_COLOR: bars", plain == "Hi│there\r\n", repr(plain))
wide = shown("-m", "a=characters", "-m", "words", "--borders", "-p", "中文" * 30, columns=40)
check("lines end at the edge of the terminal",
      all(len(line) + len(re.findall("[中文]", line)) <= 40 for line in wide.text().split("\r\n")),
      wide.text())
named = shown("-m", "words", "-p", "x" * 200, "-p", "b", columns=40).text().split("\r\n")
check("a long text is cut", len(named[0]) <= 40 and named[0].endswith("…"), named)
check("in a pipe it is not", "x" * 200 in out("-m", "words", "-p", "x" * 200, "-p", "b"))

# --- public vocabularies
expect("a vocabulary that was not fetched", 3, ["gpt-4o", "o200k_base", "quire pull gpt-4o"],
       tok("-m", "gpt-4o", letter))
ranks = [bytes([byte]) for byte in range(256)] + [b"he", b"ll", b"hell", b"hello", b" w"]
content = b"".join(base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(ranks))
for name in ("o200k_base", "r50k_base", "p50k_base", "cl100k_base"):
    (models / f"{name}.tiktoken").write_bytes(content)
END = "hello<|endoftext|>"
# tiktoken 0.14, model.encoding_name_for_model() and the special tokens of openai_public.py.
for name, end in {"gpt-4o": 199999, "gpt-5-mini": 199999, "o200k_base": 199999,
                  "gpt-oss-20b": 199999, "gpt-4-0314": 100257, "gpt-3.5-turbo": 100257,
                  "ft:gpt-4o:x": 199999, "text-davinci-003": 50256, "davinci": 50256, "gpt2": 50256,
                  "text-davinci-edit-001": 50256}.items():
    check(f"{name}: ids", out("-m", name, "--special", "--ids", "-p", END) == f"259 {end}\n",
          out("-m", name, "--special", "--ids", "-p", END))
check("p50k_edit has tokens of its own",
      out("-m", "p50k_edit", "--special", "--ids", "-p", "<|fim_middle|>") == "50282\n")
check("o200k_harmony too", out("-m", "o200k_harmony", "--special", "--ids", "-p", "<|channel|>")
      == "200005\n")
check("without --special a text is text", len(out("-m", "gpt-4o", "--ids", "-p", END).split()) > 5)
check("the name heads the column", out("-m", "gpt-3.5-turbo", "-m", "gpt-4o", "-p", "hello")
      .splitlines()[0].split() == ["gpt-3.5-turbo", "gpt-4o"])
check("QUIRE_MODEL", out("-p", "hello", env=os.environ | {"QUIRE_MODEL": "gpt-4o"}) == "1\n")
expect("a name that is none", 3, "gpt-x", tok("-m", "gpt-x", letter))
table = run("quire", "models").stdout.decode().splitlines()
check("quire models lists them, each once", len(table) == 5 and table[0].startswith("name")
      and all(line.endswith("a vocabulary for tok") for line in table[1:]), table)
listed = json.loads(run("quire", "models", "--json").stdout)
check("also as JSON", [one["name"] for one in listed] ==
      ["r50k_base", "p50k_base", "cl100k_base", "o200k_base"] and listed[0]["vocabulary"], listed)
check("their path", run("quire", "models", "path", "p50k_base").stdout.decode()
      == f"{models / 'p50k_base.tiktoken'}\n")
check("and removes them", run("quire", "models", "remove", "p50k_base").returncode == 0
      and not (models / "p50k_base.tiktoken").exists())
(models / "o200k_base.tiktoken").write_text("{}")
expect("a vocabulary that is none", 3, "o200k_base.tiktoken", tok("-m", "gpt-4o", letter))
(models / "o200k_base.tiktoken").write_bytes(content)

# --- prices
small = tmp / "prices.json"
small.write_text('{"low": 0.5, "high": {"input": 15, "output": 20}}')
data = json.loads(out("-m", "words", "-p", "one two", "--price", small, "--json"))
check("a table of one's own", data["files"][0]["cost"] == {"low": 1e-6, "high": 3e-5}, data)
catalog = tmp / "litellm.json"
catalog.write_text(json.dumps({
    "sample_spec": {"input_cost_per_token": "a text", "litellm_provider": "one of"},
    "gpt-4o": {"input_cost_per_token": 2.5e-6, "output_cost_per_token": 1e-5,
               "litellm_provider": "openai", "mode": "chat"},
    "dall-e": {"input_cost_per_pixel": 1e-8, "litellm_provider": "openai"},
    "words": {"input_cost_per_token": 1e-6, "input_cost_per_token_above_1k_tokens": 3e-6,
              "litellm_provider": "x"}}))
data = json.loads(out("-m", "gpt-4o", "-p", "hello", "--price", catalog, "--json"))
check("LiteLLM's table", data["files"][0]["cost"] == {"gpt-4o": 2.5e-6}, data)
data = json.loads(out("-m", "words", "-p", "a " * 1001, "-p", "a " * 1000, "--price", catalog,
                      "--json"))
costs = [entry["cost"]["words"] for entry in data["files"] + data["totals"]]
check("more tokens than a bound have its price, of each text",
      [round(cost * 1e6) for cost in costs] == [3003, 1000, 4003], costs)
expect("a model that LiteLLM does not name", 4, ['"bytes"', "-m NAME=bytes"],
       tok("-m", "bytes", "-p", "x", "--price", catalog))
check("another name", out("-m", "gpt-4o=bytes", "-p", "hello", "--price", catalog).split()[-2:]
      == ["5", "0.000013"], out("-m", "gpt-4o=bytes", "-p", "hello", "--price", catalog))
for name, value in {"a text": '"x"', "less than nothing": "-1", "a list": "[]"}.items():
    catalog.write_text(f'{{"words": {{"input_cost_per_token": {value}}}}}')
    expect(f"LiteLLM's table: {name}", 4, ["litellm.json", "expected a price of a token"],
           tok("-m", "words", "-p", "x", "--price", catalog))

# --- the memory of keys and values
spec = json.loads(run("inspect", "--json", tiny).stdout)["spec"]
page = sum(2 * 64 * layer["n_kv_heads"] * layer["head_dim"] * 2 for layer in spec["layers"])
data = json.loads(out("-m", tiny, "-m", "words", "--memory", "--json", "-p", "x " * 100))
tokens = data["files"][0]["tokens"]
check("memory: whole pages of 64 positions",
      data["files"][0]["memory_bytes"] == page * ((tokens + 63) // 64) and tokens > 64, (data,
      page))
check("only of the model", "memory_bytes" not in data["files"][1])
twice = json.loads(out("-m", tiny, "--memory", "--kv-type", "f32", "--json", "-p", "x " * 100))
check("--kv-type f32 takes twice as much",
      twice["files"][0]["memory_bytes"] == 2 * data["files"][0]["memory_bytes"])
expect("--memory of an encoder", 2, "found the encoder", tok("-m", bert, "--memory", letter))
expect("--memory of a tokenizer", 2, "expected a .quire file",
       tok("-m", digits, "--memory", letter))
expect("--kv-type alone", 2, "goes with --memory", tok("-m", tiny, "--kv-type", "q8", letter))
finish()
