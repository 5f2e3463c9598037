"""The results of bench/quantizers: CSV files, tables and a plot."""

import csv
import math
from dataclasses import asdict, dataclass, fields


@dataclass
class Row:
    model: str
    maker: str  # "llama.cpp" or "Quire"
    type: str
    importance: bool
    bits_per_weight: float
    kl_mean: float
    kl_error: float
    kl_99: float
    top1_agreement: float


@dataclass
class RoleRow:
    model: str
    role: str
    weights: int  # of all matrices of the role
    kl_mean: float  # of the model in which they have 4 bits, from that in which all have 8


CONVERT = {str: str, int: int, float: float, bool: lambda text: text == "True"}


def read(path, kind):
    if not path.exists():
        return []
    convert = {field.name: CONVERT[field.type] for field in fields(kind)}
    with open(path, newline="") as file:
        return [
            kind(**{name: convert[name](value)
                    for name, value in row.items()}) for row in csv.DictReader(file)
        ]


def write(path, kind, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(kind)])
        writer.writeheader()
        for row in rows:
            values = {
                name: f"{value:.6g}" if isinstance(value, float) else value
                for name, value in asdict(row).items()
            }
            writer.writerow(values)


def in_order(values):
    return list(dict.fromkeys(values))


def mean_of_logs(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def roles_text(rows):
    """Divergence of each role relative to gate's, and the geometric mean. Where there is no output
    matrix, the embedding is it."""
    models = in_order(row.model for row in rows)
    own = {row.model for row in rows if row.role == "output"}
    each = {}
    for row in rows:
        role = "output" if row.role == "embed" and row.model not in own else row.role
        each[row.model, role] = row.kl_mean
    lines = ["| role | " + " | ".join(models) + " | mean |", "|---" * (len(models) + 2) + "|"]
    for role in in_order(role for _, role in each):
        found = [each[m, role] / each[m, "gate"] if (m, role) in each else None for m in models]
        known = [value for value in found if value is not None]
        lines.append(f"| {role} | " +
                     " | ".join("" if value is None else f"{value:.2f}" for value in found) +
                     f" | {mean_of_logs(known):.2f} |")
    return "\n".join(lines)


def size_at(rows, divergence):
    """Bits per weight at which our files have this mean KL, between the two sizes around it."""
    known = sorted((row.bits_per_weight, math.log(row.kl_mean)) for row in rows)
    wanted = math.log(divergence)
    for (bits, log_kl), (more, log_less) in zip(known, known[1:], strict=False):
        if log_less <= wanted <= log_kl:
            return bits + (more - bits) * (log_kl - wanted) / (log_kl - log_less)
    return None


def equal_text(rows):
    """The sizes of our files with the divergence that llama.cpp's have."""
    lines = [
        "| model | llama.cpp | mean KL | bits | ours at this KL | bytes |",
        "|---|---|---|---|---|---|"
    ]
    for row in rows:
        if row.maker != "llama.cpp" or not row.importance:
            continue
        ours = [
            r for r in rows if r.maker == "Quire" and (r.model, r.importance) == (row.model, True)
        ]
        bits = size_at(ours, row.kl_mean)
        if bits is not None:
            lines.append(
                f"| {row.model} | {row.type} | {row.kl_mean:.4f} | {row.bits_per_weight:.2f} | "
                f"{bits:.2f} | {100 * (bits / row.bits_per_weight - 1):+.0f} % |")
    return "\n".join(lines)


def to_text(rows):
    lines = []
    for model in in_order(row.model for row in rows):
        for importance in (False, True):
            lines += [
                f"{model}, {'with' if importance else 'without'} importance", "",
                "| bits per weight | type | mean KL | 99 % | same top token |",
                "|---|---|---|---|---|"
            ]
            shown = [row for row in rows if (row.model, row.importance) == (model, importance)]
            for row in sorted(shown, key=lambda r: r.bits_per_weight):
                name = f"**{row.type}**" if row.maker == "Quire" else f"{row.type} (llama.cpp)"
                lines.append(f"| {row.bits_per_weight:.2f} | {name} | "
                             f"{row.kl_mean:.4f} ± {row.kl_error:.4f} | {row.kl_99:.3f} | "
                             f"{100 * row.top1_agreement:.1f} % |")
            lines.append("")
    return "\n".join([*lines, equal_text(rows)])


def draw(axis, rows):
    for maker, colour, marker in (("llama.cpp", "tab:gray", "o"), ("Quire", "tab:blue", "s")):
        shown = sorted((row for row in rows if row.maker == maker), key=lambda r: r.bits_per_weight)
        # One line: each maker's best for every size.
        best, line = float("inf"), []
        for row in shown:
            if row.kl_mean < best:
                best = row.kl_mean
                line.append(row)
        axis.plot([r.bits_per_weight for r in line], [r.kl_mean for r in line], "-", color=colour,
                  alpha=0.6)
        axis.plot([r.bits_per_weight for r in shown], [r.kl_mean for r in shown], marker,
                  color=colour, label=maker)
        for row in shown:
            if not row.type.endswith("bits"):
                axis.annotate(row.type, (row.bits_per_weight, row.kl_mean),
                              textcoords="offset points",
                              xytext=(4, 4 if maker == "llama.cpp" else -10), fontsize=7,
                              color=colour)
    axis.set_yscale("log")
    axis.grid(True, which="both", alpha=0.25)
    axis.legend()


def plot(path, rows):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as pyplot

    models = in_order(row.model for row in rows)
    figure, axes = pyplot.subplots(2, len(models), figsize=(5 * len(models), 8.4), sharey=True,
                                   squeeze=False)
    for line, importance in zip(axes, (False, True), strict=True):
        for axis, model in zip(line, models, strict=True):
            draw(axis, [r for r in rows if (r.model, r.importance) == (model, importance)])
            axis.set_title(f"{model}, {'with' if importance else 'without'} importance")
        line[0].set_ylabel("mean KL divergence from f32")
    for axis in axes[1]:
        axis.set_xlabel("bits per weight, the whole file")
    figure.tight_layout()
    figure.savefig(path, dpi=90)
