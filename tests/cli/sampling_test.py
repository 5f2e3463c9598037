#!/usr/bin/env python3
"""How tokens are drawn: options of gen and gen-batch, and fields of requests.

    sampling_test.py BIN_DIR SOURCE_DIR
"""
import json
import math

from small_models import expect, run, tiny, tmp
from support import check, finish

ASK = ["-m", tiny, "--raw", "-s", 7, "-p", "Once upon a time"]


def gen(*options, n=40):
    ran = run("gen", *ASK, "--json", "-n", n, *options)
    check(f"gen {options}", ran.returncode == 0, ran.stderr)
    return json.loads(ran.stdout)


def ids_of(text):
    return [int(x) for x in run("tok", "-m", tiny, "--ids", stdin=text.encode()).stdout.split()]


# --- every setting has an effect, and the same one in a request
OPEN = {"temperature": 1.5, "top_k": 0, "top_p": 1, "min_p": 0}
SETTINGS = [
    ({}, []),
    ({"top_k": 5}, ["--top-k", 5]),
    ({"typical_p": 0.3}, ["--typical", 0.3]),
    ({"top_n_sigma": 1}, ["--top-n-sigma", 1]),
    ({"xtc_probability": 1, "xtc_threshold": 0.003},
     ["--xtc-probability", 1, "--xtc-threshold", 0.003]),
    ({"dynatemp_range": 1.2, "dynatemp_exponent": 2},
     ["--dynatemp-range", 1.2, "--dynatemp-exp", 2]),
    ({"repeat_penalty": 20, "repeat_last_n": -1}, ["--repeat-penalty", 20, "--repeat-last-n", -1]),
    ({"presence_penalty": 2}, ["--presence-penalty", 2]),
    ({"frequency_penalty": 2}, ["--frequency-penalty", 2]),
    ({"dry_multiplier": 50, "dry_base": 2, "dry_allowed_length": 1, "dry_penalty_last_n": 500,
      "dry_sequence_breakers": []},
     ["--dry-multiplier", 50, "--dry-base", 2, "--dry-allowed-length", 1,
      "--dry-penalty-last-n", 500, "--dry-sequence-breaker", "none"]),
    ({"logit_bias": {"65": 50}}, ["--logit-bias", "65+50"]),
    ({"samplers": ["temperature"]}, ["--samplers", "temperature"]),
    ({"mirostat": 2, "mirostat_tau": 2, "mirostat_eta": 0.5},
     ["--mirostat", 2, "--mirostat-ent", 2, "--mirostat-lr", 0.5]),
    ({"banned_strings": ["e", "t"]}, ["--banned-string", "e", "--banned-string", "t"]),
    ({"ignore_eos": True, "logit_bias": {"2": 100}}, ["--ignore-eos", "-l", "2+100"]),
]
requests = tmp / "requests.jsonl"
texts = []
with requests.open("w") as out:
    for fields, options in SETTINGS:
        flags = ["--temp", 1.5, "--top-k", 0, "--top-p", 1, "--min-p", 0]
        base = dict(OPEN)
        if "samplers" in fields or "mirostat" in fields:  # the others would have no effect
            flags, base = ["--temp", 1.5], {"temperature": 1.5}
        elif "top_k" in fields:
            del flags[2:4]
        elif "dry_multiplier" in fields:  # there are no repetitions at a high temperature
            flags[1] = base["temperature"] = 0.05
        texts.append(gen(*flags, *options)["text"])
        body = {"prompt": "Once upon a time", "max_tokens": 40, "seed": 7} | base | fields
        out.write(json.dumps(body) + "\n")
even = gen("--temp", 0.05, "--top-k", 0, "--top-p", 1, "--min-p", 0)["text"]
for (fields, _), text in zip(SETTINGS[1:], texts[1:], strict=True):
    plain_text = even if "dry_multiplier" in fields else texts[0]
    check(f"{fields} changes the text", text != plain_text, text)
results = tmp / "results.jsonl"
ran = run("gen-batch", "-m", tiny, "-i", requests, "-o", results, "-q")
check("gen-batch", ran.returncode == 0, ran.stderr)
answers = [json.loads(line) for line in results.read_text().splitlines()]
for (fields, _), text, answer in zip(SETTINGS, texts, answers, strict=True):
    check(f"{fields} in a request", answer["response"]["body"]["choices"][0]["text"] == text,
          (answer, text))
check("banned strings never appear", not set("et") & set(texts[13]), texts[13])

