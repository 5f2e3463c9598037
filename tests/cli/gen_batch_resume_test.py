#!/usr/bin/env python3
"""Exactly once: a run of gen-batch that is killed, or whose disk is full, is completed by the same
command to the same bytes, and computes nothing twice.

  gen_batch_resume_test.py BIN_DIR SOURCE_DIR [FAULT_LIBRARY] [--kills N]
"""
import json
import random
import shutil
import signal
import subprocess
import time

from gen_batch_support import MANY, args, request, run, tmp, write_many, write_requests
from support import CAN_LIMIT_FILES, check, finish

rng = random.Random(1)
path, whole = write_many(), tmp / "whole"
check("a whole run", run("-i", path, "-o", whole).returncode == 6)
expected = whole.read_bytes()

# --- exactly once
part = tmp / "part"


def resumes(name, *options):
    ran = run("-i", path, "-o", part, *options)
    check(name, part.read_bytes() == expected and ran.returncode == 6, ran.stderr)
    check(f"{name}: nothing beside it", not (tmp / "part.part").exists()
          and not (tmp / "part.old").exists())


def refuses(name, says, *options):
    """Nothing is replaced without being asked, and everything when it is."""
    before = part.read_bytes()
    ran = run("-i", path, "-o", part, *options)
    check(name, ran.returncode == 2 and part.read_bytes() == before and says in ran.stderr, ran)
    check(f"{name}: one line", ran.stderr.count(b"\n") == 1, ran)
    resumes(f"{name}: --overwrite", "--overwrite", *options)


part.write_bytes(expected[:-100])
resumes("a torn last line")
resumes("a finished run, again")
part.write_bytes(expected[:5000] + b"\x00" * 300)
resumes("a tail of zeros")
lines = expected.splitlines(keepends=True)
part.write_bytes(b"".join(lines[:30] + [b'{"id": "stranger"}\n'] + lines[31:60]))
refuses("a line in the middle that is not a result", b"part: line 31: ")
for name, content in (("notes", b"my notes\n"), ("notes without a newline", b"my notes"),
                      ("zeros", bytes(5000)), ("JSON of others", b'{"a": 1}'), ("requests",
                                                                                path.read_bytes()),
                      ("something after the results", lines[0] + b"my notes")):
    part.write_bytes(content)
    refuses(name, b"expected a result of gen-batch")
part.write_bytes(b"".join(reversed(lines[:50])))
resumes("results in another order")
run("-i", path, "-o", tmp / "other", "--seed", "5")
others = (tmp / "other").read_bytes().splitlines(keepends=True)
for options in ([], ["--unordered"]):
    part.write_bytes(b"".join(others[:60]))
    ran = run("-i", path, "-o", part, *options)
    check(
        "results of other settings", ran.returncode == 2
        and part.read_bytes() == b"".join(others[:60])
        and b"60 results of other settings would be replaced; --overwrite" in ran.stderr, ran)
refuses("results of other settings", b"60 results of other settings")
part.write_bytes(b"".join(lines[:50] + others[50:60]))
refuses("some results of other settings", b"10 results of other settings")
part.write_bytes(others[17] + others[40])
resumes("errors of other settings are no work done")
shutil.copy(whole, part)
part.write_bytes(expected + lines[0])
ran = run("-i", path, "-o", part)
check("more results than requests", part.read_bytes() == expected, ran)
check("what nobody asked for is kept", (tmp / "part.old").read_bytes() == lines[0], ran)
(tmp / "part.old").unlink()
fewer = write_requests("fewer", MANY[:100])
run("-i", fewer, "-o", tmp / "fewer.out")
check("a shorter input", (tmp / "fewer.out").read_bytes() == b"".join(lines[:100]))
shutil.copy(tmp / "fewer.out", part)
resumes("a longer input")
for options in ([], ["--unordered"]):
    shutil.copy(whole, part)
    (tmp / "part.old").write_text("notes")
    ran = run("-i", fewer, "-o", part, *options)
    check("results of a longer input", part.read_bytes() == b"".join(lines[:100]), ran)
    check("those that nobody asked for are kept",
          (tmp / "part.old.2").read_bytes() == b"".join(lines[100:])
          and (tmp / "part.old").read_text() == "notes", ran)
    (tmp / "part.old").unlink()
    (tmp / "part.old.2").unlink()
