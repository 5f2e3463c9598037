#!/usr/bin/env python3
"""gen, tok --chat and gen-batch give a model the same tokens for the same conversation, or refuse
it with the same words.

  chat_test.py BIN_DIR SOURCE_DIR

For every template of tests/golden/chat the tiny model is packed with it, and every conversation of
conversations.json goes through the three commands."""
import json
import pathlib
import re
import shutil
import sys
import tempfile

import support
from support import check, finish

bin_dir, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
golden = source / "tests/golden/chat"
tmp = pathlib.Path(tempfile.mkdtemp(prefix="chat-test-"))



def run(command, *options):
    return support.run([bin_dir / command, *options])


def checkpoint(name, config=None, files=None):
    """The tiny model with another chat template."""
    folder = tmp / name
    shutil.copytree(source / "tests/golden/tiny-llama", folder)
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **(config or {})}))
    for file, text in (files or {}).items():
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def packed(name, *options, **more):
    folder = checkpoint(name, **more)
    made = run("pack", folder, "-o", tmp / f"{name}.quire", "--type", "q8", *options)
    return made, tmp / f"{name}.quire"


def message_of(error):
    """What an error says, without the command and the file that it names."""
    return error.decode().split(": ", 2)[-1].strip()


def by_gen(model, path):
    ran = run("gen", "-m", model, "--messages", path, "--show-prompt", "--json")
    return json.loads(ran.stdout)["tokens"] if ran.returncode == 0 else (ran.returncode,
                                                                         message_of(ran.stderr))


def by_tok(model, path):
    ran = run("tok", "-m", model, "--chat", path, "--ids")
    return [int(word)
            for word in ran.stdout.split()] if ran.returncode == 0 else (ran.returncode,
                                                                         message_of(ran.stderr))


def by_batch(model, bodies):
    """Of each conversation the number of tokens, or the message of the refusal."""
    lines = [
        json.dumps({
            "custom_id": f"{i}", "method": "POST", "url": "/v1/chat/completions",
            "body": {**body, "max_tokens": 1}
        }) for i, body in enumerate(bodies)
    ]
    (tmp / "in.jsonl").write_text("\n".join(lines) + "\n")
    out = tmp / f"{model.stem}.jsonl"
    ran = run("gen-batch", "-m", model, "-i", tmp / "in.jsonl", "-o", out, "-t", "1", "--temp", "0",
              "--time", "now")
    check(f"{model.stem}: gen-batch ends well", ran.returncode in (0, 6), ran.stderr)
    found = []
    for line in out.read_text().splitlines():
        body = json.loads(line)["response"]["body"]
        if "error" not in body:
            found.append(body["usage"]["prompt_tokens"])
        elif body["error"]["code"] == "context_length_exceeded":
            found.append(int(re.search(r"found (\d+)$", body["error"]["message"])[1]))
        else:
            found.append(re.sub(r"^line \d+: (messages: )?", "", body["error"]["message"]))
    return found


def compare(template, conversations):
    _, model = packed(template.stem, files={"chat_template.jinja": template.read_bytes()})
    counts = by_batch(model, [{"messages": each} for each in conversations])
    for i, (messages, count) in enumerate(zip(conversations, counts, strict=False)):
        path = tmp / "chat.json"
        path.write_text(json.dumps(messages))
        name = f"{template.stem}, conversation {i}"
        sent, counted = by_gen(model, path), by_tok(model, path)
        check(f"{name}: gen and tok", sent == counted, (sent, counted))
        if isinstance(sent, list):
            check(f"{name}: gen-batch", count == (len(sent) or count), (len(sent), count))
        else:
            check(f"{name}: gen's refusal is of code 4", sent[0] == 4, sent)
            check(f"{name}: gen-batch's words",
                  isinstance(count, str) and (count.endswith(sent[1]) or sent[1].endswith(count)),
                  (sent, count))


