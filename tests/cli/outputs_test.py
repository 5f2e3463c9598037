#!/usr/bin/env python3
"""No output destroys anything: every command that writes a file, given every kind of place to write
to.

  outputs_test.py BIN_DIR SOURCE_DIR [LIBRARY_OF_ODD_SYSTEMS]
"""
import json
import os
import pathlib
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
import time

import batch_shapes
from support import CAN_LIMIT_FILES, check, finish, run

bin_dir, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
odd_system = sys.argv[3] if len(sys.argv) > 3 else None
tmp = pathlib.Path(tempfile.mkdtemp(prefix="quire-outputs-"))



def refused(name, command, code, *unchanged):
    """The command ends with the code, one line that says why, and without touching the files or
    beginning to work: its input is one that never ends."""
    before = [pathlib.Path(path).read_bytes() for path in unchanged]
    around = sorted(os.listdir(tmp))
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
    error = process.stderr.read()
    process.communicate()
    check(f"{name}: exit code {code}", process.returncode == code, (process.returncode, error))
    check(f"{name}: one line", error.count(b"\n") == 1, error)
    check(f"{name}: nothing changed",
          [pathlib.Path(path).read_bytes() for path in unchanged] == before)
    check(f"{name}: nothing new",
          sorted(os.listdir(tmp)) == around,
          set(os.listdir(tmp)) - set(around))


# --- what the commands need
model = tmp / "model.quire"
batch_shapes.pack_tiny(bin_dir / "pack", source, model)
checkpoint = tmp / "checkpoint"
shutil.copytree(source / "tests/golden/tiny-llama", checkpoint)
text = tmp / "text"
text.write_text(" ".join(map(str, range(400))))
requests = tmp / "requests.jsonl"
requests.write_text("".join(
    json.dumps({"id": f"r{i}", "prompt": f"word {i}", "max_tokens": 4}) + "\n" for i in range(8)))
prices = tmp / "prices.json"
prices.write_text('{"flat": 2}')
importance = tmp / "text.importance"
eval_importance = [
    bin_dir / "eval", "importance", "-m", model, "-f", text, "-c", "64", "--chunks", "2", "-o"
]
check("eval importance", run([*eval_importance, importance]).returncode == 0)
batch = [bin_dir / "gen-batch", "-m", model, "-t", "1", "-q", "--price", prices]
from_stdin = [*batch, "-i", "-"]
from_file = [*batch, "-i", requests]
never = tmp / "never"  # a FIFO that nobody writes to
os.mkfifo(never)

questions = tmp / "questions.jsonl"
questions.write_text('{"prompt": "one", "choices": ["two", "three"], "answer": 0}\n')


def drawn(name, reads, hangs, *options):
    """A command of eval with a picture."""
    command = [bin_dir / "eval", name, "-m", model, *options, "-f"]
    return [*command, *reads, "--svg"], [model, *reads], [*command, *hangs, "--svg"]


# A command that writes to the path that is appended, what it reads, and the same command with an
# input on which it would hang, or fail otherwise, if it began to work.
pack = [bin_dir / "pack", checkpoint, "--importance", importance, "--type", "q4", "-o"]
COMMANDS = {
    "pack": (pack, [checkpoint / "model.safetensors", checkpoint / "config.json",
                    importance], [bin_dir / "pack", tmp / "none.gguf", "-o"]),
    "importance": (eval_importance, [model, text],
                   [bin_dir / "eval", "importance", "-m", model, "-f", never, "-o"]),
    "results": ([*from_file, "-o"], [model, requests, prices], [*from_stdin, "-o"]),
    "errors": ([*from_file, "-o", tmp / "rest",
                "--errors"], [model, requests,
                              prices], [*from_stdin, "-o", tmp / "rest", "--errors"]),
    "summary": ([*from_file, "--summary"], [model, requests, prices], [*from_stdin, "--summary"]),
    "metrics": ([*from_file, "--metrics"], [model, requests, prices], [*from_stdin, "--metrics"]),
    "perplexity svg": drawn("perplexity", [text], [never], "-c", "64", "--chunks", "2"),
    "contexts svg": drawn("contexts", [text], [never], "-c", "64", "--chunks", "2"),
    "choices svg": drawn("choices", [questions], [never]),
    "compare svg": ([bin_dir / "eval", "compare", model, model, "-f", text, "-c", "64", "--chunks",
                     "2", "--svg"], [model, text],
                    [bin_dir / "eval", "compare", model, model, "-f", never, "--svg"]),
    "tok svg": ([bin_dir / "tok", "-m", model, text, "--svg"], [model, text],
                [bin_dir / "tok", "-m", model, never, "--svg"]),
    "bench svg": ([bin_dir / "bench", "-m", model, "-p", "8", "-n", "2", "-r", "1", "--speed-only",
                   "--svg"], [model], [bin_dir / "bench", "-m", tmp / "none.quire", "--svg"]),
}
NOTES = "my notes\nof years"


