#!/usr/bin/env python3
"""Makes system calls fail under every command, and inspects what is left behind.

    fault_test.py BIN_DIR SOURCE_DIR SHIM [--all] [--only COMMAND] [--kind KIND]

Each run is compared with one in which nothing failed: exit 0 means the same bytes; any other exit
code means one line on standard error, and that a file which stood under the output's name still
does. No run dies of a signal. Without --all some calls of each kind are taken, the same ones every
time."""
import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

KINDS = {
    "malloc": ["ENOMEM"],
    "mmap": ["ENOMEM"],
    "open": ["EIO", "EMFILE", "EINTR"],
    "read": ["EIO", "EINTR", "short"],
    "write": ["EIO", "ENOSPC", "EINTR", "short"],
    "fsync": ["EIO", "ENOSPC", "EINTR"],
    "rename": ["EIO", "ENOSPC"],
    "link": ["EIO", "ENOSPC", "EOPNOTSUPP"],
    "truncate": ["EIO", "ENOSPC"],
    "flock": ["ENOLCK", "EINTR"],
    "close": ["EIO"],
    "stat": ["EIO", "EACCES"],
    "thread": ["EAGAIN"],
    "random": ["ENOSYS"],
}
# Without --all, this many calls of each kind are tested; most kinds have fewer.
SAMPLES = 5
TIMEOUT = 60


@dataclass
class Case:
    """One command line, run in a folder of its own that holds copies of `inputs`."""
    name: str
    command: list
    inputs: list = field(default_factory=list)
    old: dict = field(
        default_factory=dict)  # files that exist before the run, and remain when it fails
    any_files: tuple = ()  # files whose content changes from run to run
    journal: str = ""  # an output that grows by whole lines
    any_text: bool = False  # what it prints changes from run to run
    many_lines: bool = False  # a line for each input that cannot be read


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


