"""Who runs in a comparison: Quire through its bench command, the peers through worker processes."""

import contextlib
import ctypes
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).parent
SETTING_NAMES = {
    "KV_CACHE_PRECISION": "KV {}",
    "INFERENCE_PRECISION_HINT": "computing in {}",
    "DYNAMIC_QUANTIZATION_GROUP_SIZE": "8-bit activations off",
}
REPEATS = 3  # of a measurement, after one that is not counted; the median is used


@dataclass(frozen=True)
class Measure:
    """A prompt of n tokens (generate 0), or `generate` tokens for each of some sequences after
    `depth` others; beside `busy` processes that compute, too."""

    name: str
    prompt: int = 0
    generate: int = 0
    depth: int = 0
    sequences: int = 1
    busy: int = 0

    @property
    def tokens(self):
        return self.prompt or self.generate * self.sequences

    def request(self):
        if self.prompt:
            return {"prompt": self.prompt}
        return {"generate": self.generate, "depth": self.depth, "sequences": self.sequences}


MEASURES = [
    Measure("prefill of 512 tokens", prompt=512),
    Measure("decode", generate=64),
    Measure("decode after 512 tokens", generate=64, depth=512),
    Measure("decode after 2048 tokens", generate=64, depth=2048),
    Measure("8 sequences at once", generate=32, sequences=8),
]


def measures_of(context, n_busy):
    """MEASURES, or those of a long context; if n_busy > 0 also beside as many busy processes."""
    measures = MEASURES
    if context:
        measures = [
            Measure(f"prefill of {context} tokens", prompt=context),
            Measure(f"decode after {context} tokens", generate=32, depth=context),
        ]
    return measures + [
        replace(measure, name=f"{measure.name} beside {n_busy}", busy=n_busy)
        for measure in measures if n_busy
    ]


@contextlib.contextmanager
def busy_processes(n):
    """n processes that compute meanwhile, each in a session of its own: Linux divides time by
    session first (sched_autogroup)."""
    processes = [
        subprocess.Popen(["sh", "-c", "while :; do :; done"], start_new_session=True,
                         preexec_fn=die_with_parent) for _ in range(n)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


class Quire:

    def __init__(self, bench, model, n_threads, isa, kv_type):
        self.command = [
            bench, "-m", model, "-t",
            str(n_threads), "--json", "--speed-only", "-r",
            str(REPEATS), "--kv-type", kv_type
        ]
        if isa:
            self.command += ["--isa", isa]
        probe = self.run(["-p", "1", "-n", "0"])
        self.cpu = probe["cpu"]
        self.name = f"Quire, {probe['isa']}" + (f", KV {kv_type}" if kv_type != "f16" else "")

    def run(self, options):
        return json.loads(
            subprocess.run(self.command + options, check=True, capture_output=True).stdout)

    def tok_s(self, measure):
        if measure.prompt:
            return self.run(["-p", str(measure.prompt), "-n", "0"])["prefill_tok_s"]
        options = [
            "-p", "0", "-n",
            str(measure.generate), "-d",
            str(measure.depth), "-B",
            str(measure.sequences)
        ]
        return self.run(options)["decode_tok_s"]

    def stop(self):
        pass


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Peer:
    """A worker process that stays, so that its model is loaded and warm when its turn comes. It is
    stopped while others run, so that its threads may spin as long as they like while it is at
    work."""

    def __init__(self, name, command, environment=None):
        self.name = name
        self.warm = set()
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **(environment or {})},
            preexec_fn=die_with_parent,
        )
        self.version = self.answer()["ready"]
        self.process.send_signal(signal.SIGSTOP)

    def answer(self):
        # Libraries print to standard output too; what they print is not a JSON object.
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError(f"{self.name}: the worker ended")

    def seconds(self, measure):
        self.process.stdin.write(json.dumps(measure.request()) + "\n")
        self.process.stdin.flush()
        return self.answer()["seconds"]

    def tok_s(self, measure):
        self.process.send_signal(signal.SIGCONT)
        if measure not in self.warm:
            self.seconds(measure)
            self.warm.add(measure)
        tok_s = measure.tokens / statistics.median(self.seconds(measure) for _ in range(REPEATS))
        self.process.send_signal(signal.SIGSTOP)
        return tok_s

    def stop(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


def start(options):
    """Quire first. options: see compare_peers.py."""
    contestants = [
        Quire(options.bench, options.model, options.threads, options.isa, kv_type)
        for kv_type in options.kv_type.split(",")
    ]
    threads = str(options.threads)
    environment = {"PYTHONPATH": options.llama_path} if options.llama_path else {}
    # Active is a few percent faster in a quiet machine, and much slower beside others.
    policies = ["active", "passive"] if options.busy else ["active"]
    for type_name, gguf in (entry.split("=", 1) for entry in options.llama):
        for kv_type, policy in itertools.product(options.llama_kv_type.split(","), policies):
            # Without flash attention llama.cpp has no values of 8 bits.
            for flash in ("0", "1") if kv_type == "f16" else ("1",):
                name = f"llama.cpp {type_name}, flash attention {'on' if flash == '1' else 'off'}"
                if kv_type != "f16":
                    name += f", KV {kv_type}"
                if options.busy:
                    name += f", waits {policy}ly"
                command = [str(HERE / "llama_worker.py"), gguf, threads, flash, kv_type]
                contestants.append(Peer(name, command, {**environment, "OMP_WAIT_POLICY": policy}))
    if not options.openvino:
        return contestants
    settings = [{}, {"KV_CACHE_PRECISION": "f16"}, {"INFERENCE_PRECISION_HINT": "f32"}]
    environment = {}
    if options.isa == "avx2":
        # oneDNN's own limit. Its 8-bit activations need VNNI, so they must be off, as they are on
        # such a CPU.
        environment = {"ONEDNN_MAX_CPU_ISA": "AVX2"}
        settings = [{"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}]
    for setting in settings:
        words = ", ".join(SETTING_NAMES[key].format(value)
                          for key, value in setting.items()) or "as it comes"
        command = [str(HERE / "openvino_worker.py"), options.openvino, threads, json.dumps(setting)]
        contestants.append(Peer(f"OpenVINO, {words}", command, environment))
    return contestants