def good(name, path):
    """The path holds what the command writes."""
    if name == "pack":
        return run([bin_dir / "inspect", "--verify", path]).returncode == 0
    content = path.read_bytes()
    if name == "importance":
        return content == importance.read_bytes()
    if name == "results":
        return [json.loads(line)["custom_id"]
                for line in content.splitlines()] == [f"r{i}" for i in range(8)]
    if name == "errors":
        return content == b""
    if name.endswith("svg"):
        return content.startswith(b"<svg ") and content.endswith(b"</svg>\n")
    if name == "summary":
        return json.loads(content)["finished"] is True
    return content.startswith(b"# HELP quire_batch_") and b"quire_batch_finished 1\n" in content


def clear(*names):
    for name in (*names, "rest"):
        path = tmp / name
        if path.is_symlink() or path.exists():
            path.unlink()


for name, (command, inputs, hanging) in COMMANDS.items():
    # A file that the command reads, by its name, by a link, and by a second name of its own.
    for read in inputs:
        os.link(read, tmp / "hard")
        (tmp / "soft").symlink_to(read)
        for place in (read, tmp / "hard", tmp / "soft"):
            for options in ([], ["--overwrite"]):
                refused(f"{name} over {read.name} as {place.name}", [*command, place, *options], 2,
                        read)
        check(f"{name}: the link to {read.name}", (tmp / "soft").is_symlink())
        clear("hard", "soft")
    # A file that another program wrote.
    notes = tmp / "notes"
    notes.write_text(NOTES)
    (tmp / "soft").symlink_to("notes")
    refused(f"{name} over notes", [*hanging, notes], 2, notes)
    refused(f"{name} over notes by a link", [*hanging, tmp / "soft"], 2, notes)
    notes.chmod(0o640)
    ran = run([*command, tmp / "soft", "--overwrite"])
    check(f"{name} over notes when asked to", ran.returncode == 0 and good(name, notes), ran)
    check(f"{name}: the link stays a link", (tmp / "soft").is_symlink())
    check(f"{name}: the mode stays", stat.S_IMODE(notes.stat().st_mode) == 0o640)
    # What it wrote itself, and an empty file.
    ran = run([*command, notes])
    check(f"{name} again", ran.returncode == 0 and good(name, notes), ran)
    notes.write_bytes(b"")
    ran = run([*command, notes])
    check(f"{name} over an empty file", ran.returncode == 0 and good(name, notes), ran)
    clear("notes")
    ran = run([*command, tmp / "soft"])
    check(f"{name} through a dangling link", ran.returncode == 0 and good(name, notes)
          and (tmp / "soft").is_symlink(), ran)
    clear("notes", "soft")
    # Places that cannot hold a file.
    (tmp / "folder").mkdir(exist_ok=True)
    for what, place in (("a folder", tmp / "folder"), ("a missing folder", tmp / "no" / "x"),
                        ("a name too long", tmp / ("n" * 256)), ("a file as a folder", text / "x")):
        refused(f"{name} to {what}", [*hanging, place], 1)
    if os.geteuid() != 0:
        (tmp / "folder").chmod(0o500)
        refused(f"{name} to an unwritable folder", [*hanging, tmp / "folder" / "x"], 1)
        (tmp / "folder").chmod(0o700)
    clear()
    # A FIFO stays one, and whoever reads it gets the bytes.
    fifo = tmp / "fifo"
    os.mkfifo(fifo)
    with open(tmp / "read", "wb") as read_to:
        reader = subprocess.Popen(["cat", fifo], stdout=read_to)
        # The reader must be there before the first metrics are written.
        with open(fifo, "wb"):
            ran = run([*command, fifo])
        reader.wait(timeout=60)
    check(f"{name} to a FIFO", ran.returncode == 0 and stat.S_ISFIFO(fifo.stat().st_mode)
          and good(name, tmp / "read"), ran)
    clear("fifo", "read")
    # So do standard output and error, also when they are files: these are only appended to.
    for stream in ("stdout", "stderr"):
        with open(tmp / "log", "wb") as log:
            log.write(b"before\n")
            log.flush()
            run_to = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: log}
            ran = subprocess.run([str(word) for word in (*command, f"/dev/{stream}")], **run_to,
                                 timeout=60)
        content = (tmp / "log").read_bytes()
        check(f"{name} to /dev/{stream}", ran.returncode == 0 and content.startswith(b"before\n"),
              content[:100])
        expected = {
            "pack": b"\x93QUI", "importance": b".squares", "results": b'"custom_id":"r7"',
            "errors": b"", "summary": b'"finished": true', "metrics": b"quire_batch_finished 1"
        }.get(name, b"</svg>")
        check(f"{name} to /dev/{stream}: all of it", expected in content, content[-300:])
    clear("log")
    # A device is written to, never replaced.
    device = tmp / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        device.open("wb").close()
        ran = run([*command, device])
        check(f"{name} to a device", ran.returncode == 0 and stat.S_ISCHR(device.stat().st_mode),
              ran)
    except PermissionError:
        print(f"outputs_test: {name} without a device (not allowed)")
    clear("null")