# --- the defaults of a run
plain = tmp / "plain.jsonl"
plain.write_text(json.dumps({"prompt": "Once upon a time", "max_tokens": 40, "seed": 7}) + "\n")
for i, options in ((6, SETTINGS[6][1]), (13, SETTINGS[13][1])):
    path = tmp / f"defaults-{i}.jsonl"
    ran = run("gen-batch", "-m", tiny, "-i", plain, "-o", path, "-q", "--temp", 1.5, *options)
    check(f"gen-batch {options}", ran.returncode == 0, ran.stderr)
    answer = json.loads(path.read_text())
    check(f"{options} as a default", answer["response"]["body"]["choices"][0]["text"] == texts[i],
          answer)

# --- biases of texts
for text in (" the", "a", "."):
    token = ids_of(text)
    if len(token) == 1:
        by_text = gen("--temp", 0, "--logit-bias", f"{text}=100", n=3)
        by_id = gen("--temp", 0, "--logit-bias", f"{token[0]}+100", n=3)
        check(f"a bias by text of {text!r}", by_text["tokens"] == by_id["tokens"] == token * 3,
              (by_text, by_id))
expect("a bias of several tokens", 2, ["--logit-bias", "one token"],
       run("gen", *ASK, "--logit-bias", "many words here=1"))
for text in ("5", "5+", "=3", "a=b", "5-x"):
    expect(f"--logit-bias {text}", 2, "--logit-bias", run("gen", *ASK, "--logit-bias", text))

# --- several texts
one = gen("--temp", 1)
three = gen("--temp", 1, "--samples", 3)
five = gen("--temp", 1, "--samples", 5)
check("the first of several is that of one", three["samples"][0]["text"] == one["text"], three)
check("a text does not depend on how many there are", five["samples"][:3] == three["samples"])
check("they differ", len({s["text"] for s in five["samples"]}) > 1, five)
ran = run("gen", *ASK, "-n", 40, "--temp", 1, "--samples", 3)
joined = ""
for sample in three["samples"]:
    if joined:
        joined += "---\n" if joined.endswith("\n") else "\n---\n"
    joined += sample["text"]
check("as text", ran.stdout.decode(errors="replace") == joined, ran.stdout)

# --- probabilities
score = json.loads(run("gen", "-m", tiny, "--raw", "--json", "--score", "-p",
                       "Once upon a time").stdout)
check("--score: a log-probability for each token but the first",
      len(score["logprobs"]) == len(score["tokens"]) and score["logprobs"][0] is None
      and all(x < 0 for x in score["logprobs"][1:]), score)
check("--score: sum and perplexity",
      math.isclose(sum(score["logprobs"][1:]), score["logprob"], abs_tol=1e-5)
      and math.isclose(math.exp(-score["logprob"] / (len(score["tokens"]) - 1)),
                       score["perplexity"], rel_tol=1e-6), score)
echo = tmp / "echo.jsonl"
echo.write_text(json.dumps({"prompt": "Once upon a time", "max_tokens": 1, "echo": True,
                            "logprobs": 0, "temperature": 0}) + "\n")
ran = run("gen-batch", "-m", tiny, "-i", echo, "-q")
body = json.loads(ran.stdout)["response"]["body"]["choices"][0]["logprobs"]
check("--score is what gen-batch gives with echo",
      all(a == b or abs(a - b) < 1e-6
          for a, b in zip(body["token_logprobs"][:-1], score["logprobs"], strict=True)),
      (body, score))
ran = run("gen", "-m", tiny, "--raw", "--score", "-p", "Once upon a time")
rows = ran.stdout.decode().splitlines()
check("--score as lines", ran.returncode == 0 and len(rows) == len(score["tokens"]) + 1
      and rows[0].split()[0] == "-" and "perplexity" in rows[-1], rows)

shown = gen("--temp", 0, "--logprobs", 3, n=5)
check("--logprobs: one for each token", len(shown["logprobs"]) == 5, shown)
for token, entry in zip(shown["tokens"], shown["logprobs"], strict=True):
    top = entry["top_logprobs"]
    check("--logprobs: the likeliest was taken", entry["id"] == token == top[0]["id"]
          and entry["logprob"] == top[0]["logprob"], entry)
    check("--logprobs: likeliest first",
          [t["logprob"] for t in top] == sorted((t["logprob"] for t in top), reverse=True), top)

