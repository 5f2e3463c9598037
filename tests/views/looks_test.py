#!/usr/bin/env python3
"""gen --top, --suggest and --surprise beside gen's own answers, scores and settings.

  looks_test.py BIN_DIR SOURCE_DIR
"""
import json
import math
import pathlib
import sys
import tempfile

bin_dir, source = map(pathlib.Path, sys.argv[1:3])
sys.path.insert(0, str(source / "tests/cli"))
from support import check, finish, run  # noqa: E402

gen = bin_dir / "gen"
temporary = tempfile.TemporaryDirectory()
model = pathlib.Path(temporary.name) / "tiny.quire"
packed = run([bin_dir / "pack", source / "tests/golden/tiny-llama", "-o", model])
check("pack", packed.returncode == 0, packed.stderr)
PROMPT = "One day a little girl went"


def output(*arguments, code=0, stdin=b""):
    """Standard output of gen."""
    ran = run([gen, "-m", model, *arguments], input=stdin)
    check(f"{arguments}: code {code}", ran.returncode == code, ran)
    return (ran.stderr if code else ran.stdout).decode(errors="replace")


def check_draws():
    """--top shows the draws that were made, and makes no other."""
    settings = ["--raw", "-n", "24", "-s", "5", "--json", PROMPT]
    for more in ([], ["--temp", "0"], ["--temp", "1.4", "--top-k", "7"], ["--min-p", "0.3"],
                 ["--repeat-penalty", "1.5"], ["--regex", "[a-z ]{30}"], ["--mirostat", "2"],
                 ["--typical", "0.5", "--samplers", "typ_p;temperature"]):
        plain = json.loads(output(*more, *settings))
        shown = json.loads(output("--top", "320", *more, *settings))
        check(f"{more}: same text", plain["text"] == shown["text"], shown["text"])
        check(f"{more}: same logits", plain["logits_hash"] == shown["logits_hash"])
        check(f"{more}: no draws unless asked", "draws" not in plain)
        draws = shown["draws"]
        check(f"{more}: a draw for each token", [d["id"] for d in draws] == shown["tokens"], draws)
        for draw in draws:
            if draw["forced"]:
                check(f"{more}: only a constraint forces", "--regex" in more)
                continue
            candidates = draw["candidates"]
            drawn = [c for c in candidates if "left_out_by" not in c]
            chosen = [c for c in candidates if c["id"] == draw["id"]]
            check(f"{more}: all are shown", len(candidates) == 320, len(candidates))
            check(f"{more}: a whole", math.isclose(sum(c["drawn"] for c in drawn), 1, rel_tol=1e-5)
                  and math.isclose(sum(c["probability"] for c in candidates), 1, rel_tol=1e-5))
            check(f"{more}: n_left", len(drawn) == draw["n_left"], draw["n_left"])
            check(f"{more}: chosen", len(chosen) == 1 and chosen[0]["drawn"] > 0, chosen)
            entropy = -sum(c["probability"] * math.log2(c["probability"]) for c in candidates
                           if c["probability"] > 0)
            check(f"{more}: entropy", math.isclose(entropy, draw["entropy"], rel_tol=1e-4), draw)
    few = json.loads(output("--top", "2", "--top-k", "1", *settings))["draws"][0]["candidates"]
    check("top-k 1 leaves one", [c.get("left_out_by") for c in few] == [None, "top_k"], few)
    lines = output("--top", "3", "--raw", "-n", "4", "--temp", "0", PROMPT).splitlines()
    check("lines", len(lines) >= 4 * 4 and sum(" > " in line for line in lines) == 4, lines)
    check("step needs a terminal", "--step" in output("--top", "3", "--step", PROMPT, code=2))
    for other in (["--score"], ["--choice", "a"], ["--samples", "2"], ["--suggest", "3"]):
        check(f"top and {other}", "--top" in output("--top", "3", *other, PROMPT, code=2))


def check_suggestions():
    """Words, whose probabilities are those of their tokens."""
    words = json.loads(output("--suggest", "5", "--json", PROMPT))["suggestions"]
    check("five words", len(words) == 5, words)
    check("in order", words == sorted(words, key=lambda word: -word["probability"]), words)
    check("no word twice", len({word["text"] for word in words}) == 5, words)
    check("lines", output("--suggest", "5", PROMPT).count("\n") == 5)
    for word in words:
        inner = word["text"].strip(" ")
        check("one word", " " not in inner and "\n" not in inner[:-1], word)
        # The way through the likeliest tokens is one of those that write the word.
        scored = json.loads(output("--raw", "--score", "--json", "--logprobs", "0",
                                   PROMPT + word["text"]))
        n_prompt = len(json.loads(output("--raw", "--score", "--json", PROMPT))["tokens"])
        whole = math.exp(sum(scored["logprobs"][n_prompt:]))
        check("probable", word["probability"] > 0 and word["probability"] >= whole * 0.99,
              (word, whole))
    check("no template", "--suggest" in output("--suggest", "3", "--system", "x", "a", code=2))


def check_surprise():
    """Bits are the log-probabilities of --score; windows cover a long text."""
    text = "Once upon a time there was a little girl.\nShe liked to play.\n"
    shown = json.loads(output("--surprise", "--json", text))
    scored = json.loads(output("--raw", "--score", "--json", text))
    check("tokens", [token["id"] for token in shown["tokens"]] == scored["tokens"])
    for token, logprob in zip(shown["tokens"], scored["logprobs"], strict=True):
        same = (token["bits"] is None) == (logprob is None)
        if logprob is not None:
            same = same and math.isclose(token["bits"], -logprob / math.log(2), rel_tol=1e-6,
                                         abs_tol=1e-9)
        check("bits", same, (token, logprob))
    plain = output("--surprise", text)
    check("the text is there", plain.startswith("On") and "bits a token" in plain, plain)
    check("no colours in a pipe", "\x1b" not in plain, plain)
    long_text = text * 12
    whole = json.loads(output("--surprise", "--json", "-c", "64", "-f", "-",
                              stdin=long_text.encode()))
    check("each token of a long text", len(whole["tokens"]) > 300
          and all(token["bits"] is not None for token in whole["tokens"][1:]), len(whole["tokens"]))
    first = json.loads(output("--surprise", "--json", "-f", "-", stdin=long_text.encode()))
    check("the first window is that of a longer context",
          [token["bits"] for token in whole["tokens"][:64]]
          == [token["bits"] for token in first["tokens"][:64]])


check_draws()
check_suggestions()
check_surprise()
finish()
