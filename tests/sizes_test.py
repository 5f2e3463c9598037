#!/usr/bin/env python3
"""Fails when a source file has more than 400 lines, that of a model's family more than 90, a folder
of sources more than 25 files, a C++ function more than 60 lines, or a parameter list more than 5
parameters.

  sizes_test.py SOURCE_DIR

Tables (*.inc) may be longer, and goldens are data.
"""

import pathlib
import sys

from function_sizes import functions

ROOTS = ("apps", "cmake", "formats", "lib", "models", "scripts", "tests", "tools")
SOURCES = {".cpp", ".h", ".py", ".cmake", ".txt"}
MAX_LINES, MAX_FILES = 400, 25
MAX_FAMILY_LINES = 90
TABLES = ("families.cpp", "families.h")  # of all families
MAX_BODY, MAX_PARAMETERS, FEWEST_FUNCTIONS = 60, 5, 4000
# Functions with more parameters, and why.
LIBC = "the signature is the C library's"
KERNEL = "a kernel takes raw pointers and counts"
PRODUCT = "a product takes its matrices and the ranges of both"
MANY_PARAMETERS = {
    "lib/model/attention.cpp": {"unit_args": KERNEL},
    "lib/model/linear.cpp": {"multiply": PRODUCT, "multiply_part": PRODUCT},
    "lib/model/linear.h": {"multiply": PRODUCT, "multiply_part": PRODUCT},
    "lib/model/reference/reference_forward.cpp": {"attend": KERNEL},
    "lib/model/residual.cpp": {"add_bias": KERNEL},
    "lib/model/rope.cpp": {"rope_angles": KERNEL},
    "lib/model/rope.h": {"rope_angles": KERNEL},
    "lib/model/row_split.cpp": {"RowSplit::exchange": PRODUCT},
    "lib/model/row_split.h": {"exchange": PRODUCT},
    "lib/model/step.h": {"add_bias": KERNEL},
    "tests/faults/shim.cpp": {"__libc_start_main": LIBC, "mmap": LIBC, "mmap64": LIBC},
}

source = pathlib.Path(sys.argv[1])
failures = []
n_files = n_functions = 0
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
        if path.suffix not in SOURCES:
            continue
        text = path.read_text()
        n_lines = text.count("\n")
        is_family = parts[:2] == ("models", "families") and path.name not in TABLES
        most = MAX_FAMILY_LINES if is_family else MAX_LINES
        if n_lines > most:
            failures.append(f"{name / path.name}: {n_lines} lines, expected at most {most}")
        if path.suffix not in (".cpp", ".h"):
            continue
        excused = MANY_PARAMETERS.get(str(name / path.name), {})
        for line, function, n_parameters, n_lines in functions(text):
            n_functions += 1
            where = f"{name / path.name}:{line}: {function}: "
            if n_lines > MAX_BODY:
                failures.append(f"{where}{n_lines} lines, expected at most {MAX_BODY}")
            if n_parameters > MAX_PARAMETERS and function not in excused:
                failures.append(
                    f"{where}{n_parameters} parameters, expected at most {MAX_PARAMETERS}")
if n_functions < FEWEST_FUNCTIONS:
    failures.append(f"{n_functions} functions found, expected at least {FEWEST_FUNCTIONS}")
print("\n".join(failures)
      or f"{n_files} files and {n_functions} functions are short, and folders small")
sys.exit(bool(failures) or n_files < 500)
