"""Measures quantized models against the original. scripts/bench/quantizers starts it and says
more."""

import argparse
import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import llama_quantizer
import published_models
import quantizer_tables
import source_model
from quantizer_tables import RoleRow, Row

ROLES = ["embed", "output", "q", "k", "v", "o", "gate", "up", "down"]
OURS = ["q8", "q6", "q5-mixed", "q5", "q4-mixed", "q4", "q3-mixed", "q3"]
# Bytes at both ends of the text that are kept from each other and from the importance.
JUDGED, CHOSEN = 60_000, 60_000


class Bench:
    """One model: its original, its importance, and what is measured with them."""

    def __init__(self, options, published):
        self.bin = Path(options.bin)
        self.published = published
        self.chunks = options.chunks
        self.out = Path(options.out) / published.name
        self.out.mkdir(parents=True, exist_ok=True)
        self.source = self.out / "source.gguf"
        self.reference = self.out / "source.quire"
        self.importance = self.out / "calibration.importance"
        text = Path(options.text).read_bytes()
        self.judge = self.text("judge.txt", text[:JUDGED])
        self.choose = self.text("choose.txt", text[-CHOSEN:].split(b"\n", 1)[1])
        if not self.reference.exists():
            gguf = published_models.fetch(published, Path(options.out) / "downloads")
            source_model.make(gguf, self.source)
            self.run("pack", self.source, "-o", self.reference)
        if not self.importance.exists():
            calibration = self.text("calibration.txt", text[JUDGED:-CHOSEN])
            self.run("eval", "importance", "-m", self.reference, "-f", calibration, "--chunks", 24,
                     "-o", self.importance)

    def text(self, name, content):
        path = self.out / name
        path.write_bytes(content)
        return path

    def run(self, command, *arguments):
        line = [str(a) for a in (self.bin / command, *arguments)]
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(line)}\n{done.stderr}")
        return done.stdout

    def compare(self, reference, model, text):
        return json.loads(
            self.run("eval", "compare", reference, model, "-f", text, "--chunks", self.chunks,
                     "--json"))

    def judged(self, maker, kind, importance, bits, model):
        found = self.compare(self.reference, model, self.judge)
        names = [field.name for field in fields(Row)][5:]
        return Row(self.published.name, maker, kind, importance, bits,
                   **{name: found[name]
                      for name in names})

    def theirs(self, kind, importance):
        gguf, model = self.out / "theirs.gguf", self.out / "theirs.quire"
        line = [
            sys.executable, llama_quantizer.__file__, self.source, gguf, llama_quantizer.TYPES[kind]
        ]
        line += [self.importance] if importance else []
        done = subprocess.run([str(a) for a in line], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{kind}: {done.stderr[-2000:]}")
        self.run("pack", gguf, "-o", model)
        row = self.judged("llama.cpp", kind, importance, source_model.bits_per_weight(gguf), model)
        gguf.unlink()
        model.unlink()
        return row

    def ours(self, kind, importance):
        model = self.out / "ours.quire"
        # "5.35 bits" is a size to be met, everything else a type.
        asked = ["--bits", kind.split()[0]] if kind.endswith(" bits") else ["--type", kind]
        report = self.run("pack", self.source, "-o", model, *asked,
                          *(["--importance", self.importance] if importance else []))
        bits = float(re.search(r"^total .* ([0-9.]+)$", report, re.MULTILINE).group(1))
        row = self.judged("Quire", kind, importance, bits, model)
        model.unlink()
        return row

    def role(self, role):
        """What 4 bits for one role do to the model in q8, on windows that no table shows."""
        base = self.out / "q8.quire"
        if not base.exists():
            self.run("pack", self.source, "-o", base, "--type", "q8")
        model = self.out / "role.quire"
        line = [
            self.bin / "pack", self.source, "-o", model, "--type", "q8", "--tensor-type",
            f"{role}=q4"
        ]
        done = subprocess.run([str(a) for a in line], capture_output=True, text=True)
        if done.returncode != 0:
            return None  # a model without such matrices
        weights = int(re.search(r"^q4 +\d+ +(\d+)", done.stdout, re.MULTILINE).group(1))
        found = self.compare(base, model, self.choose)
        model.unlink()
        return RoleRow(self.published.name, role, weights, found["kl_mean"])


def measure_roles(bench, path, options):
    rows = quantizer_tables.read(path, RoleRow)
    for role in ROLES:
        if not re.search(options.only, role):
            continue
        if any((r.model, r.role) == (bench.published.name, role) for r in rows):
            continue
        row = bench.role(role)
        if row is None:
            continue
        rows.append(row)
        quantizer_tables.write(path, RoleRow, rows)
        print(f"{row.model} {row.role:6} KL {row.kl_mean:.5f}", file=sys.stderr, flush=True)


def measure(bench, path, options):
    rows = quantizer_tables.read(path, Row)

    def add(measured, maker, kind, importance):
        if not re.search(options.only, kind):
            return
        if any((r.model, r.maker, r.type, r.importance) == (bench.published.name, maker, kind,
                                                            importance) for r in rows):
            return
        row = measured(kind, importance)
        rows.append(row)
        quantizer_tables.write(path, Row, rows)
        print(
            f"{row.model} {maker:10} {kind:10} {'importance' if importance else '':10} "
            f"{row.bits_per_weight:6.3f} bits a weight, KL {row.kl_mean:.5f} +- {row.kl_error:.5f}",
            file=sys.stderr, flush=True)

    for importance in (True, ) if options.importance else (False, True):
        for kind in llama_quantizer.TYPES:
            add(bench.theirs, "llama.cpp", kind, importance)
        for kind in OURS + options.bits:
            add(bench.ours, "Quire", kind, importance)


def main():
    parser = argparse.ArgumentParser(prog="quantizers")
    parser.add_argument("--bin", required=True, help="folder of pack and eval")
    parser.add_argument("--text", required=True)
    parser.add_argument("--out", required=True, help="folder for the CSV and the plot")
    parser.add_argument("--model", action="append", default=[],
                        choices=[m.name for m in published_models.MODELS], help="only this one")
    parser.add_argument("--chunks", type=int, default=8, help="windows to judge with")
    parser.add_argument("--only", default="",
                        help="types or roles that this regular expression finds")
    parser.add_argument("--bits", action="append", default=[], help="another size of pack --bits")
    parser.add_argument("--importance", action="store_true", help="only: with importance")
    parser.add_argument(
        "--roles", action="store_true", help=
        "only: what 4 bits for the matrices of one role do, as in pack's bit_placement.cpp")
    options = parser.parse_args()
    options.bits = [f"{bits} bits" for bits in options.bits]

    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / ("roles.csv" if options.roles else "quantizers.csv")
    for published in published_models.MODELS:
        if options.model and published.name not in options.model:
            continue
        bench = Bench(options, published)
        if options.roles:
            measure_roles(bench, path, options)
        else:
            measure(bench, path, options)
    if options.roles:
        print(quantizer_tables.roles_text(quantizer_tables.read(path, RoleRow)))
        return
    rows = quantizer_tables.read(path, Row)
    (out / "quantizers.md").write_text(quantizer_tables.to_text(rows))
    print(quantizer_tables.to_text(rows))
    quantizer_tables.plot(out / "quantizers.png", rows)


if __name__ == "__main__":
    main()
