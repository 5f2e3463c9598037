#!/usr/bin/env python3
"""Fails when a header does not compile on its own.

  headers_test.py SOURCE_DIR COMPILER [--all]

A header X.h that X.cpp includes first is compiled by every build without QUIRE_UNITY (the presets
dev and clang), so only the others are compiled here, which takes seconds. With --all every header
is compiled, which takes minutes. The isa folders are left out: their headers are parts of one
source that is compiled for each instruction set."""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOTS = ("apps", "formats", "lib", "models", "tests", "tools")
FLAGS = [
    "-std=c++20",
    "-fsyntax-only",
    "-Wall",
    "-Wextra",
    "-Wshadow",
    "-Wconversion",
    "-Werror",
    "-fopenmp",
    "-DFMT_SHARED",
    "-DSPDLOG_COMPILED_LIB",
    "-DSPDLOG_FMT_EXTERNAL",
    '-DQUIRE_SOURCE_DIR=""',
    "-I.",
]

source, compiler = pathlib.Path(sys.argv[1]), sys.argv[2]
everything = "--all" in sys.argv[3:]


def included_first(header):
    """Whether the .cpp file of the same name begins with this header."""
    path = header.with_suffix(".cpp")
    if not path.exists():
        return False
    first = re.search(r'^#include\s+["<](.*)[">]', path.read_text(), re.MULTILINE)
    return first is not None and first[1] == str(header.relative_to(source))


def compile_alone(header):
    name = str(header.relative_to(source))
    done = subprocess.run(
        [compiler, *FLAGS, "-x", "c++", "-"],
        input=f'#include "{name}"\n',
        text=True,
        cwd=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return (name, done.stdout) if done.returncode else None


headers = [
    path for root in ROOTS for path in sorted((source / root).rglob("*.h"))
    if "isa" not in path.parts
]
alone = [header for header in headers if everything or not included_first(header)]
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    failures = list(filter(None, pool.map(compile_alone, alone)))
for name, said in failures:
    print(f"{name} does not compile on its own:\n{said[:2000]}")
print(f"{len(headers)} headers, {len(alone)} of them compiled alone, {len(failures)} failed")
sys.exit(bool(failures) or len(headers) < 200 or not alone)
