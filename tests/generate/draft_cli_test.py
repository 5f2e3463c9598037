#!/usr/bin/env python3
"""pack --ngram, models of counted n-grams in all commands, and --draft.

    draft_cli_test.py BIN_DIR SOURCE_DIR
"""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
from small_models import expect, golden, letter, pack, run, tiny, tmp  # noqa: E402
from support import check, finish  # noqa: E402

counted_text = golden / "ngram/counted.txt"
scored_text = golden / "ngram/scored.txt"


def count(name, order, *more):
    path = tmp / f"{name}.quire"
    ran = run("pack", "--ngram", order, counted_text, "-m", tiny, "-o", path, *more)
    expect(f"pack --ngram {order}", 0, [], ran)
    check(f"pack --ngram {order}: discounts", "taken from 1" in ran.stdout.decode(), ran.stdout)
    return path


# --- pack: the same bytes for any number of threads, and whatever names the tokenizer
pairs = count("pairs", 2, "--lines", "-t", 1)
again = count("again", 2, "--lines", "-t", 3)
check("pack --ngram: the same bytes on any number of threads",
      pairs.read_bytes() == again.read_bytes())
by_folder = tmp / "by-folder.quire"
expect("pack --ngram: the tokenizer of a folder", 0, [],
       run("pack", "--ngram", 2, counted_text, "--lines", "-m", golden / "tiny-llama", "-o",
           by_folder))
check("pack --ngram: the tokenizer of a folder gives the same file",
      by_folder.read_bytes() == pairs.read_bytes())
fives = count("fives", 5, "--name", "fives")
by_bytes = tmp / "bytes.quire"
expect("pack --ngram -m bytes", 0, [],
       run("pack", "--ngram", 3, counted_text, letter, "-m", "bytes", "-o", by_bytes))
for name, code, words, arguments in (
        ("no text", 2, ["--ngram", "texts"], ["-m", tiny]),
        ("no tokenizer", 2, ["--ngram", "-m"], [counted_text]),
        ("no ids", 2, ["ids", "words"], [counted_text, "-m", "words"]),
        ("a type", 2, ["--ngram", "--type"], [counted_text, "-m", tiny, "--type", "q8"]),
        ("an empty text", 4, ["token"], [tmp / "empty", "-m", tiny]),
        ("a missing text", 4, ["missing.txt"], [tmp / "missing.txt", "-m", tiny]),
        ("no tokenizer file", 3, ["counted.txt"], [counted_text, "-m", counted_text])):
    expect(f"pack --ngram: {name}", code, words,
           run("pack", "--ngram", 2, *arguments, "-o", tmp / "no.quire"))
    check(f"pack --ngram: {name}: no file", not (tmp / "no.quire").exists())
expect("pack --ngram 9", 2, ["--ngram", "8"],
       run("pack", "--ngram", 9, counted_text, "-m", tiny, "-o", tmp / "no.quire"))
expect("pack: -m without --ngram", 2, ["--ngram"],
       run("pack", golden / "tiny-llama", "-m", tiny, "-o", tmp / "no.quire"))
expect("pack: two checkpoints", 2, ["SRC"],
       run("pack", golden / "tiny-llama", golden / "tiny-llama", "-o", tmp / "no.quire"))

# --- the commands
ran = run("inspect", "--verify", "--selftest", fives)
expect("inspect --verify --selftest", 0, [], ran)
check("inspect: what it is", b"counted runs of up to 5 tokens" in ran.stdout, ran.stdout)
check("inspect: self-test", b"match bit for bit" in ran.stdout, ran.stdout)
check("tok: as the model whose tokenizer it is",
      run("tok", "-m", fives, letter).stdout.split()[0] == run("tok", "-m", tiny,
                                                               letter).stdout.split()[0])


def perplexity(path, *more):
    ran = run("eval", "perplexity", "-m", path, "-f", scored_text, "-c", 128, "--json", *more)
    expect(f"eval perplexity {path.name}", 0, [], ran)
    return json.loads(ran.stdout)["perplexity"]


check("eval: longer runs expect more", perplexity(fives) < 0.8 * perplexity(pairs),
      (perplexity(fives), perplexity(pairs)))
check("eval: the same on any number of threads",
      perplexity(fives, "-t", 1) == perplexity(fives, "-t", 3))
write = ["--raw", "-s", 3, "-n", 40, "-p", "The king "]
texts = {run("gen", "-m", fives, *write, "-t", t, "--isa", isa).stdout
         for t in (1, 2) for isa in ("portable", "")}
check("gen: the same text on any number of threads and instruction set", len(texts) == 1, texts)
scored = run("gen", "-m", fives, "--score", "-p", "The king ")
expect("gen --score", 0, [], scored)
regex = run("gen", "-m", fives, *write, "--regex", "[a-z]{5}")
check("gen --regex", regex.stdout.strip().isalpha() and len(regex.stdout.strip()) == 5,
      regex.stdout)
