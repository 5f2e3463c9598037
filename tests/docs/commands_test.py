#!/usr/bin/env python3
"""Runs the commands of README.md, docs/, examples/ and the other pages as they stand.

    commands_test.py BIN_DIR SOURCE_DIR [PAGE...]

A page is read from top to bottom in a folder of its own, which is a copy of examples/ with the
models that the page names; variables and the working folder last from block to block. pages.py
says how a page marks what is not run, and how output is compared. Models of these names are small
ones with random weights; blocks that print what SmolLM2 writes are run with it where
scripts/fetch_model has put it."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "terminal"))
import support  # noqa: E402
from pages import read_blocks  # noqa: E402
from pseudo import Terminal  # noqa: E402
from world import World, put_vocabulary  # noqa: E402

bin_dir, source = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
real = source / "build/models/smollm2-135m-instruct.quire"
work = pathlib.Path(tempfile.mkdtemp(prefix="quire-docs-"))
world_folder = work / "world"
world_folder.mkdir()
world = World(bin_dir, source, world_folder, support.run)

# What an installation puts into PATH, and no more.
COMMANDS = ("quire", "gen", "tok", "gen-batch", "pack", "inspect", "bench")
# Programs that commands of the documentation use; a block whose program is not there is not run.
PROGRAMS = ("jq", "sqlite3", "make", "git", "mpirun", "man", "column")
# Pages that begin without a model, because they get one.
WITHOUT_MODEL = ("README.md", "docs/tutorial.md", "docs/models.md", "docs/installing.md")
# Keeps variables and the working folder for the next block.
STATE = """
trap 'code=$?; {{ declare -p; echo "cd \\"$PWD\\""; }} 2>/dev/null |
    grep -v "^declare -[^ ]*r" >{state}; exit $code' EXIT
trap 'echo "$BASH_COMMAND: exit code $?" >&4' ERR
[ ! -f {state} ] || . {state}
set -e -o pipefail
"""


def page_names():
    names = [path.relative_to(source) for path in source.rglob("*.md")]
    return sorted(str(name) for name in names if name.parts[0] not in ("build", ".git")
                  and name.parts[:2] != ("tests", "golden"))


class Reader:
    """Somebody who follows one page."""

    def __init__(self, name, text, with_real=False):
        top = work / (name.replace("/", "-") + ("-real" if with_real else ""))
        examples = top / "examples"
        shutil.copytree(source / "examples", examples)
        # README.md begins where its reader is, in the checkout.
        self.folder = top if name == "README.md" else examples
        self.failed = top / ".failed"
        home = top / ".home"
        models = home / ".local/share/quire/models"
        models.mkdir(parents=True)
        commands = home / "bin"
        commands.mkdir()
        for command in COMMANDS:
            (commands / command).symlink_to(bin_dir / command)
        world.put(text, examples)
        if with_real:
            os.link(real, models / "smollm2.quire")
        elif name not in WITHOUT_MODEL:
            shutil.copy(world.model("smollm2"), models / "smollm2.quire")
        if "gpt-4o" in text:
            put_vocabulary(models)
        if "git " in text:
            self.begin_repository(examples, home)
        (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
        self.state = home / "state"
        self.env = {"HOME": str(home), "PATH": f"{commands}:/usr/bin:/bin", "LANG": "C.UTF-8",
                    "HF_ENDPOINT": world.hub.url, "USER": "ada", "EDITOR": "true",
                    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                    "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMP_WAIT_POLICY": "passive"}

    def begin_repository(self, folder, home):
        """The folder as that of somebody who has changed something since the last commit."""
        for words in (["init", "-q"], ["add", "."],
                      ["-c", "user.name=Ada", "-c", "user.email=a@example.org", "commit", "-qm",
                       "Begin"]):
            support.run(["git", *words], cwd=folder, env={"HOME": str(home)}, check=True)
        letter = folder / "letter.txt"
        letter.write_text(letter.read_text().replace("two reams", "three reams"))
        support.run(["git", "add", "letter.txt"], cwd=folder, check=True)

    def run(self, block):
        """Checks that a block does what it says."""
        script = self.state.with_name("script")
        script.write_text(f"exec 4>{self.failed}\n" + STATE.format(state=self.state) + block.text)
        command = ["/bin/bash", script]
        if block.typed is None:
            done = subprocess.run(command, cwd=self.folder, env=self.env, timeout=120,
                                  stdin=subprocess.DEVNULL, capture_output=True)
            code = done.returncode
            output, errors = (one.decode(errors="replace") for one in (done.stdout, done.stderr))
        else:
            code, output = self.run_at_terminal(command, block.typed)
            errors = output
        support.check(f"{block.where()}: exit code {block.exit_code}", code == block.exit_code,
                      f"found {code}: {self.failed.read_text()}{errors[-600:]}")
        if block.prints is not None:
            output = errors if block.exit_code else output
            support.check(f"{block.where()}: prints what the page says",
                          matches(block.prints, output),
                          f"expected\n{block.prints}found\n{output}")

    def run_at_terminal(self, command, lines):
        env = dict(self.env, TERM="xterm")
        terminal = Terminal(["/usr/bin/env", "-i", "-C", self.folder,
                             *(f"{name}={value}" for name, value in env.items()), *command])
        for line in lines:
            terminal.wait("> ", terminal.mark(), 10)
            terminal.send("\x04" if line == "Ctrl-D" else line + "\n")
        return terminal.finish(60), terminal.text()


def matches(expected, found):
    """Whether the words are the same, however the lines are broken; a line of three dots stands
    for any words."""
    parts = re.split(r"^\.\.\.$", expected, flags=re.MULTILINE)
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in parts)
    return re.fullmatch(pattern, " ".join(found.split())) is not None


def missing_program(block):
    return next((name for name in PROGRAMS if re.search(rf"\b{name}\b", block.text)
                 and not shutil.which(name)), None)


def check_page(name, not_run):
    """Runs the blocks of a page; returns how many."""
    text = (source / name).read_text()
    blocks = read_blocks(name, text)
    n_run = 0
    for with_real in (False, True) if real.exists() else (False,):
        mine = [block for block in blocks if block.needs_real or not with_real]
        if not mine:
            continue
        reader = Reader(name, text, with_real)
        for block in mine:
            program = missing_program(block)
            if block.not_run or program:
                not_run.append((block.where(), block.not_run or f"{program} is not installed"))
                continue
            expected = block.prints
            if block.needs_real and not with_real:
                block.prints = None
            reader.run(block)
            block.prints = expected
            n_run += 1
    return n_run


os.environ.pop("HF_TOKEN", None)
not_run, n_run = [], 0
for name in sys.argv[3:] or page_names():
    n_run += check_page(name, not_run)
for where, reason in not_run:
    print(f"not run: {where}: {reason}")
if not real.exists():
    print("not compared: what SmolLM2 prints (scripts/fetch_model)")
print(f"{n_run} blocks of commands were run, {len(not_run)} were not")
support.check("blocks were found", sys.argv[3:] or n_run > 30)
support.finish(work)
