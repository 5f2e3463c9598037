"""What the Python tests of the commands share: checks that are counted, and the last line."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

# A sanitizer reserves terabytes of address space, and takes several times as long.
SANITIZED = os.environ.get("QUIRE_SANITIZED", "") != ""
# The thread sanitizer writes a file when a program starts, so none starts where files may not
# grow.
CAN_LIMIT_FILES = os.environ.get("QUIRE_SANITIZED") != "thread"

# No model of the user, and no file packed on the way, has a part in a test.
home = tempfile.TemporaryDirectory()
os.environ.pop("QUIRE_MODEL", None)
os.environ["QUIRE_MODELS"] = home.name + "/models"
os.environ["XDG_CACHE_HOME"] = home.name + "/cache"
os.environ["XDG_CONFIG_HOME"] = home.name + "/config"
os.environ.pop("QUIRE_CONFIG", None)
os.environ["HF_HUB_CACHE"] = home.name + "/hub"

failures = []
n_checks = 0


def check(name, condition, detail=""):
    """Counts a check. A failed one is printed with the front of `detail`."""
    global n_checks
    n_checks += 1
    if not condition:
        failures.append(name)
        print(f"FAIL: {name}: {str(detail)[:800]}", flush=True)


def run(command, **more):
    """Runs a command, whose words may be paths and numbers, and captures its output."""
    return subprocess.run([str(word) for word in command],
                          **{"capture_output": True, "timeout": 300, **more})


def kill_rank(rank, output):
    """Kills the process of this MPI rank whose command line names `output`. Returns whether
    there was one."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            environ = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
            line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if f"OMPI_COMM_WORLD_RANK={rank}\0".encode() in environ and str(output).encode() in line:
            os.kill(int(pid), signal.SIGKILL)
            return True
    return False


def finish(folder=None):
    """Ends the test. `folder` is removed unless a check failed."""
    if folder is not None and not failures:
        shutil.rmtree(folder)
    print(f"{n_checks - len(failures)} of {n_checks} checks passed")
    sys.exit(1 if failures else 0)
