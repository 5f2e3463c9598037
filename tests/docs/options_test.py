#!/usr/bin/env python3
"""Fails when the documentation names an option or a command of Quire that does not exist.

    options_test.py BIN_DIR SOURCE_DIR

Compared with what --help lists are the commands in blocks fenced as `sh`, also those that
commands_test.py does not run, and code spans that begin with a command or an option. The first
column of tables in docs/moving.md has the options of other programs. Blocks that end with an error
by intention are left out."""
import pathlib
import re
import subprocess
import sys

from pages import read_blocks

bin_dir, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
PROGRAMS = {"gen": "gen", "chat": "chat", "tok": "tok", "batch": "gen-batch", "pull": "pull",
            "pack": "pack", "inspect": "inspect", "bench": "bench", "eval": "eval"}
PARTS = {"eval": ("perplexity", "contexts", "compare", "choices", "importance"),
         "models": ("add", "remove", "rename", "verify", "path", "forget")}
WORDS = {"help", "completions", "COMMAND"}  # of quire, which have no options
PAGES = ("README.md", "CHANGELOG.md", "docs/**/*.md", "examples/*.md")
# Options in code spans that are those of other programs, by page.
OTHERS = {"CHANGELOG.md": {"--llama-kv-type"},
          "docs/how-it-works/word-pairs.md": {"--discount_fallback"}}
OPTION = re.compile(r"(?<![\w-])(--?[A-Za-z][\w-]*)")
failures, n_checked = [], 0


def options_in(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=60, check=True)
    begins = re.findall(r"^  (-.*?)(?:\s{2}|$)", done.stdout, re.MULTILINE)
    return {option for begin in begins for option in OPTION.findall(begin)}


def all_options():
    """Command, or command and part: its options."""
    table = {}
    for name, program in PROGRAMS.items():
        table[name] = options_in([bin_dir / program, "--help"])
    table["models"] = options_in([bin_dir / "quire", "models", "--help"])
    for name, parts in PARTS.items():
        for part in parts:
            path = [bin_dir / "eval"] if name == "eval" else [bin_dir / "quire", name]
            table[f"{name} {part}"] = options_in([*path, part, "--help"])
    return table


def check(condition, message):
    global n_checked
    n_checked += 1
    if not condition:
        failures.append(message)


def check_command(words, where):
    """words: from the name of the command on."""
    names = {program: name for name, program in PROGRAMS.items()}
    if words[0] == "quire":
        words = words[1:]
        if not words or words[0] in WORDS or words[0].startswith("-"):
            return
        check(words[0] in PROGRAMS or words[0] == "models",
              f"{where}: no command quire {words[0]}")
    name = names.get(words[0], words[0])
    if name in PARTS and len(words) > 1 and words[1] in PARTS[name]:
        name = f"{name} {words[1]}"
    for word in words[1:]:
        if OPTION.match(word) and name in OPTIONS:
            option = word.split("=")[0]
            check(option in OPTIONS[name], f"{where}: {name} has no option {option}")


def commands_in(block):
    """The commands of Quire in lines of a shell, as words; what is quoted counts as one word."""
    text = re.sub(r"(?m)(^|\s)#.*$", "", block.replace("\\\n", " "))
    text = re.sub(r"\$?'[^']*'|\"(?:\\.|[^\"])*\"", "TEXT", text)
    for part in re.split(r"[|;&\n(){}`]+", text):
        words = part.split()
        while words and (words[0] in ("do", "then", "else", "exec", "!", "[", "||") or
                         re.match(r"\w+=", words[0])):
            words.pop(0)
        if words and words[0] in ("mpirun", "timeout", "nice", "flock"):
            words = words[next((i for i, word in enumerate(words)
                                if word in ("quire", *PROGRAMS.values())), len(words)):]
        if words and (words[0] == "quire" or words[0] in PROGRAMS.values()):
            yield words


def check_absent(row, where):
    """A row of docs/moving.md that says that Quire does not have these options."""
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    if len(cells) > 1 and cells[1] in ("none", "not needed"):
        for span in re.findall(r"`(-[^`]+)`", cells[0]):
            option = OPTION.match(span).group(1)
            check(option not in OPTIONS["gen"], f"{where}: gen has {option}")


def check_page(path):
    name = str(path.relative_to(source))
    text = path.read_text()
    for block in read_blocks(name, text):
        for words in commands_in(block.text) if block.exit_code == 0 else ():
            check_command(words, f"{name}: {' '.join(words)}")
    for line in re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL).splitlines():
        if name == "docs/moving.md" and line.startswith("|"):
            check_absent(line, name)
            line = line[line.index("|", 1):] if line.count("|") > 2 else line
        for span in re.findall(r"`([^`]+)`", line):
            words = span.replace("\\|", "|").split()
            if words and (words[0] == "quire" or
                          words[0] in PROGRAMS.values() and len(words) > 1):
                check_command(words, f"{name}: `{span}`")
            elif span.startswith("-") and OPTION.match(span):
                option = OPTION.match(span).group(1)
                known = any(option in options for options in OPTIONS.values())
                check(known or option in OTHERS.get(name, ()), f"{name}: no option `{option}`")


OPTIONS = all_options()
check("--temp" in OPTIONS["gen"] and "--chunks" in OPTIONS["eval perplexity"],
      "the options of commands were not read")
for pattern in PAGES:
    for page in sorted(source.glob(pattern)):
        check_page(page)
print("\n".join(failures) or f"{n_checked} options and commands exist")
sys.exit(bool(failures) or n_checked < 300)
