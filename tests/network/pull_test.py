#!/usr/bin/env python3
"""quire pull, from a hub on this machine that redirects, breaks off, lies and wants a token.

    pull_test.py BIN_DIR SOURCE_DIR"""
import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
from hub import Hub  # noqa: E402
from small_models import bin_dir, chat_folder, expect, golden, run, tmp  # noqa: E402
from support import check, finish  # noqa: E402

for variable in ("HF_TOKEN", "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY",
                 "HTTPS_PROXY", "ALL_PROXY"):
    os.environ.pop(variable, None)
os.environ["no_proxy"] = "*"
hub = Hub()
os.environ["HF_ENDPOINT"] = hub.url
models = pathlib.Path(os.environ["QUIRE_MODELS"])
downloads = pathlib.Path(os.environ["XDG_CACHE_HOME"]) / "quire/downloads"
gguf = (golden / "gguf/mixtral.gguf").read_bytes()
checkpoint = {path.name: path.read_bytes() for path in chat_folder.iterdir()
              if path.name != "logits.safetensors"}
hub.models = {
    "org/Tiny-Chat": checkpoint | {"README.md": b"# Tiny", "onnx/model.onnx": b"x" * 100,
                                   "original/consolidated.00.pth": b"y" * 100},
    "org/Tiny-GGUF": {"tiny-Q8_0.gguf": gguf, "tiny-Q4_K_M.gguf": gguf, "README.md": b"x",
                      "mmproj-tiny-f16.gguf": b"z"},
    "org/One-GGUF": {"one-q8_0.gguf": gguf},
    "org/Nothing": {"README.md": b"x"},
}
ASK = ["--raw", "--temp", "0", "-n", "4", "-p", "Once"]


def pull(*words, **more):
    return run("pull", *words, **more)


def names():
    return sorted(str(path.relative_to(models))[:-6] for path in models.rglob("*.quire"))


def left():
    return sorted(path.name for path in downloads.rglob("*") if path.is_file()) \
        if downloads.exists() else []


# --- a checkpoint
ran = pull("org/Tiny-Chat")
check("a checkpoint", ran.returncode == 0 and names() == ["tiny-chat"], ran)
paths = [path for path, _ in hub.hub.seen]
check("only what is needed", not any("README" in path or "onnx" in path or "original" in path
                                     for path in paths), paths)
check("nothing is left", left() == [], left())
wanted = run("gen", "-m", chat_folder, *ASK).stdout
check("it runs by its name", run("gen", "-m", "tiny-chat", *ASK).stdout == wanted)
expect("again", 2, ["tiny-chat", "--name"], pull("org/Tiny-Chat"))
ran = pull("org/Tiny-Chat", "--name", "small/q4", "--type", "q4", "--keep")
check("--name, --type, --keep", ran.returncode == 0 and names() == ["small/q4", "tiny-chat"]
      and "config.json" in left(), (ran, left()))
ran = run("quire", "pull", "org/Tiny-Chat", "--name", "kept")
check("what was kept is not fetched again", ran.returncode == 0
      and b"are here already" in ran.stderr, ran)
ran = pull("org/Tiny-Chat", "--into", tmp / "folder")
check("--into", ran.returncode == 0
      and (tmp / "folder/config.json").read_bytes() == checkpoint["config.json"]
      and not (tmp / "folder/README.md").exists(), ran)
check("--list", b"README.md" in pull("org/Tiny-Chat", "--list").stdout)

# --- GGUF files
ran = pull("org/Tiny-GGUF:q8_0")
check("a type", ran.returncode == 0 and "tiny-q8_0" in names(), ran)
ran = pull("org/Tiny-GGUF")
check("the usual type", ran.returncode == 0 and "tiny-q4_k_m" in names()
      and b"took Q4_K_M" in ran.stderr, ran)
check("the only one", pull("org/One-GGUF").returncode == 0 and "one" in names(), names())
ran = pull("org/Tiny-GGUF/tiny-Q8_0.gguf", "--name", "by-file")
check("a file", ran.returncode == 0 and "by-file" in names(), ran)
ran = pull(f"{hub.url}/org/Tiny-GGUF/resolve/main/tiny-Q8_0.gguf", "--name", "by-page")
check("the address of a file of the hub", ran.returncode == 0 and "by-page" in names(), ran)
expect("a type that is not there", 2, ["Q5_K_M", "Q8_0 (", "Q4_K_M ("],
       pull("org/Tiny-GGUF:Q5_K_M"))
expect("a type of a checkpoint", 2, "--type", pull("org/Tiny-Chat:Q4_K_M", "--name", "x"))
expect("no model in it", 2, "config.json", pull("org/Nothing"))
expect("no such file", 2, "has no file", pull("org/Tiny-GGUF/none.gguf"))
expect("no such model", 1, ["org/Missing", "HF_TOKEN"], pull("org/Missing"))
for text in ("model", "a/b/../c", "https://", "ftp://x/y.gguf", "../x/y", ""):
    ran = pull(text) if text else pull("x")
    check(f"refuses {text!r}", ran.returncode == 2, ran)


