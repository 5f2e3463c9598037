#!/usr/bin/env python3
"""Constraints in gen and gen-batch: flags, requests, the same texts in both, endings, refusals.

    cli_test.py BIN_DIR SOURCE_DIR
"""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "cli"))
from small_models import expect, run, tiny, tmp  # noqa: E402
from support import check, finish  # noqa: E402

ASK = ["-m", tiny, "--raw", "-s", 7, "-p", "Once upon a time", "--temp", 1.5, "--top-k", 0,
       "--top-p", 1, "--min-p", 0]
SCHEMA = {"type": "object",
          "properties": {"name": {"type": "string", "maxLength": 6},
                         "n": {"type": "integer", "minimum": 3, "maximum": 40},
                         "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 3}},
          "required": ["name", "n"], "additionalProperties": False}


def gen(*options, n=60):
    ran = run("gen", *ASK, "--json", "-n", n, *options)
    check(f"gen {options}", ran.returncode == 0, ran.stderr)
    return json.loads(ran.stdout)


def follows_schema(text):
    value = json.loads(text)
    return (set(value) <= set(SCHEMA["properties"]) and len(value["name"]) <= 6
            and 3 <= value["n"] <= 40 and set(value.get("tags", [])) <= {"a", "b"})


# --- every kind, with any limit that has room
schema_file = tmp / "schema.json"
schema_file.write_text(json.dumps(SCHEMA))
for n in (30, 40, 60, 200):
    one = gen("--json-schema", schema_file, n=n)
    check(f"a schema, -n {n}: complete", one["complete"] and one["finish_reason"] == "stop", one)
    check(f"a schema, -n {n}: followed", follows_schema(one["text"]), one)
    check(f"a schema, -n {n}: no more tokens", len(one["tokens"]) <= n, one)
as_text = gen("-j", json.dumps(SCHEMA), n=60)
check("a schema as text", as_text["text"] == gen("-j", schema_file)["text"], as_text)
short = run("gen", *ASK, "--json-schema", schema_file, "-n", 3)
check("too few tokens: said", b"incomplete" in short.stderr, short)
short = gen("--json-schema", schema_file, n=3)
check("too few tokens: in JSON",
      not short["complete"] and short["finish_reason"] == "length", short)
for n in (10, 25, 80):
    one = gen("--json-object", n=n)
    check(f"an object, -n {n}", one["complete"] and isinstance(json.loads(one["text"]), dict), one)
one = gen("--regex", "(yes|no), [a-z]{2,9}[.!]")
check("a pattern", re.fullmatch("(yes|no), [a-z]{2,9}[.!]", one["text"]), one)
grammar = tmp / "list.gbnf"
grammar.write_text('root ::= item (", " item)*\nitem ::= [a-z]+ | "(" root ")"\n')
one = gen("--grammar", grammar, n=40)
check("a grammar", one["complete"] and one["text"].count("(") == one["text"].count(")"), one)

# --- the same text in any way
base = gen("--json-schema", schema_file)
for options in (["-t", 1], ["-t", 2], ["--isa", "portable"], ["-b", 1], ["--logprobs", 2]):
    same = gen("--json-schema", schema_file, *options)
    check(f"the same text with {options}", same["text"] == base["text"], (same, base))
    check(f"the same tokens with {options}", same["tokens"] == base["tokens"], (same, base))
check("log-probabilities of all tokens",
      len(gen("--json-schema", schema_file, "--logprobs", 0)["logprobs"])
      == len(base["tokens"]), base)
several = gen("--json-schema", schema_file, "--samples", 3)
check("several texts", several["samples"][0]["text"] == base["text"]
      and all(follows_schema(s["text"]) for s in several["samples"]), several)

body = {"prompt": "Once upon a time", "max_tokens": 60, "seed": 7, "temperature": 1.5}
bodies = [
    body | {"json_schema": SCHEMA},
    body | {"response_format": {"type": "json_schema",
                                "json_schema": {"name": "s", "strict": True, "schema": SCHEMA}}},
    body | {"response_format": {"type": "json_object", "schema": SCHEMA}},
    body | {"response_format": {"type": "json_object"}},
    body | {"regex": "(yes|no), [a-z]{2,9}[.!]"},
    body | {"grammar": grammar.read_text()},
    body,
    body | {"response_format": {"type": "text"}},
]
requests = tmp / "requests.jsonl"
requests.write_text("".join(json.dumps(one) + "\n" for one in bodies))


def batch(name, *options):
    out = tmp / f"{name}.jsonl"
    ran = run("gen-batch", "-m", tiny, "-i", requests, "-o", out, "-q", *options)
    check(f"gen-batch {options}", ran.returncode == 0, ran.stderr)
    answers = [json.loads(line)["response"]["body"] for line in out.read_text().splitlines()]
    return [answer["choices"][0] for answer in answers]


choices = batch("plain")
for i in range(3):
    check(f"request {i} as gen", choices[i]["text"] == base["text"], (choices[i], base))
check("any object", isinstance(json.loads(choices[3]["text"]), dict), choices[3])
check("a pattern as gen", choices[4]["text"] == gen("--regex", bodies[4]["regex"])["text"])
check("a grammar as gen", choices[5]["text"] == gen("--grammar", grammar)["text"])
check("text says nothing", choices[6]["text"] == choices[7]["text"], choices)
check("one at a time", batch("one", "--parallel", 1) == choices)
defaults = batch("defaults", "--json-schema", schema_file)
check("the default of a run", defaults[6]["text"] == base["text"], defaults[6])
check("turned off by a request", defaults[7] == choices[7], defaults[7])

# --- refusals
expect("a keyword", 2, ["--json-schema", "#/properties/a: uniqueItems"],
       run("gen", "-m", "nothing", "-p", "x", "-j",
           '{"properties":{"a":{"type":"array","uniqueItems":true}}}'))
expect("a left recursion", 2, ["--grammar", "left recursion"],
       run("gen", "-m", "nothing", "-p", "x", "--grammar", 'root ::= root "a" | "b"'))
expect("a pattern", 2, ["--regex", "expected )"],
       run("gen", "-m", "nothing", "-p", "x", "--regex", "("))
expect("no such file", 2, ["--json-schema", "expected a file"],
       run("gen", "-m", "nothing", "-p", "x", "-j", "nowhere.json"))
for other in (["--ignore-eos"], ["--banned-string", "a"]):
    expect(f"beside {other}", 2, ["--json-object", other[0]],
           run("gen", "-m", "nothing", "-p", "x", "--json-object", *other))
for other in (["--heal"], ["--score"], ["--choice", "a"], ["--embed"], ["--regex", "a"]):
    expect(f"beside {other}", 2, "--json-object",
           run("gen", "-m", tiny, "-p", "x", "--json-object", *other))
bad = tmp / "bad.jsonl"
bad.write_text(json.dumps(body | {"json_schema": {"format": "colour"}}) + "\n")
ran = run("gen-batch", "-i", bad, "--validate")
check("--validate names the field", ran.returncode == 6 and b"json_schema: #: format" in ran.stdout,
      ran)

finish()