# The same requests after one more line: errors name their lines as a run from scratch would.
shutil.copy(whole, part)
moved = write_requests("moved", ["no json either", *MANY])
run("-i", moved, "-o", part)
run("-i", moved, "-o", tmp / "moved.out")
check("a line in front of the others", part.read_bytes() == (tmp / "moved.out").read_bytes())
# With --retry-errors, failed requests are run again; here they fail again.
shutil.copy(whole, part)
resumes("--retry-errors", "--retry-errors")
inode = part.stat().st_ino
resumes("without it nothing is written")
check("the same file", part.stat().st_ino == inode)
fake = json.loads(lines[5])
fake["response"] = None
fake["error"] = {"code": "batch_expired", "message": "x"}
part.write_bytes(b"".join(lines[:5] + [json.dumps(fake).encode() + b"\n"] + lines[6:]))
ran = run("-i", path, "-o", part)
check("a failed request is finished", part.read_bytes() != expected)
resumes("a failed request is run again when asked for", "--retry-errors")
part.unlink()
unordered_part = tmp / "unordered_part"
unordered_part.write_bytes(b"".join(lines[50:70] + lines[:10]) + lines[0][:-20])
run("-i", path, "-o", unordered_part, "--unordered")
check("unordered goes on",
      sorted(unordered_part.read_bytes().splitlines()) == sorted(expected.splitlines()))

# Errors in a file of their own.
errors = tmp / "errors"
good_lines = [line for line in lines if b'"status_code":200' in line]
bad_lines = [line for line in lines if b'"status_code":200' not in line]


def split_resumes(name, *options):
    ran = run("-i", path, "-o", part, "--errors", errors, *options)
    found, found_errors = part.read_bytes(), errors.read_bytes()
    if "--unordered" in options:
        found, found_errors = (b"".join(sorted(x.splitlines(True), key=lines.index))
                               for x in (found, found_errors))
    check(
        f"--errors: {name}", found == b"".join(good_lines) and found_errors == b"".join(bad_lines)
        and ran.returncode == 6, ran)
    check(
        f"--errors: {name}: where they are",
        str(errors).encode() in ran.stderr and b"2 of 120 requests failed; the "
        b"first: line 18: " in ran.stderr, ran)
    check(f"--errors: {name}: nothing beside", not (tmp / "part.part").exists()
          and not (tmp / "part.old").exists())


for options in ([], ["--unordered"]):
    for name, out, bad_out in (("new", b"", b""), ("done", b"".join(good_lines),
                                                   b"".join(bad_lines)),
                               ("half", b"".join(good_lines[:50]), bad_lines[0][:30]),
                               ("results first", b"".join(good_lines[:80]), b""),
                               ("errors first", b"".join(good_lines[:5]),
                                b"".join(bad_lines)), ("among the others before", expected, b"")):
        part.write_bytes(out)
        errors.write_bytes(bad_out)
        split_resumes(name, *options)
    part.write_bytes(b"".join(good_lines))
    errors.write_bytes(expected)
    run("-i", path, "-o", part, "--errors", errors, *options)
    check("--errors: answers among the errors", errors.read_bytes() == b"".join(bad_lines))
    (tmp / "part.old").unlink(missing_ok=True)  # they are there twice
inode, errors_inode = part.stat().st_ino, errors.stat().st_ino
split_resumes("nothing to do")
check("--errors: the same files",
      (part.stat().st_ino, errors.stat().st_ino) == (inode, errors_inode))
split_resumes("again", "--retry-errors")
errors.unlink()
ran = run("-i", path, "--errors", errors)
check("--errors beside standard output", ran.stdout == b"".join(good_lines)
      and errors.read_bytes() == b"".join(bad_lines))
part.unlink()
errors.unlink()

