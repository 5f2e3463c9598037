"""What scripts/bench/tokenizers runs.

tok is given the file; the two libraries are given texts of 100 KB, and `tokenizers` is given the
lines of the file as well, each a text by itself, because what suits it better depends on the
tokenizer. Ratios are of one round's speeds, medians over the rounds."""

import argparse
import base64
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

import tiktoken
from tokenizers import Tokenizer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "verify/lib"))
from compare_tokenizers import FOLDER, NAMES, ROOT

CHUNK = 100_000  # the two libraries are given texts of a size that suits them


def collect(roots, suffixes, n_bytes, good):
    """Whole files, in the order of their paths, no text twice."""
    out, seen = [], set()
    size = 0
    for root in roots:
        for path in sorted(pathlib.Path(root).rglob("*")):
            if size >= n_bytes:
                return b"".join(out)[:n_bytes].decode(errors="ignore").encode()
            if not path.name.endswith(suffixes) or not path.is_file() or path.is_symlink():
                continue
            text = path.read_bytes()
            if not 1500 < len(text) < 1_000_000 or hash(text) in seen or not good(text):
                continue
            seen.add(hash(text))
            out.append(text)
            size += len(text)
    return b"".join(out)


def is_prose(text):
    front = text[:4000]
    return sum(chr(c).isalpha() or c == 32 for c in front) > 0.75 * len(front)


def texts(n_bytes):
    english = collect(["/usr/share/doc", "/usr/share"],
                      (".txt", ".md", ".rst", ".pod", "copyright"), n_bytes, is_prose)
    half = n_bytes // 2
    code = collect(["/usr/include", "/usr/lib/gcc"], (".h", ".hpp", ".tcc", ".c"), half,
                   lambda t: True)
    code += collect(
        ["/usr/lib/python3", *sorted(map(str,
                                         pathlib.Path("/usr/lib").glob("python3.*")))], (".py", ),
        half, lambda t: True)
    return {"english": english, "code": code}


def tiktoken_of(reference):
    """tiktoken with the vocabulary of a byte-level tokenizer whose ids are its ranks; None for
    others."""
    import json

    model = json.loads(reference.to_str())
    pattern = next(
        (p["pattern"]["Regex"]
         for p in (model["pre_tokenizer"] or {}).get("pretokenizers", []) if p["type"] == "Split"),
        None)
    if pattern is None or model["normalizer"] is not None:
        return None
    stand_ins = [c for c in range(256) if 0x21 <= c <= 0x7E or 0xA1 <= c <= 0xAC or c >= 0xAE]
    byte_of = {chr(c): c for c in stand_ins}
    byte_of.update(
        {chr(0x100 + i): c
         for i, c in enumerate(c for c in range(256) if c not in stand_ins)})
    ranks = {
        bytes(byte_of[c] for c in piece): i
        for piece, i in model["model"]["vocab"].items() if all(c in byte_of for c in piece)
    }
    return tiktoken.Encoding("bench", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})


def seconds(run):
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def speed_of_tok(path, files, n_threads=1):
    command = [ROOT / "build/release/bin/tok", "-v", "-t", str(n_threads), "-m", path]
    result = subprocess.run([*command, *files], check=True, capture_output=True, text=True)
    return float(re.search(r"([0-9.]+) MB/s", result.stderr).group(1))


