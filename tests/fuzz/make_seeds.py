#!/usr/bin/env python3
"""Makes the seeds of the fuzz targets from the golden files: make_seeds.py GOLDEN OUT PACK.

A folder per target. Seeds are small, because the fuzzer runs them thousands of times a second:
vocabularies are cut down, and weights are left out where the target makes them itself."""
import shutil

from seeds.checkpoints import checkpoints
from seeds.common import out
from seeds.hostile import hostile
from seeds.quire_files import quire_files
from seeds.texts import texts
from seeds.tokenizers import tokenizers

shutil.rmtree(out, ignore_errors=True)
for make in (tokenizers, checkpoints, quire_files, texts, hostile):
    make()
(out / "made").write_text("")