# Two at a time.
slow = subprocess.Popen([args.bin / "gen-batch", "-m", tmp / "tiny.quire", "-i", "-", "-o", part],
                        stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
time.sleep(0.5)
check("two processes at one output", run("-i", path, "-o", part).returncode == 1)
slow.communicate(b"")
part.unlink()


# Killed at any time: what was finished by then is in the files, and is never computed again.
def finished(name):
    """The results that are in the files, whole lines alone; none is twice in one of them."""
    found = set()
    for file in (tmp / name, tmp / f"{name}.part"):
        content = file.read_bytes() if file.exists() else b""
        whole_lines = content[:content.rfind(b"\n") + 1].splitlines(keepends=True)
        check("no result twice", len(whole_lines) == len(set(whole_lines)), file)
        found |= set(whole_lines)
    return found


class Killer:
    """Runs over requests that are killed, or interrupted, until one comes to its end."""

    def __init__(self, requests, *options):
        self.command = [
            args.bin / "gen-batch", "-m", tmp / "tiny.quire", "-i", requests, "-o", tmp / "killed",
            "-q", "-t", "1", *options
        ]
        self.n_kills = 0
        self.n_saved = 0  # results that were saved before their turn when a kill came
        self.largest = 0  # OUTPUT.part that a kill has found
        self.duration = 0.0

    def whole_run(self):
        start = time.monotonic()
        subprocess.run(self.command, stderr=subprocess.DEVNULL)
        self.duration = time.monotonic() - start
        content = (tmp / "killed").read_bytes()
        (tmp / "killed").unlink()
        return content

    def kill_once(self, after, with_signal):
        """False when the run came to its end first."""
        before = finished("killed")
        process = subprocess.Popen(self.command, stderr=subprocess.DEVNULL)
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(with_signal)
            process.wait()
            self.n_kills += 1
        if process.returncode in (0, 6):
            return False
        check("nothing finished is lost", before <= finished("killed"), self.n_kills)
        partial = tmp / "killed.part"
        self.n_saved += partial.exists() and partial.stat().st_size > 0
        self.largest = max(self.largest, partial.stat().st_size if partial.exists() else 0)
        return True

    def finish(self):
        n_finished = len(finished("killed"))
        ran = subprocess.run([*self.command, "--summary", tmp / "killed.summary"],
                             stderr=subprocess.PIPE)
        n_kept = json.loads((tmp / "killed.summary").read_text())["requests"]["kept"]
        check("nothing finished is computed again", n_kept == n_finished,
              (n_kept, n_finished, ran.stderr))
        check("nothing beside it", not (tmp / "killed.part").exists())


# The first requests are slow, so that most results are finished before their turn.
slow_first = write_requests("slow_first", [
    request(i, max_tokens=180 if i % 40 == 0 else 4, ignore_eos=True,
            messages=[{"role": "user", "content": f"W {i}"}]) for i in range(120)
])
# Results so large that OUTPUT.part is written anew with those alone that still wait.
large = write_requests("large", [
    request(i, max_tokens=200, ignore_eos=True, messages=[{"role": "user", "content": f"W {i}"}])
    if i % 16 == 0 else {
        "custom_id": f"large-{i}", "method": "POST", "url": "/v1/completions", "body": {
            "model": "m", "prompt": f"{i} " +
            "a b c d e " * 20, "max_tokens": 1, "echo": True, "logprobs": 20
        }
    } for i in range(80)
])
killers = [
    Killer(slow_first),
    Killer(path),
    Killer(slow_first, "--parallel", "4"),
    Killer(large, "--parallel", "2")
]
for killer in killers:
    killer.expected = killer.whole_run()
check("whole runs are the same", killers[0].expected == killers[2].expected
      and killers[1].expected == expected)
total, round_ = 0, 0
while total < args.kills:
    killer = killers[round_ % len(killers)]
    if round_ % 7 == 6 and killer is not killers[
            3]:  # a file to be written anew, with one result missing and one too many
        some = killer.expected.splitlines(keepends=True)
        (tmp / "killed").write_bytes(b"".join(some[:20] + some[25:60] + some[20:21]))
    before = killer.n_kills
    for _ in range(5):
        # Most of them near the end of what is left to do.
        after = killer.duration * rng.choice([rng.uniform(0, 1), rng.uniform(0.6, 1)])
        if not killer.kill_once(after, rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT])):
            break
    killer.finish()
    check("the same bytes after kills", (tmp / "killed").read_bytes() == killer.expected,
          (round_, killer.command))
    (tmp / "killed").unlink()
    total += max(1, killer.n_kills - before)
    round_ += 1