class Faults:

    def __init__(self, args, work):
        # Absolute: commands run in another folder.
        self.bin, self.source, self.shim = (Path(path).resolve()
                                            for path in (args.bin, args.source, args.shim))
        self.all, self.work = args.all, work
        self.n_runs = self.n_failures = 0

    def fail(self, what):
        self.n_failures += 1
        if self.n_failures <= 60:
            print(f"FAIL: {what}")

    def run(self, case, fault=None):
        folder = self.work / "run"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path in case.inputs:
            os.symlink(path, folder / path.name)
        for name, content in case.old.items():
            (folder / name).write_bytes(content)
        counts = self.work / "counts"
        counts.unlink(missing_ok=True)
        env = {**os.environ, "LD_PRELOAD": self.shim, "QUIRE_FAULT_COUNTS": str(counts)}
        if fault:
            env["QUIRE_FAULT"] = fault
        else:
            env.pop("QUIRE_FAULT", None)
        self.n_runs += 1
        try:
            done = subprocess.run(
                [self.bin / case.command[0], *case.command[1:]], cwd=folder, env=env,
                timeout=TIMEOUT, capture_output=True, stdin=subprocess.DEVNULL,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
        except subprocess.TimeoutExpired:
            return None
        known = {path.name for path in case.inputs}
        files = {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.name not in known}
        for name in case.any_files:
            if name in files and files[name] != case.old.get(name):
                files[name] = b"new" if files[name].endswith((b"\n", b"}")) else b"torn"
        return done, files

    def counts(self):
        return {
            k: int(n)
            for k, n in (line.split() for line in (self.work / "counts").read_text().splitlines())
        }

    def check(self, case, fault, good):
        found = self.run(case, fault)
        what = f"{case.name} {fault}"
        if found is None:
            return self.fail(f"{what}: no end after {TIMEOUT} s")
        done, files = found
        good_done, good_files = good
        said = done.stderr.decode(errors="replace")
        if said.startswith(
                "\nlibgomp:"):  # OpenMP ends the process itself, with its own message
            said = said[1:]
        if done.returncode < 0 or done.returncode > 6:
            return self.fail(f"{what}: exit code {done.returncode}: {said[:200]!r}")
        if done.returncode == good_done.returncode:
            if not case.any_text and done.stdout != good_done.stdout:
                self.fail(
                    f"{what}: exit code {done.returncode}, and another output: {done.stdout[:200]!r}"  # noqa: E501
                )
            # A part whose removal failed is taken up by the next run; metrics come second to
            # results.
            files.pop(case.journal + ".part", None)
            if "the run goes on without them" in said:
                files.update({name: good_files[name] for name in case.any_files})
            if files != good_files:
                names = sorted(n for n in {*files, *good_files}
                               if files.get(n) != good_files.get(n))
                self.fail(f"{what}: exit code {done.returncode}, and other files: {names}")
            return None
        lines = said.count("\n")
        if not said.endswith("\n") or lines < 1 or (lines > 1 and not case.many_lines):
            self.fail(f"{what}: expected one line on standard error, found {said[:300]!r}")
        if fault.startswith("malloc") and done.returncode != 1:
            self.fail(
                f"{what}: expected exit code 1 without memory, found {done.returncode}: {said[:200]!r}"  # noqa: E501
            )
        return self.check_left(case, what, files, good_files, said)

    def check_left(self, case, what, files, good_files, said):
        for name, content in files.items():
            if name == case.journal or name == case.journal + ".part":
                whole = content[:content.rfind(b"\n") + 1]
                if not good_files[case.journal].startswith(whole):
                    self.fail(f"{what}: {name} is not the front of the output")
            elif name not in case.old:
                # Each file of a batch appears when it is complete, whatever happens to the next.
                if not (case.journal and content == good_files.get(name)):
                    self.fail(f"{what}: {name} was left behind")
            elif content not in (case.old[name], good_files.get(name)):
                self.fail(f"{what}: {name} is neither the old file nor the new one")
            elif content != case.old[name] and not case.journal and "standard output" not in said:
                # A batch may have finished one of its files when it fails over the next; and a
                # report that cannot be printed comes after the file it is about.
                self.fail(f"{what}: failed, and {name} is the new file")
        for name in case.old:
            if name not in files:
                self.fail(f"{what}: {name} is gone")

    def calls(self, n):
        if self.all or n <= SAMPLES:
            return range(1, n + 1)
        chosen = random.Random(n).sample(range(1, n + 1), SAMPLES)
        return sorted({1, n, *chosen})

    def case(self, case, only_kind):
        good = self.run(case)
        if good is None or good[0].returncode != 0:
            return self.fail(f"{case.name}: without a fault: {good and good[0].stderr}")
        counts = self.counts()
        for kind, errors in KINDS.items():
            if only_kind and kind != only_kind:
                continue
            for i, call in enumerate(self.calls(counts[kind])):
                # All errors of a call with --all, otherwise one after the other.
                for how in errors if self.all else [errors[i % len(errors)]]:
                    self.check(case, f"{kind}:{call}:{how}", good)
                if kind != "malloc" or i % 2 == 0:
                    how = errors[i % len(errors)]
                    if how not in ("EINTR", "short"):
                        self.check(case, f"{kind}:{call}+:{how}", good)
        print(f"{case.name}: " + ", ".join(f"{k} {n}" for k, n in counts.items() if n), flush=True)
        return None


def cases(faults, work):
    """The commands, with the smallest inputs that take them through all of their work."""
    golden = faults.source / "tests/golden"
    folder = golden / "tiny-llama"
    model = work / "m.quire"
    subprocess.run([faults.bin / "pack", folder, "-o", model, "-t", "1"], check=True,
                   capture_output=True)
    text = write(work / "text.txt", "The quick brown fox, 42 times.\n" * 5)
    requests = write(
        work / "requests.jsonl", "".join(
            f'{{"custom_id": "r{i}", "method": "POST", "url": "/v1/completions", "body": {{"prompt": "a b {i}", '  # noqa: E501
            '"max_tokens": 2, "temperature": 0}}\n' for i in range(3)))
    prices = write(work / "prices.json", '{"m": 1.5}')
    questions = write(work / "questions.jsonl",
                      '{"prompt": "a", "choices": ["b", "c"], "answer": 0}\n')
    tokenizer = folder / "tokenizer.json"
    # What a run may replace is a file of its own kind, made of something else.
    old_model, old_importance, old_metrics, old_trace, old_picture = (
        work / name
        for name in ("old.quire", "old.importance", "old.metrics", "old.json", "old.svg"))
    for command in (["pack", folder, "-o", old_model, "-t", "1", "--type", "f32"], [
            "eval", "importance", "-m", model, "-f", text, "--chunks", "1", "-c", "16", "-o",
            old_importance
    ], [
            "gen-batch", "-m", model, "-i", requests, "-o", work / "ignored.jsonl", "-q",
            "--metrics", old_metrics
    ], ["gen", "-m", model, "--raw", "--temp", "0", "-n", "1", "a", "--trace", old_trace],
                    ["inspect", model, "--positions", "--svg", old_picture]):
        subprocess.run([faults.bin / command[0], *command[1:]], check=True, capture_output=True)
    old_model, old_importance, old_metrics, old_trace, old_picture = (
        p.read_bytes()
        for p in (old_model, old_importance, old_metrics, old_trace, old_picture))
    common = ["-t", "1"]
    return [
        Case("gen", ["gen", "-m", "m.quire", "--raw", "--temp", "0", "-n", "2", "ab", *common],
             [model]),
        Case("gen seeds", ["gen", "-m", "m.quire", "--raw", "-n", "1", "ab", *common], [model],
             any_text=True),
        Case("gen -t 2", [
            "gen", "-m", "m.quire", "--raw", "--temp", "0", "-n", "2", "-f", "text.txt", "-t", "2"
        ], [model, text]),
        Case("gen --embed",
             ["gen", "-m", "m.quire", "--embed", "--json", "-f", "text.txt", *common],
             [model, text]),
        # The answer comes before the trace is made, and the times in it are never the same.
        Case("gen --trace", [
            "gen", "-m", "m.quire", "--raw", "--temp", "0", "-n", "2", "ab", "--trace", "out.json",
            *common
        ], [model], old={"out.json": old_trace}, any_text=True, any_files=("out.json", )),
        Case("gen-batch", [
            "gen-batch", "-m", "m.quire", "-i", "requests.jsonl", "-o", "out.jsonl", "--summary",
            "summary.json", "--price", "prices.json", "-q", *common
        ], [model, requests, prices], journal="out.jsonl", any_files=("summary.json", )),
        Case("gen-batch metrics", [
            "gen-batch", "-m", "m.quire", "-i", "requests.jsonl", "-o", "out.jsonl", "-t", "2",
            "--metrics", "metrics", "--unordered", "-q"
        ], [model, requests], journal="out.jsonl", old={"metrics": old_metrics},
             any_files=("metrics", ), many_lines=True),
        Case("tok", ["tok", "-m", "m.quire", "text.txt", "requests.jsonl", *common],
             [model, text, requests], many_lines=True),
        Case("tok json", ["tok", "-m", "tokenizer.json", "text.txt", "-t", "2", "--json"],
             [tokenizer, text]),
        Case("pack", ["pack", "tiny-llama", "-o", "out.quire", *common], [folder],
             old={"out.quire": old_model}, any_text=True),
        Case("pack q4", ["pack", "tiny-llama", "-o", "out.quire", "--type", "q4", "-t", "2"],
             [folder], old={"out.quire": old_model}, any_text=True),
        Case("inspect", ["inspect", "m.quire", "--verify", "--selftest", "--tensors", *common],
             [model]),
        Case("inspect --svg", ["inspect", "m.quire", "--tokens", "--svg", "out.svg", *common],
             [model], old={"out.svg": old_picture}),
        Case("eval perplexity", [
            "eval", "perplexity", "-m", "m.quire", "-f", "text.txt", "-c", "8", "--chunks", "2",
            *common
        ], [model, text]),
        Case("eval choices", ["eval", "choices", "-m", "m.quire", "-f", "questions.jsonl", *common],
             [model, questions]),
        Case("eval importance", [
            "eval", "importance", "-m", "m.quire", "-f", "text.txt", "--chunks", "1", "-c", "8",
            "-o", "out.importance", *common
        ], [model, text], old={"out.importance": old_importance}, any_text=True),
        Case("bench",
             ["bench", "-m", "m.quire", "-p", "2", "-n", "1", "-r", "1", "--speed-only", *common],
             [model], any_text=True),
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("source")
    parser.add_argument("shim")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--kind")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        faults = Faults(args, Path(work))
        for case in cases(faults, Path(work)):
            if not args.only or case.name == args.only:
                faults.case(case, args.kind)
        print(f"{faults.n_runs} runs, {faults.n_failures} failures")
    return 1 if faults.n_failures else 0


sys.exit(main())
