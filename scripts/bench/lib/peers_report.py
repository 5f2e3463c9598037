"""Rows of measurements as CSV, as text with ratios, and as a plot."""

import csv
import statistics
from dataclasses import dataclass, fields

# Of the CPU time of a measurement; above it the round does not count for that measure.
MAX_STEAL = 0.01


@dataclass
class Row:
    round: int
    measure: str
    party: str
    tok_s: float
    steal: float


def read_csv(path):
    with open(path, newline="") as file:
        return [
            Row(int(r["round"]), r["measure"], r["party"], float(r["tok_s"]), float(r["steal"]))
            for r in csv.DictReader(file)
        ]


def write_csv(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(field.name for field in fields(Row))
        for row in rows:
            writer.writerow(
                [row.round, row.measure, row.party, f"{row.tok_s:.2f}", f"{row.steal:.4f}"])


def undisturbed(rows):
    """The rows without those rounds of a measure in which time was stolen, and their number."""
    bad = {(row.round, row.measure) for row in rows if row.steal > MAX_STEAL}
    return [row for row in rows if (row.round, row.measure) not in bad], len(bad)


def ordered(rows, key):
    return list(dict.fromkeys(key(row) for row in rows))


def speeds(rows, measure, party):
    """By round."""
    return {row.round: row.tok_s for row in rows if row.measure == measure and row.party == party}


def to_text(title, quire, rows):
    rows, n_dropped = undisturbed(rows)
    n_rounds = len({row.round for row in rows})
    lines = [
        title, f"medians of {n_rounds} rounds; ratios are per round; {n_dropped} dropped for steal"
    ]
    parties = sorted(ordered(rows, lambda row: row.party), key=lambda party: party != quire)
    width = max(map(len, parties), default=0)
    for measure in ordered(rows, lambda row: row.measure):
        lines.append(f"\n{measure:{width + 2}} {'tok/s':>8}   Quire against it")
        ours = speeds(rows, measure, quire)
        for party in parties:
            theirs = speeds(rows, measure, party)
            if not theirs:
                continue
            line = f"  {party:{width}} {statistics.median(theirs.values()):8.1f}"
            ratios = sorted(ours[i] / theirs[i] for i in theirs if i in ours)
            if party != quire and ratios:
                line += f"   {statistics.median(ratios):5.2f}x  ({ratios[0]:.2f} to {ratios[-1]:.2f})"  # noqa: E501
            lines.append(line)
    return "\n".join(lines)


def plot(path, title, rows):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as pyplot

    rows, _ = undisturbed(rows)
    measures = ordered(rows, lambda row: row.measure)
    parties = sorted(ordered(rows, lambda row: row.party),
                     key=lambda party: not party.startswith("Quire"))
    figure, axes = pyplot.subplots(1, len(measures), figsize=(3.2 * len(measures), 3.4),
                                   sharey=True, squeeze=False)
    for axis, measure in zip(axes[0], measures, strict=False):
        for i, party in enumerate(parties):
            values = list(speeds(rows, measure, party).values())
            if not values:
                continue
            middle = statistics.median(values)
            axis.barh(
                i,
                middle,
                xerr=[[middle - min(values)], [max(values) - middle]],
                color="#b0413e" if party.startswith("Quire") else "#8fa3b0",
                error_kw={"lw": 1, "capsize": 2},
            )
            axis.text(max(values), i, f"  {middle:.0f}", va="center", fontsize=8)
        axis.set_title(measure, fontsize=9)
        axis.margins(x=0.2)
        axis.tick_params(labelsize=8)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    axes[0][0].set_yticks(range(len(parties)), parties)
    axes[0][0].invert_yaxis()
    figure.suptitle(f"tokens per second: {title}", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
