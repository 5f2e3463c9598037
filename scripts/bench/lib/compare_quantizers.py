"""Measures quantized models against the original. scripts/bench/quantizers starts it and says
more."""

import argparse
import csv
import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import llama_quantizer
import source_model

ROLES = ["embed", "q", "k", "v", "o", "gate", "up", "down"]
OURS = ["q8", "8.12 bits", "q6", "q5", "q4", "q3", "q5-mixed", "q4-mixed", "q3-mixed"]


@dataclass
class Row:
    maker: str  # "llama.cpp" or "Quire"
    type: str
    importance: bool
    bits_per_weight: float
    kl_mean: float
    kl_error: float
    kl_99: float
    top1_agreement: float


class Bench:

    def __init__(self, options):
        self.bin = Path(options.bin)
        self.out = Path(options.out)
        self.chunks = options.chunks
        self.source = self.out / "source.gguf"
        self.reference = self.out / "source.quire"
        self.importance = self.out / "calibration.importance"
        self.judge = self.out / "judge.txt"
        text = Path(options.text).read_bytes()
        self.judge.write_bytes(text[:60_000])
        if not self.reference.exists():
            if options.source:
                self.source = Path(options.source)
            else:
                source_model.make(options.gguf, str(self.source))
            self.run("pack", self.source, "-o", self.reference)
        if not self.importance.exists():
            calibration = self.out / "calibration.txt"
            calibration.write_bytes(text[60_000:])
            self.run("eval", "importance", "-m", self.reference, "-f", calibration, "--chunks", 24,
                     "-o", self.importance)

    def run(self, command, *arguments):
        line = [str(a) for a in (self.bin / command, *arguments)]
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(line)}\n{done.stderr}")
        return done.stdout

    def judged(self, maker, kind, importance, bits, model):
        found = json.loads(
            self.run("eval", "compare", self.reference, model, "-f", self.judge, "--chunks",
                     self.chunks, "--json"))
        names = [field.name for field in fields(Row)][4:]
        return Row(maker, kind, importance, bits, **{name: found[name] for name in names})

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
        # "5.35 bits" is a size to be met, "v=q4" a single role in fewer bits, everything else a
        # type.
        if kind.endswith(" bits"):
            asked = ["--bits", kind.split()[0]]
        elif "=" in kind:
            asked = ["--type", "q8", "--tensor-type", kind]
        else:
            asked = ["--type", kind]
        report = self.run("pack", self.source, "-o", model, *asked,
                          *(["--importance", self.importance] if importance else []))
        bits = float(re.search(r"^total .* ([0-9.]+)$", report, re.MULTILINE).group(1))
        row = self.judged("Quire", kind, importance, bits, model)
        model.unlink()
        return row


def read_csv(path):
    if not path.exists():
        return []
    convert = {"maker": str, "type": str, "importance": lambda text: text == "True"}
    with open(path, newline="") as file:
        return [
            Row(**{name: convert.get(name, float)(value)
                   for name, value in row.items()}) for row in csv.DictReader(file)
        ]


def write_csv(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)])
        writer.writeheader()
        for row in rows:
            values = {
                name: f"{value:.6g}" if isinstance(value, float) else value
                for name, value in asdict(row).items()
            }
            writer.writerow(values)


def to_text(rows):
    lines = []
    for importance in (False, True):
        lines += [
            "with importance" if importance else "without importance", "",
            "| bits a weight | type | mean KL | 99 % | same first token |", "|---|---|---|---|---|"
        ]
        for row in sorted((r for r in rows if r.importance == importance),
                          key=lambda r: r.bits_per_weight):
            name = f"**{row.type}**" if row.maker == "Quire" else f"{row.type} (llama.cpp)"
            lines.append(
                f"| {row.bits_per_weight:.2f} | {name} | {row.kl_mean:.4f} ± {row.kl_error:.4f} | {row.kl_99:.3f} | "  # noqa: E501
                f"{100 * row.top1_agreement:.1f} % |")
        lines.append("")
    return "\n".join(lines)


def plot(path, rows):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4.6), sharey=True)
    for axis, importance in zip(axes, (False, True), strict=False):
        for maker, colour, marker in (("llama.cpp", "tab:gray", "o"), ("Quire", "tab:blue", "s")):
            shown = sorted((r for r in rows if r.importance == importance and r.maker == maker),
                           key=lambda r: r.bits_per_weight)
            # One line: each maker's best for every size.
            best, line = float("inf"), []
            for row in shown:
                if row.kl_mean < best:
                    best = row.kl_mean
                    line.append(row)
            axis.plot([r.bits_per_weight for r in line], [r.kl_mean for r in line], "-",
                      color=colour, alpha=0.6)
            axis.plot([r.bits_per_weight for r in shown], [r.kl_mean for r in shown], marker,
                      color=colour, label=maker)
            for row in shown:
                if not row.type.endswith("bits"):
                    axis.annotate(row.type, (row.bits_per_weight, row.kl_mean),
                                  textcoords="offset points",
                                  xytext=(4, 4 if maker == "llama.cpp" else -10), fontsize=7,
                                  color=colour)
        axis.set_yscale("log")
        axis.set_xlabel("bits a weight, the whole file")
        axis.set_title("with importance" if importance else "without importance")
        axis.grid(True, which="both", alpha=0.25)
        axis.legend()
    axes[0].set_ylabel("mean KL divergence from f32")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(prog="quantizers")
    parser.add_argument("--bin", required=True, help="folder of pack and eval")
    parser.add_argument("--gguf", required=True, help="SmolLM2 as it is published")
    parser.add_argument("--source", default="", help="another model in f16 or f32, as GGUF")
    parser.add_argument("--text", required=True)
    parser.add_argument("--out", required=True, help="folder for the CSV and the plot")
    parser.add_argument("--chunks", type=int, default=8, help="windows to judge with")
    parser.add_argument("--only", default="", help="types whose names contain this")
    parser.add_argument(
        "--roles", action="store_true", help=
        "only: what 4 bits for the matrices of one role do, as in pack's bit_placement.cpp")
    options = parser.parse_args()

    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / "quantizers.csv"
    rows = read_csv(path)
    bench = Bench(options)

    def add(measure, maker, kind, importance):
        if options.only not in kind or any(
            (r.maker, r.type, r.importance) == (maker, kind, importance) for r in rows):
            return
        row = measure(kind, importance)
        rows.append(row)
        write_csv(path, rows)
        print(
            f"{maker:10} {kind:10} {'importance' if importance else '':10} {row.bits_per_weight:6.3f} bits a weight, "  # noqa: E501
            f"KL {row.kl_mean:.5f} +- {row.kl_error:.5f}", file=sys.stderr, flush=True)

    if options.roles:
        for role in ROLES:
            add(bench.ours, "Quire", f"{role}=q4", False)
        return
    for importance in (False, True):
        for kind in llama_quantizer.TYPES:
            add(bench.theirs, "llama.cpp", kind, importance)
        for kind in OURS:
            add(bench.ours, "Quire", kind, importance)
    (out / "quantizers.md").write_text(to_text(rows))
    print(to_text(rows))
    plot(out / "quantizers.png", rows)


if __name__ == "__main__":
    main()