for more, word in ((["--embed"], "--embed"), (["--classify"], "--classify"),
                   (["--trace", tmp / "t.html"], "--trace"), (["--kv-type", "q8"], "--kv-type")):
    expect(f"gen {word}", 2, [word, "counted n-grams"],
           run("gen", "-m", fives, "-p", "a", *more))
expect("inspect --near", 2, ["--near", "embeddings"], run("inspect", fives, "--near", "a"))
expect("inspect --positions", 2, ["--positions"], run("inspect", fives, "--positions"))
expect("inspect --tokens", 0, [], run("inspect", fives, "--tokens"))
expect("eval importance", 2, ["network"],
       run("eval", "importance", "-m", fives, "-f", scored_text, "-o", tmp / "i.gguf"))
expect("tok --memory", 2, ["--memory", "counted n-grams"],
       run("tok", "-m", fives, "--memory", letter))
for how in ("map", "huge", "lock"):
    expect(f"gen --load {how}", 0, [], run("gen", "-m", fives, *write, "--load", how))
requests = tmp / "requests.jsonl"
body = {"prompt": "The king", "max_tokens": 40, "ignore_eos": True}
requests.write_text("".join(
    json.dumps({"custom_id": f"r{seed}", "method": "POST", "url": "/v1/completions",
                "body": body | {"seed": seed}}) + "\n" for seed in range(5)) + json.dumps(
        {"custom_id": "e", "method": "POST", "url": "/v1/embeddings", "body": {"input": "a"}}))


def batch(name, model, *more):
    out = tmp / f"{name}.jsonl"
    ran = run("gen-batch", "-m", model, "-i", requests, "-o", out, "-q", *more)
    check(f"gen-batch {name}", ran.returncode in (0, 6), ran.stderr)
    return [json.loads(line) for line in out.read_text().splitlines()]


one, five = (batch(f"n{n}", fives, "--parallel", n) for n in (1, 5))
choices = [[line["response"]["body"].get("choices") for line in lines] for lines in (one, five)]
check("gen-batch: the same alone and together", choices[0] == choices[1] and choices[0][0],
      choices)
check("gen-batch: no vectors", "counted n-grams" in json.dumps(one[-1]), one[-1])

# --- damaged files
whole = fives.read_bytes()
bad = tmp / "bad.quire"
for at in [64, 200, 5000, len(whole) // 2, len(whole) - 5]:
    damaged = bytearray(whole)
    damaged[at] ^= 4
    bad.write_bytes(damaged)
    ran = run("inspect", "--verify", bad)
    check(f"a bit at {at}", ran.returncode == 3 and ran.stderr.count(b"\n") == 1, ran.stderr)
bad.write_bytes(whole[:-100])
expect("a file that is cut short", 3, [], run("gen", "-m", bad, "-p", "a"))

# --- --draft: the same text, whoever guesses
other_folder = tmp / "other"
other_folder.mkdir()
for file in ("config.json", "model.safetensors"):
    shutil.copy(golden / "families/qwen3" / file, other_folder)
shutil.copytree(golden / "tiny-llama", other_folder, dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("config.json", "model.safetensors"))
other = pack("other", other_folder)
for temperature in (0, 0.8, 1.5):
    ask = ["-m", tiny, "--raw", "-s", 3, "--temp", temperature, "-n", 50, "--json", "-p",
           "one two three, one two"]
    for more in ([], ["--repeat-penalty", 1.2], ["--json-object"], ["--logprobs", 2]):
        plain = json.loads(run("gen", *ask, *more).stdout)
        plain.pop("timings")
        for draft in (tiny, fives, other):
            ran = run("gen", *ask, *more, "--draft", draft)
            expect(f"gen --draft {draft.name}", 0, [], ran)
            drafted = json.loads(ran.stdout)
            drafted.pop("timings")
            check(f"gen --temp {temperature} {more} --draft {draft.name}: the same",
                  plain == drafted, (plain, drafted))
summary = tmp / "summary.json"
plain = batch("plain", tiny)
drafted = batch("drafted", tiny, "--draft", tiny, "--summary", summary)
check("gen-batch --draft: the same",
      [a["response"] for a in plain if a["custom_id"] != "e"] !=
      [] and [a["response"]["body"].get("choices") for a in plain] ==
      [a["response"]["body"].get("choices") for a in drafted])
facts = json.loads(summary.read_text())["this_run"]
check("gen-batch --draft: guesses are right", facts["tokens_guessed_right"] > 0, facts)
ran = run("gen", "-m", tiny, "--raw", "-n", 10, "-p", "a", "--draft", tiny, "-v")
check("gen -v: says how many", b"draft: " in ran.stderr, ran.stderr)
expect("--draft beside --lookup", 2, ["--draft", "--lookup"],
       run("gen", "-m", tiny, "-p", "a", "--draft", tiny, "--lookup"))
expect("another vocabulary", 2, ["--draft", "vocabulary"],
       run("gen", "-m", tiny, "-p", "a", "--draft", by_bytes))
expect("--draft without a model", 3, ["missing"],
       run("gen", "-m", tiny, "-p", "a", "--draft", tmp / "missing.quire"))

finish()