# --- a plain URL
ran = pull(f"{hub.store.url}/org/One-GGUF/one-q8_0.gguf", "--name", "plain")
digest = hashlib.sha256(gguf).hexdigest()
check("a URL", ran.returncode == 0 and "plain" in names() and digest.encode() in ran.stderr, ran)
ran = pull(f"{hub.store.url}/org/One-GGUF/one-q8_0.gguf", "--name", "summed", "--sha256", digest)
check("--sha256", ran.returncode == 0 and digest.encode() not in ran.stderr, ran)
expect("another --sha256", 3, ["expected SHA-256", digest],
       pull(f"{hub.store.url}/org/One-GGUF/one-q8_0.gguf", "--name", "x", "--sha256", "a" * 64))
expect("--sha256 of a model of the hub", 2, ["--sha256", "a URL"],
       pull("org/Tiny-Chat", "--name", "x", "--sha256", digest))
expect("--sha256 that is none", 2, ["--sha256", "64 digits"],
       pull(f"{hub.store.url}/org/One-GGUF/one-q8_0.gguf", "--name", "x", "--sha256", "abc"))
expect("--list of a URL", 2, ["--list", "org/model"],
       pull(f"{hub.store.url}/org/One-GGUF/one-q8_0.gguf", "--list"))
expect("--keep with --into", 2, ["--keep", "--into"],
       pull("org/Tiny-Chat", "--into", tmp / "x", "--keep"))
expect("http from elsewhere", 2, "expected https", pull("http://192.0.2.1/x.gguf"))

# --- OpenAI's vocabularies, from a mirror that is QUIRE_VOCABULARIES
hub.models["org/Words"] = {"r50k_base.tiktoken": bytes(835554), "p50k_base.tiktoken": b"short"}
mirror = os.environ | {"QUIRE_VOCABULARIES": f"{hub.store.url}/org/Words"}
expect("a vocabulary with other bytes", 3, ["r50k_base.tiktoken", "expected SHA-256 306cd27f"],
       pull("r50k_base", env=mirror))
expect("a vocabulary of another size", 1, ["p50k_base.tiktoken", "836186"],
       pull("text-davinci-003", env=mirror))
expect("a vocabulary that is not there", 1, ["o200k_base.tiktoken", "no such file"],
       pull("gpt-4o", env=mirror))
check("by its address, too", b"cl100k_base.tiktoken" in
      pull("https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken",
           env=mirror).stderr)
check("none of them has its name", not list(models.glob("*.tiktoken")), list(models.iterdir()))
(models / "o200k_base.tiktoken").write_bytes(b"")
ran = pull("gpt-5", env=mirror)
check("one that is here", ran.returncode == 0 and b"is here already" in ran.stderr, ran)
(models / "o200k_base.tiktoken").unlink()
for words in (["--name", "x"], ["--type", "q4"], ["--sha256", "a" * 64], ["--list"], ["--keep"]):
    expect(f"a vocabulary with {words[0]}", 2, [words[0], "no effect"],
           pull("gpt-4o", *words, env=mirror))

# --- a connection that breaks
big = {"big.gguf": random.Random(1).randbytes(3_000_000)}
hub.models["org/Big"] = big
into = tmp / "big"


def fetch(*words, **odd):
    """Fetches big.gguf, which behaves like this; returns what ran and how often it was asked."""
    hub.odd = {"big.gguf": odd}
    n = len(hub.store.seen)
    ran = pull("org/Big", "--into", into, *words)
    return ran, len(hub.store.seen) - n


def part():
    path = into / "big.gguf.part"
    return path.stat().st_size if path.exists() else None


def whole():
    path = into / "big.gguf"
    ok = path.exists() and path.read_bytes() == big["big.gguf"] and part() is None
    path.unlink(missing_ok=True)
    return ok


ran, n = fetch()
check("a large file", ran.returncode == 0 and n == 1 and whole(), ran)
ran, n = fetch(break_after=[100_000, 0, 1_000_000])
check("goes on after breaks", ran.returncode == 0 and n == 4 and whole(), (ran, n))
ranges = [headers.get("Range") for _, headers in hub.store.seen[-4:]]
check("from where it stopped", ranges == [None, "bytes=100000-", "bytes=100000-",
                                          "bytes=1100000-"], ranges)
ran, n = fetch("--tries", "2", break_after=[500_000, 0, 0])
expect("gives up", 1, "goes on from where it stopped", ran)
check("keeps what came, under another name", part() == 500_000
      and not (into / "big.gguf").exists())
ran, n = fetch()
check("goes on in the next run", ran.returncode == 0 and n == 1 and whole()
      and hub.store.seen[-1][1].get("Range") == "bytes=500000-"
      and b"500 kB are here already" in ran.stderr, ran)
