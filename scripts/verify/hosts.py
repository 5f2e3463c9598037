#!/usr/bin/env python3
"""gen-batch and gen --split rows over two hosts, against one: the same bytes, also after a host's
rank died.

  scripts/verify/hosts.py [BIN_DIR] [-m MODEL]     default: build/release/bin and a tiny model

Needs root, ip and mpirun.

The hosts are network namespaces with a cable between them and a name each; `ip netns exec` stands
for ssh. Exit code 77 where that cannot be made."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cli"))
from support import check, failures, finish, kill_rank  # noqa: E402,I001

parser = argparse.ArgumentParser()
parser.add_argument("bin", nargs="?", type=pathlib.Path, default=ROOT / "build/release/bin")
parser.add_argument("-m", "--model", type=pathlib.Path)
args = parser.parse_args()

TAG = os.getpid() % 100000
HOSTS = [f"qa{TAG}", f"qb{TAG}"]  # names of namespaces, hosts and links: at most 15 bytes
ADDRESSES = ["10.97.0.1", "10.97.0.2"]
AGENT = f"""#!/bin/sh
case $1 in {ADDRESSES[0]}) host={HOSTS[0]};; *) host={HOSTS[1]};; esac
shift
exec ip netns exec "$host" unshare --uts sh -c "hostname $host; $*"
"""


class Hosts:
    """Two namespaces, which are removed at the end in any case."""

    def __init__(self, folder):
        self.agent = folder / "agent"
        self.agent.write_text(AGENT)
        self.agent.chmod(0o755)
        self.env = {
            **os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_plm": "rsh", "OMPI_MCA_plm_rsh_agent": str(self.agent),
            "OMPI_MCA_btl": "self,tcp", "OMPI_MCA_btl_tcp_if_include": "10.97.0.0/24",
            "OMPI_MCA_oob_tcp_if_include": "10.97.0.0/24",
            "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_mpi_yield_when_idle": "1"
        }

    def __enter__(self):
        try:
            for host in HOSTS:
                ip("netns", "add", host)
            ip("link", "add", HOSTS[0], "netns", HOSTS[0], "type", "veth", "peer", "name", HOSTS[1],
               "netns", HOSTS[1])
            for host, address in zip(HOSTS, ADDRESSES, strict=False):
                ip("-n", host, "addr", "add", address + "/24", "dev", host)
                ip("-n", host, "link", "set", host, "up")
                ip("-n", host, "link", "set", "lo", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for host in HOSTS:
            subprocess.run(["ip", "netns", "del", host], capture_output=True)

    def start(self, *command):
        """A rank on each host."""
        inside = [
            "ip", "netns", "exec", HOSTS[0], "unshare", "--uts", "sh", "-c",
            f'hostname {HOSTS[0]}; exec "$@"', "sh"
        ]
        return subprocess.Popen([
            *inside, "mpirun", "-n", "2", "-host", ",".join(a + ":1"
                                                            for a in ADDRESSES), *map(str, command)
        ], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *command):
        process = self.start(*command)
        try:
            out, error = process.communicate(timeout=300)
        except BaseException:
            process.terminate()
            raise
        return subprocess.CompletedProcess(command, process.returncode, out, error)


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


def possible():
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "unshare", "mpirun"))):
        return False
    made = subprocess.run(["ip", "netns", "add", HOSTS[0]], capture_output=True).returncode == 0
    subprocess.run(["ip", "netns", "del", HOSTS[0]], capture_output=True)
    return made and (args.bin / "libquire_mpi.so").exists()


def requests():
    for i in range(120):
        yield json.dumps({
            "id": f"r{i}", "prompt": f"def f{i}(x):" * (1 + i % 4), "max_tokens": 5 + i % 60,
            "temperature": i % 3 / 2
        })
    yield "garbage"


def check_batch(hosts, batch, tmp):
    subprocess.run([*map(str, batch), "-o", tmp / "alone"], capture_output=True)
    expected = (tmp / "alone").read_bytes()
    check("all requests", expected.count(b"\n") == 121)
    ran = hosts.run(*batch, "-o", tmp / "hosts")
    check("gen-batch: the bytes of one host", ran.returncode == 6
          and (tmp / "hosts").read_bytes() == expected, ran)
    for rank in (0, 1):
        output = tmp / f"killed{rank}"
        # One request at a time, so that there is time to kill in.
        process = hosts.start(*batch, "--parallel", "1", "-o", output)
        while process.poll() is None and not (output.exists()
                                              and output.stat().st_size > len(expected) // 20):
            time.sleep(0.001)
        check(f"rank {rank} was there", kill_rank(rank, output))
        process.communicate(timeout=200)
        check(f"rank {rank} killed: no success", process.returncode not in (0, 6),
              process.returncode)
        n_before = output.read_bytes().count(b"\n")
        check(f"rank {rank} killed: results before", 0 < n_before < 121, n_before)
        ran = hosts.run(*batch, "-o", output)
        check(f"rank {rank} killed: finished to the same bytes",
              output.read_bytes() == expected, ran)
        print(f"rank {rank} killed after {n_before} of 121 results")


def check_split(hosts, gen):

    def result_of(ran):
        try:
            found = json.loads(ran.stdout)
            return found["text"], found["logits_hash"]
        except ValueError:
            return None

    alone = result_of(
        subprocess.run([*map(str, gen), "def main"], capture_output=True, stdin=subprocess.DEVNULL))
    ran = hosts.run(*gen, "--split", "rows", "def main")
    check("gen --split rows: the logits of one host", alone is not None and result_of(ran) == alone,
          ran)
    print("logits of one host and of two:", alone and alone[1], (result_of(ran) or ("", ""))[1])


def main():
    if not possible():
        print("hosts: needs root, ip, mpirun and a build with MPI")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="quire-hosts-") as name:
        tmp = pathlib.Path(name)
        model = args.model
        if model is None:
            model = tmp / "tiny.quire"
            subprocess.run(
                [args.bin / "pack", ROOT / "tests/golden/tiny-llama", "-o", model, "--type", "q8"],
                check=True, capture_output=True)
        (tmp / "in.jsonl").write_text("\n".join(requests()) + "\n")
        with Hosts(tmp) as hosts:
            where = hosts.run("hostname")
            check("two hosts", sorted(where.stdout.decode().split()) == HOSTS, where)
            if not failures:
                check_batch(
                    hosts,
                    [args.bin / "gen-batch", "-m", model, "-i", tmp / "in.jsonl", "-t", "1", "-q"],
                    tmp)
                check_split(hosts, [
                    args.bin / "gen", "-m", model, "--raw", "--json", "-n", "40", "-s", "3",
                    "--temp", "1", "-t", "1"
                ])
    finish()


main()
