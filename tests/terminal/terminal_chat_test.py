#!/usr/bin/env python3
"""quire chat over lines of standard input, and at a pseudo-terminal.

    terminal_chat_test.py BIN_DIR SOURCE_DIR"""
import json
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
from pseudo import Terminal  # noqa: E402
from small_models import bin_dir, chat, chat_folder, expect, pack, run, tiny, tmp  # noqa: E402
from support import check, finish  # noqa: E402

state = tempfile.TemporaryDirectory()
os.environ["XDG_STATE_HOME"] = state.name
COLD = ["--temp", "0", "-n", "8"]


def talk(*lines, options=(), model=chat):
    return run("chat", "-m", model, *COLD, *options, stdin="\n".join([*lines, ""]).encode())


def tokens_of(messages):
    path = tmp / "messages.json"
    path.write_text(json.dumps(messages))
    ran = run("gen", "-m", chat, "--messages", path, "--show-prompt", "--json")
    return json.loads(ran.stdout)["tokens"]


def answer_of(messages, *options):
    path = tmp / "messages.json"
    path.write_text(json.dumps(messages))
    return json.loads(run("gen", "-m", chat, *(options or COLD), "--messages", path,
                          "--json").stdout)


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def common(one, other):
    n = 0
    while n < min(len(one), len(other)) and one[n] == other[n]:
        n += 1
    return n


# --- a conversation over a pipe
saved = tmp / "saved.json"
ran = talk("Hello there", "And who are you?", f"/save {saved}", options=["-v"])
check("a conversation", ran.returncode == 0, ran)
messages = json.loads(saved.read_text())
check("its roles", [m["role"] for m in messages] == ["user", "assistant"] * 2, messages)
check("its texts", [m["content"] for m in messages[::2]] == ["Hello there", "And who are you?"])
first = answer_of(messages[:1])
second = answer_of(messages[:3])
check("the answers are gen's", messages[1]["content"] == first["text"].strip()
      or messages[1]["content"] == first["text"].lstrip(), (messages, first["text"]))
check("the second, too", messages[3]["content"] == second["text"].lstrip(), second["text"])
check("standard output has the answers",
      ran.stdout.decode(errors="replace").count("\n") >= 2)
one, two = tokens_of(messages[:1]), tokens_of(messages[:3])
reused = common(one + first["tokens"][:-1], two)
check("nothing is computed twice",
      f"computed {len(one) + len(two) - reused} prompt tokens in all, reused {reused};".encode()
      in ran.stderr, (ran.stderr, len(one), len(two), reused))
again = talk("And?", f"/save {saved}", options=["--messages", saved])
check("it goes on with its file", again.returncode == 0
      and len(json.loads(saved.read_text())) == 6, again)
check("gen reads it", run("gen", "-m", chat, *COLD, "--messages", saved).returncode == 0)

# --- --save
kept = tmp / "kept.json"
ran = talk("One", "Two", options=["--save", kept])
check("--save", ran.returncode == 0 and len(json.loads(kept.read_text())) == 4, ran)
expect("--save over a file", 2, "kept.json", talk("One", options=["--save", kept]))
check("--save --overwrite", talk("One", options=["--save", kept, "--overwrite"]).returncode == 0)
check("--save with --messages",
      talk("Three", options=["--save", kept, "--messages", kept]).returncode == 0
      and len(json.loads(kept.read_text())) == 4)
expect("--save over the model", 2, "model", talk("One", options=["--save", chat, "--overwrite"]))

# --- commands
other = tmp / "other.json"
ran = talk("/system Be brief.", "Hello", "/system", "/tokens", f"/save {other}")
check("/system", json.loads(other.read_text())[0] == {"role": "system", "content": "Be brief."}
      and b"Be brief." in ran.stderr and b"of 256 tokens" in ran.stderr, ran)
ran = talk("One", "Two", "/undo", f"/save! {other}", f"/load {saved}", "/tokens")
check("/undo", len(json.loads(other.read_text())) == 2 and b"took back: Two" in ran.stderr, ran)
check("/load", b"6 messages" in ran.stderr, ran)
talk("/set temp 1.5", "/set seed 3", "One", f"/save! {other}")
drawn = json.loads(other.read_text())
talk("/set temp 1.5", "/set seed 3", "One", "/retry", f"/save! {other}")
check("/retry draws again", json.loads(other.read_text())[0] == drawn[0]
      and json.loads(other.read_text())[1] != drawn[1])