TEXTS = [" there", " there was", " a", " once more"]
chosen = json.loads(run("gen", "-m", tiny, "--raw", "--json", "-p", "Once upon a time",
                        *(x for text in TEXTS for x in ("--choice", text))).stdout)
found = [choice["probability"] for choice in chosen["choices"]]
check("--choice: in the order given", [c["text"] for c in chosen["choices"]] == TEXTS, chosen)
check("--choice: probabilities sum to 1", math.isclose(sum(found), 1, abs_tol=1e-9), found)
check("--choice: the likeliest", chosen["text"] == TEXTS[found.index(max(found))], chosen)


def logprobs_after(ids, tokens):
    """ln p(token | ids) for some tokens, each by its own request."""
    out = {}
    for token in tokens:
        path = tmp / "one.jsonl"
        path.write_text(json.dumps({"prompt": [*ids, token], "max_tokens": 1, "echo": True,
                                    "logprobs": 0, "temperature": 0}) + "\n")
        answer = json.loads(run("gen-batch", "-m", tiny, "-i", path, "-q").stdout)
        choice = answer["response"]["body"]["choices"][0]
        out[token] = choice["logprobs"]["token_logprobs"][len(ids)]
    return out


END = 2
paths = [[*ids_of(text), END] for text in TEXTS]
expected = []
for path in paths:
    probability = 1
    for k, token in enumerate(path):
        rivals = sorted({p[k] for p in paths if len(p) > k and p[:k] == path[:k]})
        after = logprobs_after(score["tokens"] + path[:k], rivals)
        probability *= math.exp(after[token]) / sum(map(math.exp, after.values()))
    expected.append(probability)
check("--choice: by the definition",
      all(math.isclose(a, b, rel_tol=1e-4) for a, b in zip(found, expected, strict=True)),
      (found, expected))
ran = run("gen", "-m", tiny, "--raw", "-p", "x", "--choice", "yes", "--choice", "no")
check("--choice as text", ran.stdout in (b"yes\n", b"no\n"), ran)
for options, words in {
    ("--choice", "a", "--choice", "a"): "found \"a\" twice",
    ("--choice", ""): "--choice",
    ("--score", "--choice", "a"): "expected without",
    ("--logprobs", 3): "--json",
}.items():
    expect(f"gen {options}", 2, words, run("gen", *ASK, *options))

# --- token healing
for prompt in ("Once upon a ti", "Once upon a time, there was a li", "The "):
    healed = json.loads(run("gen", "-m", tiny, "--raw", "--json", "--temp", 0, "-n", 12, "--heal",
                            "-p", prompt).stdout)
    whole = run("tok", "-m", tiny, "--decode", stdin="\n".join(
        map(str, ids_of(prompt)[:-1] + healed["tokens"])).encode()).stdout.decode(errors="replace")
    check(f"--heal of {prompt!r}: the text goes on behind the prompt",
          whole.strip() == (prompt + healed["text"]).strip(), (whole, healed))
    path = tmp / "heal.jsonl"
    path.write_text(json.dumps({"prompt": prompt, "max_tokens": 12, "temperature": 0,
                                "heal": True}) + "\n")
    answer = json.loads(run("gen-batch", "-m", tiny, "-i", path, "-q").stdout)
    check(f"heal of {prompt!r} in a request",
          answer["response"]["body"]["choices"][0]["text"] == healed["text"], answer)

# --- what would have no effect is refused
for options, words in {
    ("--samplers", "top_k;temperature", "--top-p", 0.5): "--top-p: has no effect",
    ("--samplers", "top_k,temperature", "--repeat-penalty", 2): "does not name penalties",
    ("--samplers", "top_k;penalties"): "expected penalties before top_k",
    ("--samplers", "topk"): "expected names of samplers",
    ("--samplers", ""): "--samplers",
    ("--mirostat", 2, "--typical", 0.5): "--typical: has no effect beside --mirostat 2",
    ("--mirostat", 2, "--samplers", "temperature"): "--samplers: has no effect",
    ("--mirostat", 1): "expected 0 (off) or 2, found \"1\"",
    ("--mirostat-ent", 3): "--mirostat",
    ("--dry-base", 2): "--dry-multiplier",
    ("--xtc-threshold", 0.2): "--xtc-probability",
    ("--samples", 0): "--samples",
    ("--typical", 0): "--typical",
    ("--repeat-penalty", 0): "--repeat-penalty",
}.items():
    expect(f"gen {options}", 2, words, run("gen", *ASK, *options))

finish()