check("OUTPUT.part does not grow with the output",
      len(killers[3].expected) > 3 << 20 and killers[3].largest < 3 << 20,
      (len(killers[3].expected), killers[3].largest))
print(
    f"{sum(killer.n_kills for killer in killers)} kills in {round_} rounds, {sum(k.n_saved for k in killers)} of them "  # noqa: E501
    "with results saved before their turn")

# Interrupted while one request is slow: results finished after it are kept.
one_slow = write_requests("one_slow", [
    request(i, max_tokens=3 if i else 200, ignore_eos=True,
            messages=[{"role": "user", "content": f"W {i}"}]) for i in range(9)
])
feeder = subprocess.Popen(
    [args.bin / "gen-batch", "-m", tmp / "tiny.quire", "-o", tmp / "fed", "-t", "1"],
    stdin=subprocess.PIPE, stderr=subprocess.PIPE)
feeder.stdin.write(one_slow.read_bytes())
feeder.stdin.flush()
for _ in range(3000):
    time.sleep(0.01)
    if len(finished("fed")) >= 8:
        break
feeder.send_signal(signal.SIGINT)
feeder.wait(60)
check("an interrupted run", feeder.returncode == 130 and len(finished("fed")) >= 8,
      feeder.returncode)
run("-i", one_slow, "-o", tmp / "fed", "--summary", tmp / "fed.summary")
check("an interrupted run keeps all",
      json.loads((tmp / "fed.summary").read_text())["requests"]["kept"] >= 8)
run("-i", one_slow, "-o", tmp / "not_fed")
check("an interrupted run ends as a whole one",
      (tmp / "fed").read_bytes() == (tmp / "not_fed").read_bytes())

# The writer of the input may wait for each answer, also after a line that is not a request, and
# half a line does not delay answers.
for options in ([], ["--unordered"]):
    talk = subprocess.Popen([args.bin / "gen-batch", "-m", tmp / "tiny.quire", "-q", *options],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)
    for line in (b'{"id": "a", "prompt": "x", "max_tokens": 3}\n{"id": "b", ',
                 b'"prompt": "y", "max_tokens": 3}\n', b"no json\n"):
        talk.stdin.write(line)
        talk.stdin.flush()
        answer = json.loads(talk.stdout.readline())
        check("an answer before the input's end", answer["custom_id"] in ("a", "b", None), answer)
    talk.stdin.close()
    check("the end of a talk", talk.wait(60) == 6)

# Write errors at every place.
if args.faults:
    part.unlink(missing_ok=True)
    for kind in ("full", "kill"):
        for after in (0, 1, 2, 3, 5, 8, 13):
            env = {"LD_PRELOAD": args.faults, "QUIRE_FAULT_AFTER": str(after), "QUIRE_FAULT": kind}
            ran = run("-i", path, "-o", part, "-q", "--parallel", "4", env=env)
            if kind == "full" and (not part.exists() or part.read_bytes() != expected):
                check("a full disk is an error", ran.returncode == 1 and b"cannot" in ran.stderr,
                      ran)
            check("after a write error whole results alone",
                  finished("part") <= set(lines), (kind, after))
            if after % 2 == 0:
                resumes(f"after a write error ({kind}, {after})")
                part.unlink(missing_ok=True)
    part.unlink(missing_ok=True)
if CAN_LIMIT_FILES:
    ran = subprocess.run([
        "bash", "-c", f"ulimit -f 20; trap '' XFSZ; {args.bin}/gen-batch -m {tmp}/tiny.quire "
        f"-i {path} -o {part}"
    ], capture_output=True)
    check("a limit of the file's size", ran.returncode == 1 and b"cannot write" in ran.stderr, ran)
    check("what was written is whole",
          part.read_bytes() == expected[:part.stat().st_size] and part.read_bytes().endswith(b"\n"))
    check("what has no room in the output is kept beside it",
          len(finished("part")) > expected[:20480].count(b"\n"))
    resumes("after a limit of the file's size")

finish(tmp)