ran, n = fetch(errors=[503, 500])
check("a server that is busy", ran.returncode == 0 and n == 3 and whole(), ran)
ran, n = fetch(break_after=[700_000], no_range=True)
check("a server without ranges", ran.returncode == 0 and whole(), ran)
(into / "big.gguf.part").write_bytes(b"x" * 5_000_000)
ran, n = fetch()
check("a part that is too long", ran.returncode == 0 and whole(), ran)
(into / "big.gguf.part").write_bytes(b"x" * 1000)
ran = fetch()[0]
check("a part of other bytes", ran.returncode == 3 and b"expected SHA-256" in ran.stderr
      and b"are removed" in ran.stderr, ran)
check("is gone", part() is None and fetch()[0].returncode == 0 and whole())
process = subprocess.Popen([bin_dir / "pull", "org/Big", "--into", into], stderr=subprocess.PIPE)
hub.odd = {"big.gguf": {"errors": [503] * 20}}
time.sleep(0.5)
process.send_signal(signal.SIGINT)
check("Ctrl-C", process.wait(timeout=20) in (0, 130), process.returncode)
(into / "big.gguf").unlink(missing_ok=True)

# --- a server that lies
expect("other bytes", 3, "expected SHA-256", fetch(sends=bytes(3_000_000))[0])
expect("fewer bytes than published", 1, ["3000000", "1000"], fetch(sends=bytes(1000))[0])
expect("more bytes than published", 1, "3000000", fetch(sends=bytes(3_000_001))[0])
expect("a length that is too small", 1, "3000000", fetch(says_size=10)[0])
expect("a range from elsewhere", 1, "asked for the bytes from 1000 on",
       fetch(break_after=[1000], range_from=2000)[0])
check("none of it has the name", not (into / "big.gguf").exists())
(into / "big.gguf.part").unlink(missing_ok=True)
small = tmp / "small"
hub.odd = {"config.json": {"sends": b"[" + checkpoint["config.json"][1:]}}
expect("other bytes of a small file", 3, "git hash",
       pull("org/Tiny-Chat/config.json", "--into", small))
hub.odd = {"big.gguf": {"to": "http://127.0.0.1:1/x"}}
expect("a redirect to nowhere", 1, "127.0.0.1:1", pull("org/Big", "--into", into))
hub.odd = {"big.gguf": {"to": f"{hub.url}/org/Big/resolve/main/big.gguf"}}
expect("a redirect in circles", 1, "more than 10 times", pull("org/Big", "--into", into))
for target in ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"):
    hub.odd = {"big.gguf": {"to": target}}
    expect(f"a redirect to {target}", 2, "expected a URL of http", pull("org/Big", "--into", into))
hub.odd = {}
deep = "[" * 100_000
for name, text in {"no JSON": "<html>", "a list": "[]", "nested": deep,
                   "nested files": '{"sha": "' + "c" * 40 + '", "siblings": ' + deep,
                   "no commit": '{"siblings": []}', "no files": '{"sha": "' + "c" * 40 + '"}',
                   "odd files": '{"sha": "' + "c" * 40 + '", "siblings": [5]}'}.items():
    hub.api = text.encode()
    expect(f"an answer with {name}", 3, hub.url, pull("org/Big"))
for name in ("../x", "/etc/x", "a/../../x", "", "a\n", "a//b", ".."):
    hub.api = json.dumps({"sha": "c" * 40, "siblings": [{"rfilename": name}]}).encode()
    expect(f"a file {name!r}", 3, "expected the name of a file", pull("org/Big"))
hub.api = None

# --- a token
hub.token = "secret"
expect("no token", 1, "HF_TOKEN", pull("org/One-GGUF", "--into", tmp / "t"))
n = len(hub.store.seen)
ran = pull("org/One-GGUF", "--into", tmp / "t", env=os.environ | {"HF_TOKEN": "secret"})
check("a token", ran.returncode == 0, ran)
check("goes to the hub only", len(hub.store.seen) == n + 1
      and "Authorization" not in hub.store.seen[-1][1]
      and hub.hub.seen[-1][1].get("Authorization") == "Bearer secret", hub.store.seen[-1])
ran = pull(f"{hub.store.url}/org/One-GGUF/one-q8_0.gguf", "--into", tmp / "u",
           env=os.environ | {"HF_TOKEN": "secret"})
check("and to no other address", ran.returncode == 0
      and "Authorization" not in hub.store.seen[-1][1], hub.store.seen[-1])
expect("not over a line that others read", 2, "HF_ENDPOINT",
       pull("org/x", env=os.environ | {"HF_TOKEN": "s", "HF_ENDPOINT": "http://192.0.2.1"}))
check("it is never printed", b"secret" not in ran.stdout + ran.stderr)
expect("an odd HF_ENDPOINT", 2, "HF_ENDPOINT",
       pull("org/x", env=os.environ | {"HF_ENDPOINT": "nonsense"}))

finish()
