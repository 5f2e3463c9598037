"""Alternates measurements of Quire and its peers on the same model, prompts and CPUs.
scripts/bench/peers starts it and says more."""

import argparse
import os
import sys
import time
from pathlib import Path

import contestants
import peers_report


def stolen_ticks():
    """Ticks that the host took from this virtual machine, all CPUs."""
    with open("/proc/stat") as file:
        return int(file.readline().split()[8])


def run_round(index, parties, measures, rows):
    """Every party once per measure; odd rounds in the opposite order."""
    order = parties if index % 2 == 0 else parties[::-1]
    for measure in measures:
        for party in order:
            before, start = stolen_ticks(), time.monotonic()
            with contestants.busy_processes(measure.busy):
                tok_s = party.tok_s(measure)
            ticks = (time.monotonic() - start) * os.sysconf("SC_CLK_TCK") * os.cpu_count()
            steal = (stolen_ticks() - before) / ticks
            rows.append(peers_report.Row(index, measure.name, party.name, tok_s, steal))
            print(f"{index:3} {measure.name:28} {party.name:40} {tok_s:9.1f} tok/s",
                  file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="peers")
    parser.add_argument("--model", required=True, help="the .quire file")
    parser.add_argument("--llama", action="append", required=True, metavar="TYPE=GGUF",
                        help="the same model for llama.cpp; may be given several times")
    parser.add_argument("--openvino", default="", metavar="GGUF", help="the same for OpenVINO")
    parser.add_argument("--name", default="peers", help="of the CSV and the plot")
    parser.add_argument("--bench", required=True, help="Quire's bench")
    parser.add_argument("--llama-path", default="", help="folder of another build of llama_cpp")
    parser.add_argument("--out", required=True, help="folder for the CSV and the plot")
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-r", "--rounds", type=int, default=7)
    parser.add_argument("--isa", default="",
                        help="limit Quire to this instruction set; avx2 limits the peers too")
    parser.add_argument("--context", type=int, default=0, metavar="N",
                        help="measure a prompt of N tokens, and decoding after it, instead")
    parser.add_argument("--kv-type", default="f16", metavar="TYPE,..",
                        help="types of keys and values of Quire, a contestant each")
    parser.add_argument("--llama-kv-type", default="f16", metavar="TYPE,..",
                        help="the same of llama.cpp: f16, q8_0")
    parser.add_argument("--only", default="", help="measures whose names contain this")
    parser.add_argument("--busy", type=int, default=0, metavar="N",
                        help="measure everything once more beside N busy processes")
    parser.add_argument("--append", action="store_true", help="add rounds to those in the CSV")
    options = parser.parse_args()

    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:options.threads])
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{options.name}{'-' + options.isa if options.isa else ''}.csv"
    rows = peers_report.read_csv(path) if options.append and path.exists() else []
    first = 1 + max((row.round for row in rows), default=-1)
    parties = contestants.start(options)
    try:
        measures = contestants.measures_of(options.context, options.busy)
        measures = [m for m in measures if options.only in m.name]
        for index in range(first, first + options.rounds):
            run_round(index, parties, measures, rows)
            peers_report.write_csv(path, rows)
    finally:
        for party in parties:
            party.stop()
    title = f"{parties[0].cpu}, {options.threads} threads, {Path(options.model).stem}"
    print(peers_report.to_text(title, parties[0].name, rows))
    peers_report.plot(path.with_suffix(".png"), title, rows)
    print(f"{path}\n{path.with_suffix('.png')}")


if __name__ == "__main__":
    main()
