#!/usr/bin/env python3
"""Compares constraints with llguidance over the JSON Schema test suite.

  scripts/verify/schemas.py TOKENIZER BENCHMARK

TOKENIZER: a tokenizer.json; BENCHMARK: constraints_benchmark of a build (ninja
constraints_benchmark). Needs llguidance and transformers (pip). Prints how many groups each follows
without a wrong answer, and the times to compile a schema and to make a mask, over the same
instances. The machine must be idle.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import time

import llguidance
import llguidance.hf
import llguidance.numpy
from transformers import PreTrainedTokenizerFast

SUITE = pathlib.Path(__file__).parents[2] / "tests/golden/constraints/schema_suite.json"


def report(what, times):
    times = sorted(times)
    print(f"{what}: {len(times)}, mean {statistics.mean(times):.1f} us, median "
          f"{times[len(times) // 2]:.1f}, 95 % {times[len(times) * 95 // 100]:.1f}, "
          f"most {times[-1]:.1f}")


def accepts(matcher, tokens):
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


fast = PreTrainedTokenizerFast(tokenizer_file=sys.argv[1])
begin = time.perf_counter()
tokenizer = llguidance.hf.from_tokenizer(fast)
print(f"llguidance: {tokenizer.vocab_size} tokens, {(time.perf_counter() - begin) * 1e3:.1f} ms")
bitmask = llguidance.numpy.allocate_token_bitmask(1, tokenizer.vocab_size)
compiling, masks = [], []
n_followed = n_right = 0
groups = json.loads(SUITE.read_text())
for group in groups:
    begin = time.perf_counter()
    try:
        grammar = llguidance.LLMatcher.grammar_from_json_schema(group["schema"])
        matcher = llguidance.LLMatcher(tokenizer, grammar)
    except Exception:
        continue
    if matcher.is_error():
        continue
    compiling.append((time.perf_counter() - begin) * 1e6)
    n_followed += 1
    right = True
    for valid, *texts in group["tests"]:
        tokens = tokenizer.tokenize_str(texts[0])
        run = llguidance.LLMatcher(tokenizer, grammar)
        right = right and accepts(run, tokens) == valid
        if not valid:
            continue
        run = llguidance.LLMatcher(tokenizer, grammar)
        for token in tokens:
            begin = time.perf_counter()
            llguidance.numpy.fill_next_token_bitmask(run, bitmask, 0)
            masks.append((time.perf_counter() - begin) * 1e6)
            if not run.consume_token(token):
                break
    n_right += right
print(f"groups: {n_followed} of {len(groups)} compiled, {n_right} without a wrong answer")
report("compiling", compiling)
report("masks", masks)
print("quire:", flush=True)
subprocess.run([sys.argv[2], sys.argv[1], str(SUITE)], check=True)
