#!/usr/bin/env python3
"""Files that another process truncates while a command has them mapped: one line that names the
file, no signal.

    shrink_test.py BIN_DIR SOURCE_DIR"""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support import check, finish

bin_dir, source = Path(sys.argv[1]), Path(sys.argv[2])



def wait_until_mapped(process, path):
    for _ in range(6000):
        if str(path) in Path(f"/proc/{process.pid}/maps").read_text():
            return
        time.sleep(0.01)
    raise SystemExit(f"{path} was never mapped")


def run_and_cut(command, path, size, text):
    """Starts the command, cuts the file when it is mapped, then gives standard input what it waits
    for."""
    process = subprocess.Popen([bin_dir / command[0], *command[1:]], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until_mapped(process, path)
    os.truncate(path, size)
    out, err = process.communicate(text)
    return process.returncode, out.decode(), err.decode()


with tempfile.TemporaryDirectory() as work:
    model = Path(work) / "m.quire"
    pack = [bin_dir / "pack", source / "tests/golden/tiny-llama", "-o", model, "-t", "1"]

    # A model that is cut while the command waits for its input.
    subprocess.run(pack, check=True, capture_output=True)
    code, out, err = run_and_cut(["tok", "-m", model], model, 0, b"some text\n")
    check("tok, model cut: exit code", code == 3, code)
    check("tok, model cut: message",
          err == f"tok: {model}: the file became shorter while it was read\n", err)
    subprocess.run(pack, check=True, capture_output=True)
    code, out, err = run_and_cut(
        ["gen-batch", "-m", model, "-i", "-", "-o",
         Path(work) / "out.jsonl"], model, 4096, b'{"prompt": "a", "max_tokens": 2}\n')
    check("gen-batch, model cut: exit code", code == 3, code)
    check("gen-batch, model cut: message", err.count("\n") == 1 and str(model) in err, err)

    # A log that is rotated: its own count is an error, the other counts stand. Standard input comes
    # last, so that the large file is mapped and not yet counted when it is cut.
    subprocess.run(pack, check=True, capture_output=True)
    log, other = Path(work) / "big.log", Path(work) / "other.txt"
    other.write_text("another text\n")
    for size in (0, 100):
        log.write_text("a line of a log\n" * 400_000)
        code, out, err = run_and_cut(["tok", "-t", "2", "-m", model, other, log, "-"], log, size,
                                     b"more\n")
        check("tok, log cut: exit code", code == 4, code)
        check("tok, log cut: message",
              err == f"tok: {log}: the file became shorter while it was read\n", err)
        alone = subprocess.run([bin_dir / "tok", "-m", model, other, "-"], input=b"more\n",
                               capture_output=True)
        check("tok, log cut: the other counts", out == alone.stdout.decode(), out)

finish()