# --- streams of a shell
shell = " ".join(map(
    str, from_file)) + f" -o >(cat > {tmp}/piped) && until [ -s {tmp}/piped ]; do sleep 0.01; done"
ran = run(["bash", "-c", shell])
check("results to a command", ran.returncode == 0 and good("results", tmp / "piped"), ran)
ran = run(["bash", "-c", " ".join(map(str, from_file)) + " -o /dev/stdout | cat"])
check("results to /dev/stdout in a pipe", ran.stdout.count(b"\n") == 8, ran)
before = requests.read_bytes()
ran = run(["bash", "-c", " ".join(map(str, from_file)) + f" >> {requests}"])
check("results into the input by redirection", ran.returncode == 2
      and requests.read_bytes() == before, ran)
ran = run(["bash", "-c", " ".join(map(str, from_stdin)) + f" -o {requests} < {requests}"])
check("results into what is standard input", ran.returncode == 2
      and requests.read_bytes() == before, ran)

# --- two outputs of one run, and the file beside the results
for first, second in (("-o", "--summary"), ("--summary", "--metrics"), ("-o", "--errors"),
                      ("--errors", "--metrics")):
    refused(f"{first} and {second}", [*from_stdin, first, tmp / "one", second, tmp / "." / "one"],
            2)
shutil.copy(requests, tmp / "o.part")
refused("the input as OUTPUT.part", [*batch, "-i", tmp / "o.part", "-o", tmp / "o"], 2,
        tmp / "o.part")
