#!/usr/bin/env python3
"""The front door, and models that are called by name.

    models_test.py BIN_DIR SOURCE_DIR
"""
import json
import os
import pathlib
import shutil

from small_models import chat_folder, expect, golden, run, tiny, tmp
from support import check, finish

ASK = ["--raw", "--temp", "0", "-n", "4", "-p", "Once"]
models = pathlib.Path(os.environ["QUIRE_MODELS"])
packed = pathlib.Path(os.environ["XDG_CACHE_HOME"]) / "quire/packed"


def quire(*words, **more):
    return run("quire", *words, **more)


def said(ran):
    return ran.stdout.decode()


# --- the front door
ran = quire("--version")
check("--version", ran.returncode == 0 and b"quire" in ran.stdout and b"file format" in ran.stdout,
      ran)
for words in (["help"], ["--help"], ["-h"]):
    ran = quire(*words)
    check(f"quire {words}", ran.returncode == 0 and b"Commands:" in ran.stdout, ran)
    check("at most 80 columns", max(map(len, said(ran).splitlines())) <= 80, ran.stdout)
for topic in ("models", "environment", "exit-codes"):
    ran = quire("help", topic)
    check(f"help {topic}", ran.returncode == 0 and len(ran.stdout) > 200, ran)
for name, program in {"gen": "gen", "tok": "tok", "batch": "gen-batch", "pack": "pack",
                      "inspect": "inspect", "bench": "bench", "eval": "eval", "chat": "chat",
                      "pull": "pull"}.items():
    check(f"quire help {name}", quire("help", name).stdout == run(program, "--help").stdout)
    check(f"quire {name} --help", quire(name, "--help").stdout == run(program, "--help").stdout)
check("quire help models is a page, models --help the options",
      b"packed once" in quire("help", "models").stdout
      and b"rename" in quire("models", "--help").stdout)
wanted = run("gen", "-m", tiny, *ASK).stdout
check("the same answer", quire("gen", "-m", tiny, *ASK).stdout == wanted)
check("the same exit code", quire("gen", "-m", tiny, "--tmp", "1").returncode == 2)
expect("quire gne", 2, "did you mean gen?", quire("gne"))
expect("quire help modles", 2, "did you mean models?", quire("help", "modles"))
expect("quire zzz", 2, "quire help lists them", quire("zzz"))
check("quire alone is wrong usage", quire().returncode == 2)

# --- no models
expect("gen without a model", 2, ["-m: expected a model, found none", str(models)],
       run("gen", *ASK))
ran = quire("models")
check("an empty list", ran.returncode == 0 and ran.stdout == b"" and b"no models in" in ran.stderr,
      ran)
check("an empty list as JSON", json.loads(quire("models", "--json").stdout) == [])

# --- names
ran = quire("models", "add", tiny, "small")
check("models add", ran.returncode == 0 and (models / "small.quire").exists(), ran)
check("by name", run("gen", "-m", "small", *ASK).stdout == wanted)
check("the only one", run("gen", *ASK).stdout == wanted)
check("a batch with the only one",
      run("gen-batch", "-q", stdin=b'{"prompt": "Once", "max_tokens": 1}\n').returncode == 0)
check("tok by name", run("tok", "-m", "small", stdin=b"Once").stdout
      == run("tok", "-m", tiny, stdin=b"Once").stdout)
check("inspect by name", run("inspect", "small").returncode == 0)
check("models add in a folder", quire("models", "add", tiny, "family/other").returncode == 0)
expect("two of them", 2, "expected one of family/other, small, found none", run("gen", *ASK))
ran = run("gen", *ASK, env=os.environ | {"QUIRE_MODEL": "family/other"})
check("QUIRE_MODEL", ran.stdout == wanted, ran)
expect("a misspelt name", 3, ["family/other, small", "did you mean small?"],
       run("gen", "-m", "smal", *ASK))
expect("a name that is taken", 2, "found a model of this name",
       quire("models", "add", tiny, "small"))
for name in ("../x", "/x", "..", ""):
    expect(f"models add as {name!r}", 2, "expected the name of a model",
           quire("models", "add", tiny, name) if name else quire("models", "remove", name))
listed = json.loads(quire("models", "--json").stdout)
check("models --json", [m["name"] for m in listed] == ["family/other", "small"]
      and listed[1]["bytes"] == tiny.stat().st_size and listed[1]["context"] > 0
      and listed[1]["memory_bytes"] > listed[1]["bytes"], listed)
table = said(quire("models"))
check("models", "small" in table and "memory" in table, table)
check("models path", said(quire("models", "path", "small")).strip() == str(models / "small.quire"))
ran = quire("models", "verify", "small", "family/other")
check("models verify", ran.returncode == 0 and ran.stdout.count(b"match") == 2, ran)
check("models rename", quire("models", "rename", "small", "tiny").returncode == 0
      and (models / "tiny.quire").exists() and not (models / "small.quire").exists())
expect("models remove of none", 2, "found none", quire("models", "remove", "small"))
broken = bytearray(tiny.read_bytes())
broken[-5] ^= 1
(models / "broken.quire").write_bytes(broken)
expect("models verify of a damaged one", 3, "checksum", quire("models", "verify", "broken"))
(models / "cut.quire").write_bytes(broken[:100])
check("a damaged one is listed as such", "cannot be used" in said(quire("models")))
for name in ("broken", "cut", "tiny", "family/other"):
    check(f"models remove {name}", quire("models", "remove", name).returncode == 0)
check("all are gone", json.loads(quire("models", "--json").stdout) == [])
check("the file that was added is still there", tiny.exists())
expect("models add of no model", 3, "", quire("models", "add", golden / "tiny-llama/config.json"))

# --- checkpoints are packed once
gguf = tmp / "small.gguf"
shutil.copy(golden / "gguf/mixtral.gguf", gguf)
first = run("gen", "-m", gguf, *ASK)
check("a GGUF file", first.returncode == 0 and first.stderr.count(b"\n") == 1
      and b"packed" in first.stderr, first)
second = run("gen", "-m", gguf, *ASK)
check("the second time", second.returncode == 0 and second.stderr == b""
      and second.stdout == first.stdout, second)
folder = run("gen", "-m", chat_folder, *ASK)
check("a checkpoint's folder", folder.returncode == 0 and folder.stdout == wanted, folder)
check("two files", len(list(packed.glob("*.quire"))) == 2)
data = bytearray(gguf.read_bytes())
gguf.write_bytes(data)
os.utime(gguf, ns=(1, 1))
check("a changed file is packed again", b"packed" in run("gen", "-m", gguf, *ASK).stderr)
hub = pathlib.Path(os.environ["HF_HUB_CACHE"]) / "models--user--model"
(hub / "refs").mkdir(parents=True)
(hub / "refs/main").write_text("abc")
(hub / "snapshots").mkdir()
(hub / "snapshots/abc").symlink_to(chat_folder)
for name in ("user/model", hub):
    ran = run("gen", "-m", name, *ASK)
    check(f"{name} of a Hugging Face cache", ran.returncode == 0 and ran.stdout == wanted, ran)
bad = tmp / "bad.gguf"
bad.write_bytes(b"GGUF" + bytes(60))
expect("a bad GGUF file", 3, "bad.gguf", run("bench", "-m", bad))
check("nothing is kept of it", not list(packed.glob("bad*")))
check("models forget", quire("models", "forget").returncode == 0
      and not list(packed.glob("*.quire")))

finish()