check("a seed", drawn[1]["content"]
      == answer_of(drawn[:1], "--temp", "1.5", "-s", "3", "-n", "8")["text"].lstrip())
ran = talk("/set")
check("/set lists", b"temp" in ran.stderr and b"top-p" in ran.stderr and b"predict" in ran.stderr,
      ran)
talk("One", "Two", "Three", "/drop", f"/save! {other}")
check("/drop", json.loads(other.read_text())[0] == user("Two"))
talk("/system X", "One", "/new", "Two", f"/save! {other}")
check("/new", [m["content"] for m in json.loads(other.read_text())[:2]] == ["X", "Two"])
check("/show", b"user: One" in talk("One", "/show").stdout)
shown = talk("/help").stderr.decode()
check("/help", "/retry" in shown, shown)
check("/help fits a terminal", max(map(len, shown.splitlines())) <= 80, shown)
check("/quit", b"never" not in talk("/quit", "never", "/show").stdout)
check("a message with a slash", talk("/etc/hosts is a file", f"/save! {other}").returncode == 0
      and json.loads(other.read_text())[0] == user("/etc/hosts is a file"))
expect("a misspelt command", 2, "did you mean /undo?", talk("/undoo"))
expect("an unknown setting", 2, "did you mean --top-p?", talk("/set topp 1"))
expect("a bad setting", 2, "--temp", talk("/set temp hot"))
expect("/load of no conversation", 4, "letter", talk("/load letter"))
expect("/save over a file", 2, "saved.json", talk("One", f"/save {saved}"))
talk("a\\", "b", '"""c', "", 'd"""', f"/save! {other}")
check("several lines", [m["content"] for m in json.loads(other.read_text())[::2]]
      == ["a\nb", "c\n\nd"], other.read_text())

# --- what cannot be talked to
expect("no template", 2, "no chat template", talk("Hi", model=tiny))
expect("not UTF-8", 4, "UTF-8", run("chat", "-m", chat, stdin=b"Caf\xe9\n"))
check("nothing to read", run("chat", "-m", chat).returncode == 0)

# --- a full context
long = " ".join(["word"] * 11)
expect("a full context", 4, ["--when-full drop"], talk(long, long, long, options=["-c", "128"]))
ran = talk(long, long, long, f"/save! {other}", options=["-c", "128", "--when-full", "drop"])
check("--when-full drop", ran.returncode == 0 and b"dropped the" in ran.stderr
      and json.loads(other.read_text())[0] == user(long), ran)

# --- thoughts
thinker_folder = tmp / "thinker"
thinker_folder.mkdir()
for path in chat_folder.iterdir():
    (thinker_folder / path.name).write_bytes(path.read_bytes())
settings = json.loads((thinker_folder / "tokenizer_config.json").read_text())
settings["chat_template"] += "<think>\n"
(thinker_folder / "tokenizer_config.json").write_text(json.dumps(settings))
thinker = pack("thinker", thinker_folder)
ran = talk("Hello", f"/save! {other}", model=thinker)
check("thoughts are no answer", json.loads(other.read_text())[1]["content"] == ""
      and json.loads(other.read_text())[1]["reasoning_content"] != ""
      and ran.stdout.strip() == b"", (ran, other.read_text()))

# --- at a terminal
config = json.loads((chat_folder / "config.json").read_text())
config["max_position_embeddings"] = 60000
endless_folder = tmp / "endless"
endless_folder.mkdir()
for path in chat_folder.iterdir():
    (endless_folder / path.name).write_bytes(path.read_bytes())
(endless_folder / "config.json").write_text(json.dumps(config))
endless = pack("endless", endless_folder)
terminal = Terminal([bin_dir / "chat", "-m", chat, *COLD])
check("the greeting", terminal.wait("/help lists the commands") > 0, terminal.text())
terminal.wait("> ")