refused("notes as OUTPUT.part", [*from_file, "-o", tmp / "o"], 2, tmp / "o.part")
refused("a summary as OUTPUT.part", [*from_stdin, "-o", tmp / "p", "--summary", tmp / "p.part"], 2)
clear("o.part")
# Inputs and outputs swapped by mistake.
run([*from_file, "-o", tmp / "results"])
refused("swapped", [*batch, "-i", tmp / "results", "-o", requests], 2, tmp / "results", requests)
# A packed model in the folder of its checkpoint is not part of the checkpoint.
for _ in range(2):
    ran = run([*pack, checkpoint / "own.quire"])
    check("pack into its own folder", ran.returncode == 0
          and good("pack", checkpoint / "own.quire"), ran)
(checkpoint / "own.quire").unlink()


# --- a full disk: what existed stays, and nothing new appears
def limited():
    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))


ours = {"pack": model.read_bytes(), "importance": importance.read_bytes()}
for name in ("pack", "importance") if CAN_LIMIT_FILES else ():
    path = tmp / "old"
    path.write_bytes(ours[name])
    around = sorted(os.listdir(tmp))
    ran = run([*COMMANDS[name][0], path], preexec_fn=limited, restore_signals=False)
    check(f"{name} on a full disk", ran.returncode == 1 and path.read_bytes() == ours[name], ran)
    check(f"{name} on a full disk: nothing left", sorted(os.listdir(tmp)) == around)
    clear("old")

# A file system that is full, where one can be made; and the same command once there is room.
small = tmp / "small"
small.mkdir()
if os.geteuid() == 0 and run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", small
                              ]).returncode == 0:
    try:
        many = tmp / "many.jsonl"
        many.write_text("".join(
            json.dumps({"id": f"r{i}", "prompt": f"word {i}", "max_tokens": 4}) + "\n"
            for i in range(90)))
        run([*batch, "-i", many, "-o", tmp / "many.out"])
        for name in ("pack", "importance"):
            ran = run([*COMMANDS[name][0], small / "x"])
            check(f"{name} on a full file system", ran.returncode == 1 and os.listdir(small) == [],
                  ran)
        ran = run([*batch, "-i", many, "-o", small / "results"])
        saved = b"".join((small / name).read_bytes() for name in os.listdir(small))
        check("results on a full file system", ran.returncode == 1 and saved.count(b"\n") > 5
              and saved.endswith(b"\n"), ran)
        run(["mount", "-o", "remount,size=1m", small])
        ran = run([*batch, "-i", many, "-o", small / "results", "--summary", tmp / "kept"])
        check("results when there is room",
              (small / "results").read_bytes() == (tmp / "many.out").read_bytes(), ran)
        check(
            "results when there is room: none again",
            json.loads(
                (tmp / "kept").read_text())["requests"]["kept"] == len(set(saved.splitlines())))
    finally:
        run(["umount", small])
else:
    print("outputs_test: without a full file system (not allowed)")