def worst_texts():
    """Texts of 16 MiB that are a single word for some tokenizer, or as many words as possible."""
    size = 16 << 20
    random.seed(1)
    return {
        "letter": b"a" * size,
        "spaces": b" " * size,
        "base64": base64.b64encode(random.randbytes(size * 3 // 4)),
        "emoji": "\U0001f600".encode() * (size // 4),
        "ab": b"ab" * (size // 2),
    }


def bench_worst(names, folder):
    for kind, text in worst_texts().items():
        (folder / kind).write_bytes(text)
    for name in names:
        speeds = {
            kind: speed_of_tok(FOLDER / name / "tokenizer.json", [folder / kind])
            for kind in worst_texts()
        }
        print(
            f"{name:8} " + ", ".join(f"{kind} {speed:5.1f}"
                                     for kind, speed in speeds.items()) + " MB/s", flush=True)


def bench_threads(names, folder, n_threads, rounds, n_bytes):
    """Files of 5 MB, each text once."""
    files = []
    for kind, text in texts(n_bytes).items():
        for begin in range(0, len(text), 5_000_000):
            files.append(folder / f"{kind}{begin}")
            files[-1].write_bytes(text[begin:begin + 5_000_000])
    for name in names:
        path = FOLDER / name / "tokenizer.json"
        pairs = [[speed_of_tok(path, files, n) for n in (1, n_threads)] for _ in range(rounds)]
        ratios = sorted(many / one for one, many in pairs)
        print(
            f"{name:8} {len(files)} files, {sum(f.stat().st_size for f in files) / 1e6:.0f} MB: {n_threads} threads {statistics.median(m for _, m in pairs):6.1f} MB/s, "  # noqa: E501
            f"ratio to one {statistics.median(ratios):4.2f} ({ratios[0]:4.2f} to {ratios[-1]:4.2f})",  # noqa: E501
            flush=True,
        )


def cpu_name():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    return next(names, "?")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=[])
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worst", action="store_true", help="tok alone, on texts that are hard")
    parser.add_argument("--threads", type=int, help="tok alone, on many files, beside one thread")
    arguments = parser.parse_args()
    print(
        f"{os.cpu_count()} CPUs, {cpu_name()}"
    )
    names = arguments.names or NAMES
    with tempfile.TemporaryDirectory() as folder:
        if arguments.worst:
            return bench_worst(names, pathlib.Path(folder))
        if arguments.threads:
            return bench_threads(names, pathlib.Path(folder), arguments.threads, arguments.rounds,
                                 int(arguments.megabytes * 1e6))
        for kind, text in texts(int(arguments.megabytes * 1e6)).items():
            file = pathlib.Path(folder) / kind
            file.write_bytes(text)
            chunks = [text[i:i + CHUNK].decode(errors="ignore") for i in range(0, len(text), CHUNK)]
            lines = text.decode(errors="ignore").splitlines(keepends=True)
            megabytes = len(text) / 1e6
            for name in names:
                path = FOLDER / name / "tokenizer.json"
                others = {}
                reference = Tokenizer.from_file(str(path))
                reference.encode_special_tokens = True
                others["tokenizers"] = lambda: [
                    reference.encode(c, add_special_tokens=False) for c in chunks  # noqa: B023
                ]
                others["tokenizers by line"] = lambda: [
                    reference.encode(c, add_special_tokens=False) for c in lines  # noqa: B023
                ]
                byte_pairs = tiktoken_of(reference)
                if byte_pairs is not None:
                    others["tiktoken"] = lambda: [byte_pairs.encode_ordinary(c) for c in chunks]  # noqa: B023
                speeds, ratios = [], {other: [] for other in others}
                for _ in range(arguments.rounds):
                    speeds.append(speed_of_tok(path, [file]))
                    for other, run in others.items():
                        # A fresh object each round: no words remembered from the last.
                        if other.startswith("tokenizers"):
                            reference = Tokenizer.from_file(str(path))
                            reference.encode_special_tokens = True
                        ratios[other].append((megabytes / seconds(run), speeds[-1]))
                line = f"{kind:8} {name:8} {megabytes:5.1f} MB: tok {statistics.median(speeds):6.1f} MB/s"  # noqa: E501
                for other, pairs in ratios.items():
                    line += f"; {other} {statistics.median(p for p, _ in pairs):5.2f} MB/s, ratio {statistics.median(s / p for p, s in pairs):5.1f}"  # noqa: E501
                print(line, flush=True)


if __name__ == "__main__":
    main()
