#!/usr/bin/env python3
"""Runs over several processes: the same bytes as one, a rank that dies, and two hosts
(scripts/verify/hosts.py).

  mpi_test.py BIN_DIR SOURCE_DIR      (needs mpirun and libquire_mpi.so; the hosts also root and ip)
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from support import check, finish, kill_rank

bin_dir, source = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
if shutil.which("mpirun") is None or not (bin_dir / "libquire_mpi.so").exists():
    print("mpi_test: without MPI")
    raise SystemExit(77)

tmp = pathlib.Path(tempfile.mkdtemp(prefix="quire-mpi-"))
ENV = {
    **os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_plm_rsh_agent": "sh", "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_hwloc_base_binding_policy": "none",
    "OMPI_MCA_mpi_yield_when_idle": "1"
}



def mpirun(n, *command):
    return subprocess.run(["mpirun", "-n", str(n), *map(str, command)], capture_output=True,
                          env=ENV, timeout=300)


subprocess.run([
    bin_dir / "pack", source / "tests/golden/tiny-llama", "-o", tmp / "tiny.quire", "--type", "q8"
], check=True, capture_output=True)
batch = [bin_dir / "gen-batch", "-m", tmp / "tiny.quire", "-t", "1", "-q"]
with open(tmp / "in.jsonl", "w") as file:
    for i in range(150):
        file.write(
            json.dumps({
                "id": f"r{i}", "prompt": f"def f{i}(x):" *
                (1 + i % 4), "max_tokens": 5 + i % 60, "temperature": i % 3 / 2
            }) + "\n")
    file.write("garbage\n")
subprocess.run([*map(str, batch), "-i", tmp / "in.jsonl", "-o", tmp / "alone"])
expected = (tmp / "alone").read_bytes()
check("all requests", expected.count(b"\n") == 151)

for n in (1, 2, 4):
    ran = mpirun(n, *batch, "-i", tmp / "in.jsonl", "-o", tmp / f"out{n}", "--parallel", 8)
    check(f"{n} ranks: the same bytes", (tmp / f"out{n}").read_bytes() == expected, ran)
    check(f"{n} ranks: exit code", ran.returncode == 6, ran.returncode)
ran = mpirun(2, *batch, "-i", tmp / "none.jsonl")
check("an error of rank 0 ends all", ran.returncode == 4 and b"none.jsonl" in ran.stderr, ran)

# A rank that dies ends the job, and the same command finishes it.
for victim in (0, 1):
    for delay in (0, 1):
        process = subprocess.Popen([
            "mpirun", "-n", "2", *map(str, batch), "-i",
            str(tmp / "in.jsonl"), "-o",
            str(tmp / "killed"), "--parallel", "2"
        ], env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # Not before there is something to lose.
        for _ in range(600):
            time.sleep(0.05)
            if (tmp / "killed").exists() and (tmp / "killed").stat().st_size > delay * 10000:
                break
        kill_rank(victim, tmp / "killed")
        process.wait(timeout=200)
        ran = mpirun(2, *batch, "-i", tmp / "in.jsonl", "-o", tmp / "killed")
        check(f"finished after rank {victim} died", (tmp / "killed").read_bytes() == expected, ran)
        (tmp / "killed").unlink()

# One model over several ranks.
gen = [
    bin_dir / "gen", "-m", tmp / "tiny.quire", "--raw", "--json", "-n", "40", "-s", "3", "--temp",
    "1"
]


def result_of(ran):
    try:
        found = json.loads(ran.stdout)
    except json.JSONDecodeError:
        return None, None
    return found["text"], found["logits_hash"]


alone = subprocess.run([*map(str, gen), "def main"], capture_output=True, stdin=subprocess.DEVNULL)
splits = b"--split" in subprocess.run([bin_dir / "gen", "--help"], capture_output=True).stdout
for n in (1, 2, 3, 4) if splits else ():
    ran = mpirun(n, *gen, "--split", "rows", "-t", "1", "def main")
    check(f"--split rows over {n}: the same logits",
          result_of(ran) == result_of(alone) != (None, None), ran)

# Two hosts, where they can be made.
ran = subprocess.run([source / "scripts/verify/hosts.py", bin_dir], capture_output=True, text=True)
if ran.returncode == 77:
    print("mpi_test: without the two hosts (needs root)")
else:
    check("two hosts", ran.returncode == 0, ran.stdout + ran.stderr)

finish(tmp)