# --- metrics that cannot be written any more do not stop a run
(tmp / "gone").mkdir()
process = subprocess.Popen(
    [*map(str, from_stdin), "-o",
     str(tmp / "m.out"), "--metrics",
     str(tmp / "gone" / "m")], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
process.stdin.write(requests.read_bytes())
process.stdin.flush()
while not (tmp / "gone" / "m").exists() and process.poll() is None:
    time.sleep(0.01)
shutil.rmtree(tmp / "gone")
_, error = process.communicate(timeout=60)
check("metrics into a folder that went", process.returncode == 0 and error.count(b"\n") == 1
      and b"gone" in error, error)
check("metrics into a folder that went: the results", good("results", tmp / "m.out"))
fifo = tmp / "fifo"
os.mkfifo(fifo)
ran = run([*from_file, "--metrics", fifo])
check("metrics that nobody reads", ran.returncode == 0 and ran.stderr.count(b"\n") == 1, ran)
clear("fifo")

# --- systems without unnamed files, without /proc, with one process number
if odd_system:
    victim = tmp / "victim"
    victim.write_text(NOTES)
    out = tmp / "odd"
    out.mkdir()
    for switches in ({"QUIRE_NO_TMPFILE": "1"}, {"QUIRE_NO_PROC": "1"},
                     {"QUIRE_NO_TMPFILE": "1", "QUIRE_NO_PROC": "1"}):
        env = {**os.environ, "LD_PRELOAD": odd_system, **switches}
        for name in ("pack", "importance", "summary", "results"):
            ran = run([*COMMANDS[name][0], out / name], env=env)
            check(f"{name} with {switches}", ran.returncode == 0 and good(name, out / name), ran)
        ran = run([*from_file, "--seed", "5", "-o", out / "results", "--overwrite"], env=env)
        check(f"results replaced with {switches}", ran.returncode == 0
              and good("results", out / "results"), ran)
        check(f"nothing else with {switches}",
              sorted(os.listdir(out)) == ["importance", "pack", "results", "summary"],
              os.listdir(out))
        for path in out.iterdir():
            path.unlink()
    # Memory that runs out when the finished file has just got a name: it is whole, whether what
    # follows needs memory or not.
    for name in ("pack", "importance"):
        ran = run([*COMMANDS[name][0], out / name],
                  env={**os.environ, "LD_PRELOAD": odd_system, "QUIRE_LINK_TAKES_ALL": "1"})
        check(f"{name}: no memory for a name", ran.returncode in (0, 1)
              and os.listdir(out) == [name] and good(name, out / name), (ran, os.listdir(out)))
        (out / name).unlink()
    # Two at a time that have one process number and one output, and a link in the place of a name
    # that can be guessed.
    (out / ".x.quire.1.tmp").symlink_to(victim)
    env = {**os.environ, "LD_PRELOAD": odd_system, "QUIRE_NO_TMPFILE": "1", "QUIRE_SAME_PID": "1"}
    for _ in range(6):
        pair = [
            subprocess.Popen(
                [str(word) for word in (bin_dir / "pack", checkpoint, "-o", out / "x.quire")],
                env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(2)
        ]
        ends = [(process.communicate(timeout=60)[1], process.returncode) for process in pair]
        check("two at a time",
              all(code == 0 for _, code in ends) and good("pack", out / "x.quire"), ends)
    check("a link that waits", victim.read_text() == NOTES)
    check("nothing else", sorted(os.listdir(out)) == [".x.quire.1.tmp", "x.quire"], os.listdir(out))

    # While one run waits for its lock, another puts a new file in the place of the one that it has
    # opened.
    output = tmp / "race"
    changed = tmp / "changed.jsonl"
    changed.write_text(requests.read_text().replace("word 3", "werd 3"))
    run([*from_file, "-o", output])
    env = {**os.environ, "LD_PRELOAD": odd_system, "QUIRE_FLOCK_UNTIL": str(tmp / "go")}
    more = tmp / "more.jsonl"
    more.write_text(changed.read_text() + '{"id": "r8", "prompt": "one more", "max_tokens": 4}\n')
    waiting = subprocess.Popen(
        [*map(str, batch), "-i", str(more), "-o",
         str(output)], env=env, stderr=subprocess.PIPE)
    while not (tmp / "go.waiting").exists() and waiting.poll() is None:
        time.sleep(0.01)
    inode = output.stat().st_ino
    run([*batch, "-i", changed, "-o", output])
    by_other = output.read_bytes()
    check("the other run has replaced the file",
          output.stat().st_ino != inode and by_other.count(b"\n") == 8)
    (tmp / "go").touch()
    waiting.communicate(timeout=60)
    found = output.read_bytes()
    check("a lock on the file that has the name", waiting.returncode == 0
          and found.startswith(by_other) and found.count(b"\n") == 9, found[-200:])
    # A file system without locks causes a warning, and the run continues.
    ran = run([*from_file, "-o", tmp / "unlocked"],
              env={**os.environ, "LD_PRELOAD": odd_system, "QUIRE_FLOCK_ERROR": "37"})
    check(
        "no locks", ran.returncode == 0 and good("results", tmp / "unlocked")
        and ran.stderr.count(b"cannot lock") == 1, ran)

finish(tmp)