def type_line(text):
    """Sends a line; the place where what follows begins, once the next prompt is there."""
    at = terminal.mark()
    terminal.send(text)
    check(f"{text!r} is answered", terminal.wait("tokens/s]", at) > 0, terminal.text()[at:])
    terminal.wait("\n> ", at)
    time.sleep(0.1)
    return at


type_line("Héllo\r")
type_line("wrld\x1b[D\x1b[D\x1b[Do\r")  # o between w and r
type_line("\x1b[200~two\rlines\x1b[201~ pasted\r")
type_line("\x1b[A\x1b[A\r")  # up, twice
at = terminal.mark()
terminal.send("half\x03")
check("Ctrl-C drops the line", terminal.wait("\n> ", at) > 0, terminal.text()[at:])
at = terminal.mark()
terminal.send("/tok\t\r")
check("the tab key completes", terminal.wait("of 256 tokens", at) > 0, terminal.text()[at:])
at = terminal.mark()
terminal.send("/sav\tx\r")
check("an error is a line", terminal.wait("did you mean", at) > 0, terminal.text()[at:])
terminal.send(f"/save! {other}\r")
terminal.wait("saved 8 messages")
terminal.send("\x04")
check("Ctrl-D ends", terminal.finish() == 0, terminal.text())
typed = [m["content"] for m in json.loads(other.read_text())[::2]]
check("what was typed", typed == ["Héllo", "world", "two\nlines pasted", "world"], typed)
history = pathlib.Path(state.name) / "quire/chat_history"
check("the history is private", history.exists() and history.stat().st_mode & 0o77 == 0)
terminal = Terminal([bin_dir / "chat", "-m", chat, *COLD])
terminal.wait("> ")
time.sleep(0.2)
type_line("wor\x1b[A\r")  # the last that began like this
terminal.send(f"/save! {other}\r/quit\r")
check("/quit ends", terminal.finish() == 0)
check("the history stays", json.loads(other.read_text())[0] == user("world"), other.read_text())

# Ctrl-C stops the answer only. gen without a prompt is the same chat.
terminal = Terminal([bin_dir / "gen", "-m", endless, "--temp", "2", "--ignore-eos"])
terminal.wait("> ")
terminal.send("Go on\r")
time.sleep(1)
terminal.send("\x03")
check("Ctrl-C stops the answer", terminal.wait("stopped; /retry") > 0, terminal.text()[-300:])
at = terminal.wait("\n> ", terminal.mark() - 3)
terminal.send("/set predict 4\r/retry\r")
check("and the chat goes on", terminal.wait("ended by -n after 4 tokens", seconds=20) > 0,
      terminal.text()[-300:])
terminal.wait("tokens/s]", at)
time.sleep(0.2)
terminal.send("\x04")
check("gen at a terminal", terminal.finish() == 0)
terminal = Terminal([bin_dir / "gen", "-m", chat, "--json"])
check("gen with an option that is none of the chat's", terminal.finish() == 2
      and "Usage: gen" in terminal.text())

# The user decides about a full context.
terminal = Terminal([bin_dir / "chat", "-m", chat, *COLD, "-c", "128"])
terminal.wait("> ")
for _ in range(2):
    send = type_line if terminal.text().count("tokens/s]") == 0 else terminal.send
    send(long + "\r")
check("a question", terminal.wait("d, b, g or q? ") > 0, terminal.text())
terminal.send("x\r")
at = terminal.wait("d, b, g or q? ", terminal.mark())
terminal.send("d\r")
check("drops", terminal.wait("dropped the 1 oldest turn", at) > 0, terminal.text()[at:])
terminal.wait("tokens/s]", at)
terminal.send("\x04")
check("ends", terminal.finish() == 0)

# Colours.
for env, dims in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
    terminal = Terminal([bin_dir / "chat", "-m", thinker, *COLD, "--no-history"], env)
    terminal.wait("> ")
    terminal.send("Hello\r")
    terminal.wait("tokens/s")
    terminal.send("\x04")
    check(f"ends with {env}", terminal.finish() == 0)
    check(f"dimmed with {env}", ("\x1b[2m" in terminal.seen) == dims, terminal.seen)
    check(f"marked with {env}", ("(thinking)" in terminal.seen) != dims)

finish()
