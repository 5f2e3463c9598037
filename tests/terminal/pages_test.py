#!/usr/bin/env python3
"""Help, man pages, completions and the configuration file of all commands.

    pages_test.py BIN_DIR SOURCE_DIR"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
from small_models import bin_dir, expect, golden, run, tiny, tmp  # noqa: E402
from support import check, finish  # noqa: E402

PROGRAMS = ["gen", "tok", "gen-batch", "pack", "inspect", "bench", "eval", "chat", "pull"]
COMMANDS = [[name] for name in PROGRAMS] + [["quire", "models"]]
models = pathlib.Path(os.environ["QUIRE_MODELS"])


def names_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text))


# --- help and man pages
pages = [(name, run(*command, "--help").stdout.decode(), run(*command, "--man").stdout.decode())
         for command in COMMANDS for name in [" ".join(command)]]
pages.append(("quire", run("quire", "help").stdout.decode(), run("quire", "--man").stdout.decode()))
for command in (["eval", "perplexity"], ["eval", "compare"], ["eval", "choices"],
                ["eval", "importance"], ["quire", "models", "add"]):
    pages.append((" ".join(command), run(*command, "--help").stdout.decode(), None))
for name, text, page in pages:
    widest = max(text.splitlines(), key=len)
    check(f"{name} --help: at most 80 columns", len(widest) <= 80, widest)
    check(f"{name} --help: no word of the library",
          not re.search(r"Excludes|Needs|REQUIRED|:INT|UINT|\[Option", text), text)
    if page is None:
        continue
    check(f"{name} --help: examples", "Examples:" in text, text)
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXAMPLES", "EXIT STATUS"):
        check(f"{name}: {section}", f".SH {section}\n" in page, page[:300])
    plain = page.replace("\\-", "-").replace("\\fB", " ")
    missing = names_in(text.split("Examples:")[0]) - names_in(plain)
    check(f"{name}: all options are in the man page", not missing, missing)
    if shutil.which("groff"):
        ran = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-Kutf8", "-rLL=78n"],
                             input=page.encode(), capture_output=True)
        check(f"{name}: troff has no complaints", ran.returncode == 0 and ran.stderr == b"",
              ran.stderr)
for topic in ("models", "environment", "config", "completions", "exit-codes"):
    ran = run("quire", "help", topic)
    check(f"help {topic}", ran.returncode == 0 and len(ran.stdout) > 200
          and max(map(len, ran.stdout.decode().splitlines())) <= 80, ran)

for name in ("tutorial", "cookbook", "faq", "troubleshooting", "moving"):
    ran = run("quire", "help", name)
    check(f"help {name} prints the document", ran.returncode == 0 and ran.stdout.startswith(b"# ")
          and b"<!--" not in ran.stdout and len(ran.stdout) > 2000, ran)
ran = run("quire", "help", "docs")
for page in (pathlib.Path(sys.argv[2]) / "docs").glob("*.md"):
    check(f"help docs lists {page.name}", page.name.encode() in ran.stdout, ran)
check("help of a misspelt document",
      b"did you mean tutorial?" in run("quire", "help", "tutrial").stderr)


# --- completions
def complete(*words):
    return run("quire", "__complete", *words).stdout.decode().splitlines()


def words_of(*words):
    return [line.split("\t")[0] for line in complete(*words)]


check("models add", run("quire", "models", "add", tiny, "tiny").returncode == 0
      and run("quire", "models", "add", tiny, "other").returncode == 0)
check("commands", {"gen", "chat", "models", "help"} <= set(words_of("quire", "")))
check("a command", words_of("quire", "mo") == ["models"])
check("options", "--temp" in words_of("gen", "--te"), words_of("gen", "--te"))
check("options through quire", words_of("quire", "gen", "--te") == words_of("gen", "--te"))
check("with what they mean", "Temperature" in "".join(complete("gen", "--temp")))
check("models", words_of("gen", "-m", "") == ["other", "tiny", ":files"])
check("a model", words_of("quire", "chat", "-m", "ti") == ["tiny", ":files"])
check("values", words_of("gen", "--load", "") == ["map", "huge", "lock"])
check("of groups, too", "--ids" in words_of("tok", "--i"), words_of("tok", "--i"))
check("subcommands", "perplexity" in words_of("eval", "per"))
check("of quire models", words_of("quire", "models", "re") == ["remove", "rename"])
check("names for it", words_of("quire", "models", "remove", "o") == ["other"])
check("files", words_of("pack", "-o", "") == [":files"])
check("nothing for a prompt", words_of("gen", "Hello") == [])
check("topics", words_of("quire", "zzz", "") == [])
check("documents", words_of("quire", "help", "tut") == ["tutorial"])
path = str(bin_dir.resolve()) + ":" + os.environ["PATH"]
script = tmp / "quire.bash"
script.write_bytes(run("quire", "completions", "bash").stdout)


def bash(*words):
    text = (f"source {script}; COMP_WORDS=({' '.join(map(repr, words))}); "
            f"COMP_CWORD={len(words) - 1}; "
            "_quire_complete; printf '%s\\n' \"${COMPREPLY[@]}\"")
    ran = subprocess.run(["bash", "-c", text], env=os.environ | {"PATH": path}, capture_output=True)
    return ran.stdout.decode().split()


check("bash", bash("quire", "gen", "-m", "ti") == ["tiny"], bash("quire", "gen", "-m", "ti"))
check("bash, a path", bash(str(bin_dir.resolve() / "gen"), "--top-") ==
      ["--top-k", "--top-p", "--top-n-sigma"], bash(str(bin_dir.resolve() / "gen"), "--top-"))
for shell, words in (("zsh", ["-n"]), ("fish", ["--no-execute"])):
    ran = run("quire", "completions", shell)
    check(f"{shell}", ran.returncode == 0 and len(ran.stdout) > 300)
    if shutil.which(shell):
        (tmp / "script").write_bytes(ran.stdout)
        ran = subprocess.run([shell, *words, tmp / "script"], capture_output=True)
        check(f"{shell} reads it", ran.returncode == 0, ran.stderr)
expect("another shell", 2, "bash, zsh or fish", run("quire", "completions", "csh"))

# --- the configuration file
config = tmp / "config.toml"
with_config = os.environ | {"QUIRE_CONFIG": str(config)}
ASK = ["--raw", "-p", "Once"]


def configured(text, *words, **more):
    config.write_text(text)
    return run(*words, env=with_config | more)


wanted = run("gen", "-m", tiny, "--temp", "0", "-n", "4", *ASK).stdout
text = f'# mine\nmodel = "{tiny}"\nthreads = 1\n\n[gen]\ntemp = 0\npredict = 4\n'
ran = configured(text, "gen", *ASK)
check("a configuration", ran.returncode == 0 and ran.stdout == wanted, ran)
ran = configured(text, "gen", "-n", "2", *ASK)
check("the command line comes first", ran.returncode == 0 and wanted.startswith(ran.stdout)
      and ran.stdout != wanted, ran)
letter = golden / "tiny-llama/config.json"
check("only what a command has", configured(text, "tok", letter).returncode == 0, letter)
check("another section is for others",
      configured(text + "[chat]\nsystem = \"Be brief.\"\n", "gen", *ASK).stdout == wanted)
home = tmp / "home/quire"
home.mkdir(parents=True)
(home / "config.toml").write_text(text)
ran = run("gen", *ASK, env=os.environ | {"XDG_CONFIG_HOME": str(tmp / "home")})
check("in its place", ran.stdout == wanted, ran)
for name, text, words in (
        ("an unknown key", "[gen]\ntempp = 1\n", ["config.toml", "tempp"]),
        ("a key above the sections", "predict = 4\n", ["config.toml", "[gen]"]),
        ("an unknown section", "[gne]\ntemp = 1\n", ["config.toml", "[gen]?"]),
        ("a bad value", "[gen]\ntemp = \"hot\"\n", ["--temp", "hot"])):
    expect(name, 2, words, configured(text, "gen", "-m", tiny, *ASK))
ran = run("gen", "-m", tiny, *ASK, env=os.environ | {"QUIRE_CONFIG": str(tmp / "none.toml")})
check("a file that is not there", ran.returncode == 2 and b"none.toml" in ran.stderr, ran)
check("help needs no configuration", configured("[gen]\nx = 1\n", "gen", "--help").returncode == 0)
check("nor do completions", "--temp" in words_of("gen", "--temp"))

finish()
