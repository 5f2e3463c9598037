#!/usr/bin/env python3
"""Fails when a source file has more than 400 lines or a folder of sources more than 25 files.

  sizes_test.py SOURCE_DIR

Tables (*.inc) may be longer, and goldens are data.
"""

import pathlib
import sys

ROOTS = ("apps", "cmake", "formats", "lib", "models", "scripts", "tests", "tools")
SOURCES = {".cpp", ".h", ".cmake", ".txt"}
MAX_LINES, MAX_FILES = 400, 25

source = pathlib.Path(sys.argv[1])
failures = []
n_files = 0
for folder in sorted(path for root in ROOTS
                     for path in [source / root, *(source / root).rglob("*")]):
    parts = folder.relative_to(source).parts
    if (not folder.is_dir() or parts[:2] == ("tests", "golden") or "found" in parts
            or "__pycache__" in parts):
        continue
    files = [path for path in folder.iterdir() if path.is_file()]
    n_files += len(files)
    name = folder.relative_to(source)
    if len(files) > MAX_FILES:
        failures.append(f"{name}: {len(files)} files, expected at most {MAX_FILES}")
    for path in files:
        if path.suffix in SOURCES:
            n_lines = path.read_bytes().count(b"\n")
            if n_lines > MAX_LINES:
                failures.append(
                    f"{name / path.name}: {n_lines} lines, expected at most {MAX_LINES}")
print("\n".join(failures) or f"{n_files} files are short, and their folders small")
sys.exit(bool(failures) or n_files < 500)
