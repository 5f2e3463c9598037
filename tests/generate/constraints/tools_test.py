#!/usr/bin/env python3
"""Calls of tools in gen-batch: the round trip of a call, its result and the answer; thoughts.

    tools_test.py BIN_DIR SOURCE_DIR
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "cli"))
from small_models import expect, folder_of, pack, run, tmp  # noqa: E402
from support import check, finish  # noqa: E402

TOOLS = [
    {"type": "function", "function": {"name": "weather", "parameters": {
        "type": "object", "properties": {"city": {"enum": ["Rome", "Oslo"]},
                                         "days": {"type": "integer", "minimum": 1, "maximum": 9}},
        "required": ["city", "days"], "additionalProperties": False}}},
    {"type": "function", "function": {"name": "now"}},
]
USER = {"role": "user", "content": "Hi"}
BODY = {"messages": [USER], "tools": TOOLS, "max_tokens": 215, "temperature": 1.2, "seed": 3}


def packed(name, template):
    folder = folder_of(name)
    (folder / "chat_template.jinja").write_text(template)
    return pack(name, folder)


def answers(model, *bodies):
    path = tmp / "requests.jsonl"
    path.write_text("".join(json.dumps(body) + "\n" for body in bodies))
    ran = run("gen-batch", "-m", model, "-i", path, "-q")
    check("gen-batch", ran.returncode in (0, 6), ran.stderr)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return [line["response"]["body"] for line in lines]


def check_call(name, choice, tools=("weather", "now")):
    check(f"{name}: finish_reason", choice["finish_reason"] == "tool_calls", choice)
    message = choice["message"]
    check(f"{name}: no content", message["content"] is None, choice)
    for call in message["tool_calls"]:
        check(f"{name}: a known tool", call["function"]["name"] in tools, call)
        arguments = json.loads(call["function"]["arguments"])
        check(f"{name}: arguments", isinstance(arguments, dict), call)
        if call["function"]["name"] == "weather":
            check(f"{name}: arguments follow the schema",
                  arguments.keys() == {"city", "days"} and arguments["city"] in ("Rome", "Oslo")
                  and 1 <= arguments["days"] <= 9, call)
        check(f"{name}: an id", call["id"].startswith("call_") and call["type"] == "function", call)
    return message


# --- manners of calls: enough of a template to be recognized
SHOWN = "{% for t in tools %}{{ t.function.name }}{% endfor %}" \
        "{% for m in messages %}{{ m.role }}: {{ m.content }}" \
        "{% if m.tool_calls is defined %}{{ m.tool_calls[0].function.name }}{% endif %}\n" \
        "{% endfor %}assistant: "
MANNERS = {
    "hermes": "{{ '<tool_call>' if false }}" + SHOWN,
    "list": "{{ '[TOOL_CALLS]' if false }}" + SHOWN,
    "named": "{{ '[TOOL_CALLS][ARGS]' if false }}" + SHOWN,
    "bare": "{{ '<|python_tag|>' if false }}" + SHOWN,
    "deepseek": "{{ '<｜tool▁calls▁begin｜>' if false }}" + SHOWN,
    "blocks": "{{ '<｜tool▁calls▁begin｜>```json' if false }}" + SHOWN,
    "harmony": "{{ '<|channel|>' if false }}" + SHOWN,
}
for manner, template in MANNERS.items():
    model = packed(manner, template)
    any_tool, one, single = answers(
        model, BODY | {"tool_choice": "required"},
        BODY | {"tool_choice": {"type": "function", "function": {"name": "weather"}}},
        BODY | {"tool_choice": "required", "parallel_tool_calls": False})
    check_call(f"{manner}: any", any_tool["choices"][0])
    message = check_call(f"{manner}: one", one["choices"][0], ("weather",))
    check_call(f"{manner}: single", single["choices"][0])
    check(f"{manner}: not several", len(single["choices"][0]["message"]["tool_calls"]) == 1, single)
    # The call goes back with its result, and the answer may be anything.
    call = message["tool_calls"][0]
    after = [USER, message, {"role": "tool", "tool_call_id": call["id"], "content": "sunny"}]
    last = answers(model, {"messages": after, "tools": TOOLS, "max_tokens": 5})[0]
    check(f"{manner}: the answer", last["choices"][0]["message"]["role"] == "assistant", last)

# --- thoughts
model = packed("thinks", "{{ '<tool_call></think>' if false }}" + SHOWN + "<think>\n")
bodies = [BODY | {"response_format": {"type": "text"}},
          BODY | {"reasoning_format": "none"},
          BODY | {"tool_choice": "required"}]
split, whole, called = answers(model, *bodies)
message = split["choices"][0]["message"]
check("a thought", message["reasoning_content"].strip() and not message["content"], split)
message = whole["choices"][0]["message"]
check("no thought", "reasoning_content" not in message and message["content"], whole)
message = check_call("a call after a thought", called["choices"][0])
check("its thought", "reasoning_content" in message, called)

# --- thoughts of gen: two tokens of the vocabulary are made marks
folder = folder_of("marks")
source = json.loads((folder / "tokenizer.json").read_text())
vocab = source["model"]["vocab"]
for old, new in (("js", "<think>"), ("fig", "</think>")):
    source["added_tokens"].append(source["added_tokens"][0]
                                  | {"id": vocab.pop(old), "content": new, "special": False})
    vocab[new] = source["added_tokens"][-1]["id"]
source["model"]["merges"] = [merge for merge in source["model"]["merges"]
                             if "".join(merge).replace(" ", "") not in ("js", "fig")]
(folder / "tokenizer.json").write_text(json.dumps(source))
(folder / "chat_template.jinja").write_text(
    "{{ '</think>' if false }}{% for m in messages %}{{ m.content }}{% endfor %}<think>")
marks = pack("marks", folder)


def gen(*options):
    ran = run("gen", "-m", marks, "-p", "Hi", "-n", 30, "-s", 5, "--temp", 1, *options)
    check(f"gen {options}", ran.returncode == 0, ran.stderr)
    return ran


apart = json.loads(gen("--json", "--reasoning-budget", 8).stdout)
mark = vocab["</think>"]
check("the thought ends after its budget", apart["tokens"].index(mark) <= 8, apart)
check("a thought apart", apart["reasoning"] and apart["text"], apart)
ran = gen("--reasoning-budget", 8)
check("the answer alone", ran.stdout.decode(errors="replace") == apart["text"], (ran, apart))
check("the thought on standard error",
      apart["reasoning"] in ran.stderr.decode(errors="replace"), (ran, apart))
ran = gen("--reasoning-budget", 8, "--reasoning", "hide")
check("hidden", apart["reasoning"] not in ran.stderr.decode(errors="replace"), ran)
shown = gen("--reasoning-budget", 8, "--reasoning", "show").stdout.decode(errors="replace")
check("shown", "</think>" in shown and shown.startswith(apart["reasoning"]), (shown, apart))
for option, value in (("--stop", "x"), ("--samples", 2)):
    expect(f"--reasoning with {option}", 2, ["--reasoning", option],
           run("gen", "-m", marks, "-p", "Hi", "--reasoning", "hide", option, value))
none = json.loads(gen("--json", "--reasoning-budget", 0).stdout)
check("no thought", none["tokens"][0] == mark and not none["reasoning"], none)

# --- refusals
xml = packed("xml", "{{ '<tool_call><function=' if false }}" + SHOWN)
for name, body, param in (
        ("arguments that are no JSON", BODY | {"tool_choice": "required"}, "tool_choice"),
        ("an unknown tool", BODY | {"tool_choice": {"function": {"name": "x"}}}, "tool_choice"),
        ("beside a schema", BODY | {"tool_choice": "required", "json_schema": {}}, "tool_choice")):
    error = answers(xml, body)[0]["error"]
    check(name, error["param"] == param, error)
bad = [{"type": "function", "function": {"name": "f", "parameters": {"uniqueItems": True}}}]
error = answers(model, BODY | {"tools": bad, "tool_choice": "required"})[0]["error"]
check("a schema that cannot be followed", "uniqueItems" in error["message"], error)

finish()
