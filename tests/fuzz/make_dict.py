#!/usr/bin/env python3
"""A dictionary for libFuzzer: the string literals of the sources that read a target's input.

    make_dict.py SOURCE_DIR TARGET >FILE"""
import re
import sys
from pathlib import Path

SOURCES = {
    "batch": ["formats/openai"],
    "conv": ["formats/openai", "lib/chat"],
    "csv": [
        "apps/gen-batch/requests/table.cpp", "apps/gen-batch/requests/input.cpp", "formats/openai"
    ],
    "gguf": ["formats/gguf", "formats/tokenizer", "models"],
    "hffolder": ["formats/tokenizer/hf_json", "formats/tokenizer/vocab_files"],
    "hftok": ["formats/tokenizer/hf_json"],
    "importance": ["formats/importance", "formats/safetensors"],
    "llama2c": ["formats/llama2c", "formats/tokenizer/llama2c_vocab"],
    "quirefile": ["formats/quire", "lib/spec", "lib/tokenizer/spec/tokenizer_config.cpp"],
    "constraint": ["lib/generate/constraints/json/keywords.cpp"],
    "regex": [
        "lib/tokenizer/pattern/split_parser.cpp", "lib/unicode/code_point_set.cpp",
        "lib/tokenizer/spec/byte_level.h"
    ],
    "safetensors": ["formats/safetensors", "models"],
    "spm": ["formats/tokenizer/sentencepiece"],
    "tables": ["lib/tokenizer/spec/tokenizer_config.cpp"],
    "tpl": ["lib/chat"],
    "vocabfiles": ["formats/tokenizer/vocab_files"],
}
MORE = {
    "tpl": [
        "{{ ", " }}", "{% ", " %}", "{%- ", " -%}", "{% for x in li %}", "{% endfor %}",
        "{% if x %}", "{% endif %}", "{% set x = ", "namespace(", "messages", "loop.index0",
        "[::-1]", "{% macro f(a) %}", "{% endmacro %}"
    ], "regex": [
        "(?!\\\\S)", "\\\\p{L}", "\\\\p{N}", "{1,3}", "(?i:", "[^\\\\r\\\\n]", "++", "*?", "(?>"
    ], "csv": ["\\\"\\\"", "\\x0d\\x0a", "{{", "}}"]
}

source, target = Path(sys.argv[1]), sys.argv[2]
words = set()
for name in SOURCES[target]:
    path = source / name
    for file in sorted(path.rglob("*.cpp")) + sorted(path.rglob("*.h")) if path.is_dir() else [
            path
    ]:
        for line in file.read_text().splitlines():
            if not line.startswith("#include"):
                words |= set(re.findall(r'"([A-Za-z0-9_.<>|/ -]{2,32})"', line))
# A message is not a word of a format.
words = sorted(w for w in words if w.count(" ") == 0)
for word in words + MORE.get(target, []):
    print(f'"{word}"')