def check_templates_of_checkpoints():
    tools = {
        "messages": [{"role": "user", "content": "hi"}], "tools": [{
            "type": "function",
            "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}
        }]
    }
    default, tool_use = "{% for m in messages %}[{{m.role}}]{{m.content}}{% endfor %}", "TOOLS {{ tools|tojson }}\n[user]hi"  # noqa: E501
    listed = {
        "config": {
            "chat_template": [{"name": "default",
                               "template": default}, {"name": "tool_use", "template": tool_use},
                              {"name": "rag", "template": "x"}]
        }
    }
    files = {
        "files": {
            "chat_template.jinja": default, "additional_chat_templates/tool_use.jinja": tool_use
        }
    }
    in_json = {
        "files": {
            "chat_template.json": json.dumps({"chat_template": default}),
            "additional_chat_templates/tool_use.jinja": tool_use
        }
    }
    (tmp / "tools.json").write_text(json.dumps(tools))
    (tmp / "plain.json").write_text(json.dumps(tools["messages"]))
    for name, more in (("listed", listed), ("beside", files), ("in JSON", in_json)):
        made, model = packed(name, **more)
        check(f"{name}: pack", made.returncode == 0, made.stderr)
        shown = run("gen", "-m", model, "--messages", tmp / "tools.json",
                    "--show-prompt").stdout.decode()
        check(f"{name}: tools are shown", shown.startswith('TOOLS [{"type": "function"'), shown)
        shown = run("gen", "-m", model, "--messages", tmp / "plain.json",
                    "--show-prompt").stdout.decode()
        check(f"{name}: no tools", shown == "[user]hi", shown)
        check(f"{name}: the folder itself",
              by_tok(tmp / name, tmp / "tools.json") == by_tok(model, tmp / "tools.json"))
        check(f"{name}: inspect", b"one for tools" in run("inspect", model).stdout)
        if name == "listed":
            check("a template that nothing chooses is named", b'"rag"' in made.stderr, made.stderr)
    broken = {"files": {"chat_template.jinja": "a\n{% if %}"}}
    made, model = packed("broken", **broken)
    check("a broken template is found by pack", made.returncode == 3 and b"line 2" in made.stderr
          and not model.exists(), made.stderr)
    shutil.rmtree(tmp / "broken")
    made, model = packed("broken", "--no-chat-template", **broken)
    check("or left out", made.returncode == 0 and b"none" in run("inspect", model).stdout,
          made.stderr)
    ran = run("gen", "-m", model, "--messages", tmp / "plain.json", "--show-prompt")
    check("then there is none", ran.returncode == 2, ran.stderr)


def check_refusals():
    made, model = packed(
        "plain",
        config={"chat_template": "{% for m in messages %}[{{m.role}}]{{m.content}}{% endfor %}"})
    nested = tmp / "nested.json"
    for name, text in (("lists", "[" * 100_000), ("objects", '{"a":' * 100_000),
                       ("closed lists", '[{"role":"user","content":"x","y":' + "[" * 100_000 +
                        "]" * 100_000 + "}]")):
        nested.write_text(text)
        for command, option in (("gen", "--messages"), ("tok", "--chat")):
            ran = run(command, "-m", model, option, nested)
            check(f"{command}: nested {name}", ran.returncode == 4 and b"128 levels" in ran.stderr,
                  (ran.returncode, ran.stderr))
    bad = tmp / "bad.json"
    bad.write_text(json.dumps({"messages": [{"role": "user", "content": "x"}], "non\x1bsense": 1}))
    for command, option in (("gen", "--messages"), ("tok", "--chat")):
        ran = run(command, "-m", model, option, bad)
        lines = ran.stderr.decode().splitlines()
        check(
            f"{command}: another key", ran.returncode == 4 and len(lines) == 1
            and "\\x1Bsense" in lines[0] and "\x1b" not in lines[0], ran.stderr)
    good = tmp / "good.json"
    good.write_text('[{"role":"user","content":"x"}]')
    for flag in ("--embed", "--classify"):
        ran = run("gen", "-m", model, flag, "--messages", good)
        check(f"{flag} takes no conversation", ran.returncode == 2, ran.stderr)
    for options in (("", ), ("-p", ""), ("-f", "/dev/null")):
        ran = run("gen", "-m", model, *options)
        check(f"an empty prompt {options}", ran.returncode == 4, ran.stderr)
    (tmp / "latin1.txt").write_bytes(b"caf\xe9")
    ran = run("gen", "-m", model, "-f", tmp / "latin1.txt")
    check("a prompt that is not UTF-8", ran.returncode == 4 and b"latin1.txt" in ran.stderr,
          ran.stderr)
    made, model = packed(
        "escapes",
        config={"chat_template": "{{ raise_exception('\x1b[2J' + messages[0].content * 1000) }}"})
    ran = run("gen", "-m", model, "-p", "two\nlines")
    line = ran.stderr.decode()
    check("what a template says is one short line", ran.returncode == 4 and "\x1b" not in line
          and len(line) < 1000 and line.count("\n") == 1, line)


conversations = json.loads((golden / "conversations.json").read_text())["conversations"]
for template in sorted(golden.glob("*.jinja")):
    compare(template, conversations)
check_templates_of_checkpoints()
check_refusals()
finish(tmp)
