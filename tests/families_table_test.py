#!/usr/bin/env python3
"""Fails when docs/families.md leaves out a family that is registered or a golden that exists, or
names one that does not.

  families_table_test.py SOURCE_DIR"""
import json
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
GOLDEN = source / "tests/golden"
table = [[re.findall(r"`([^`]+)`", cell) for cell in line.split("|")[1:-1]]
         for line in (source / "docs/families.md").read_text().splitlines()
         if line.startswith("| ") and not line.startswith("| family") and line.count("|") >= 7]
failures = []


def compare(what, said, there):
    said = [name for names in said for name in names]
    for name in sorted({name for name in said if said.count(name) > 1}):
        failures.append(f"{what} {name}: named twice")
    for name in sorted(there - set(said)):
        failures.append(f"{what} {name}: not in the table")
    for name in sorted(set(said) - there):
        failures.append(f"{what} {name}: in the table only")


def folders(path):
    return {folder.name for folder in path.iterdir() if folder.is_dir()}


families = (source / "models/families/families.cpp").read_text()
registered = re.findall(r'^    \{"([^"]+)", draft_', families, re.MULTILINE)
compare("family", [row[1] for row in table], set(registered))
# Wrappers' goldens stand for what is around a text model, which has a golden of its own.
wrappers = {"internvl", "internvl-chat", "llava", "mistral3", "smolvlm"}
vectors = {"model2vec", "static"} & folders(GOLDEN / "sentences")
compare("golden", [row[3] for row in table], (folders(GOLDEN / "families") - wrappers) | vectors)
ggufs = json.loads((GOLDEN / "gguf/goldens.json").read_text())
compare("GGUF golden", [row[4] for row in table], set(ggufs))
compare("GGUF file", [list(ggufs)], {path.stem for path in (GOLDEN / "gguf").glob("*.gguf")})
print("\n".join(failures) or f"{len(table)} families, as registered")
sys.exit(bool(failures) or len(table) < 90)
