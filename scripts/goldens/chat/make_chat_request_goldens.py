#!/usr/bin/env python3
"""Writes tests/golden/chat/requests.json: what transformers makes of conversations as clients of
OpenAI's API send them.

Run from the root of the project, with transformers 5.24 and jinja2 installed:
    python3 scripts/goldens/chat/make_chat_request_goldens.py
The templates are tests/golden/chat/requests/*.jinja, written for this. A conversation goes through
apply_chat_template's own steps (_normalize_chat_messages, render_jinja_template). What the API
writes otherwise than templates read it is turned before, by the rules of api_to_chat() below;
`form` says which form of content the template is made for: "given" as it comes, "joined" one
string, "parts" a list. `fill`: the template fails without a content, so an empty one is put there.
"""
import copy
import json
import pathlib

import jinja2
import transformers
from transformers.utils import chat_template_utils

FOLDER = pathlib.Path("tests/golden/chat")
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
SMOLLM2 = "../smollm2"


def arguments_of(given):
    """Python's json reads NaN, Infinity, 1e400 and integers of any size; no arguments are {}."""
    if given is None:
        return {}
    if not isinstance(given, str):
        return given
    if not given.strip():
        return {}
    try:
        parsed = json.loads(given)
    except ValueError:
        return given
    return {} if parsed is None else parsed if isinstance(parsed, dict) else given


def api_to_chat(messages, source, form, fill):
    out = []
    for message in copy.deepcopy(messages):
        if message["role"] == "developer" and "'developer'" not in source:
            message["role"] = "system"
        if not message.get("tool_calls"):
            message.pop("tool_calls", None)
        for call in message.get("tool_calls", []):
            call["function"]["arguments"] = arguments_of(call["function"].get("arguments"))
        if message.get("content") in (None, "") and message.get("refusal"):
            message["content"] = message.pop("refusal")
        content = message.get("content")
        if isinstance(content, list):
            for part in content:
                if part["type"] == "refusal":
                    part["text"] = part.pop("refusal")
                part["type"] = "text"
            if form == "joined":
                message["content"] = "".join(part["text"] for part in content)
        elif isinstance(content, str) and form == "parts":
            message["content"] = [{"type": "text", "text": content}]
        if fill and message.get("content") is None:
            message["content"] = ""
        out.append(message)
    return out


def render(source, request, form, fill):
    body = {"messages": request} if isinstance(request, list) else request
    variables = {**TOKENS, **body.get("chat_template_kwargs", {})}
    if "reasoning_effort" in body:
        variables["reasoning_effort"] = body["reasoning_effort"]
    chat = chat_template_utils._normalize_chat_messages(
        api_to_chat(body["messages"], source, form, fill))
    try:
        rendered, _ = chat_template_utils.render_jinja_template([chat], tools=body.get("tools")
                                                                or None, chat_template=source,
                                                                add_generation_prompt=True,
                                                                **variables)
        return {"out": rendered[0]}
    except Exception as error:  # of whatever kind Python's operators raise
        return {"error": str(error)}


def user(content, **more):
    return {"role": "user", "content": content, **more}


def answer(content, **more):
    return {"role": "assistant", "content": content, **more}


def call(arguments="{}", **more):
    return {
        "id": "call00001", "type": "function",
        "function": {"name": "f", "arguments": arguments, **more}
    }


def tool(content="2"):
    return {"role": "tool", "tool_call_id": "call00001", "content": content}


def text(*texts, **more):
    return [{"type": "text", "text": each, **more} for each in texts]


def called(arguments="{}", content=None):
    return [user("w?"), answer(content, tool_calls=[call(arguments)]), tool()]


TOOLS = [{
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}
}]
NO_ARGUMENTS = [
    user("q"),
    answer("", tool_calls=[{"id": "c", "type": "function", "function": {"name": "now"}}]),
    tool()
]
NUMBERS = (
    '{"a": 12345678901234567890123, "b": -9223372036854775809, "c": 9223372036854775808, "d": 18446744073709551616, '  # noqa: E501
    '"e": 1.5, "f": -0, "g": 1E2, "h": [9007199254740993, 0.1]}')
DUMPED = {
    "refusal": None, "annotations": [], "audio": None, "function_call": None, "tool_calls": None,
    "reasoning_content": None
}

# name, template (and that of conversations with tools), conversation, form, fill
CASES = [
    *((f"null content, {name}", name, called(), "joined", fill)
      for name, fill in (("prints_none", False), ("iterates", False), (SMOLLM2, True),
                         ("either", False), ("tools_default", False))),
    ("null calls", "counts_calls",
     [user("a"),
      answer("b", tool_calls=None, function_call=None, refusal=None),
      user("c")], "joined", False),
    ("no calls", "counts_calls", [user("a"), answer("b", tool_calls=[]),
                                  user("c")], "joined", False),
    ("two calls", "counts_calls", [user("a"),
                                   answer("b", tool_calls=[call(), call()]),
                                   user("c")], "joined", False),
    ("a message as the SDK dumps it", SMOLLM2, [user("a"),
                                                answer("b", **DUMPED),
                                                user("c")], "joined", False),
    *((f"arguments {json.dumps(each)}, {name}", name, called(each, ""), "joined", False)
      for each in ("", " ", "null", None, "{}", {}, '{"a": 1}', {"a": 1})
      for name in ("items", "raw", "call_arguments")),
    *((f"no arguments, {name}", name, NO_ARGUMENTS, "joined", False)
      for name in ("items", "raw", "call_arguments")),
    *((f"arguments {each}", "call_arguments", called(each, ""), "joined", False)
      for each in ('[1, 2]', '5', '"x"', 'not json', '{"a": ', '{"a": 1} x',
                   '{"k": "v\\u00e9\\ud83d\\ude00"}', '{"a": 1, "a": 2}')),
    ("arguments as a string", "call_arguments", called('{"a": 1}', ""), "joined", False),
    ("integers of any size", "numbers", called(NUMBERS, ""), "joined", False),
    ("integers of any size in an object", "numbers", called(json.loads(NUMBERS),
                                                            ""), "joined", False),
    ("numbers beyond a double", "numbers",
     called('{"a": 1e400, "b": -1e400, "c": NaN, "d": Infinity, "e": -Infinity, "f": 1e-400}',
            ""), "joined", False),
    ("parts for a string", "prints_none", [user(text("Hello", " there"))], "joined", False),
    ("parts for SmolLM2", SMOLLM2,
     [user(text("Hello", " there")),
      answer(text("b")), user(text("c"))], "joined", False),
    ("parts for either", "either", [user(text("Hello", " there")),
                                    answer("b"),
                                    user("c")], "given", False),
    ("parts with a silent key", SMOLLM2, [user(text("Hello", cache_control={"type": "ephemeral"}))],
     "joined", False),
    ("the types of other APIs", SMOLLM2, [
        user([{"type": "input_text", "text": "a"}]),
        answer([{"type": "output_text", "text": "b", "annotations": []}]),
        user("c"),
        answer([{"type": "refusal", "refusal": "no"}]),
        user("d")
    ], "joined", False),
    ("parts for an index", "first_part", [user(text("How to bake?"))], "given", False),
    ("a string for an index", "first_part", [user("How to bake?")], "parts", False),
    ("parts for a loop", "typed_parts", [user(text("Hello there")),
                                         answer("x"),
                                         user("y")], "parts", False),
    ("a string for a loop", "typed_parts", [user("Hello there")], "parts", False),
    ("a string for a loop or a string", "iterates", [user("Hello")], "given", False),
    ("parts with keys that are read", "languages", [
        user([{
            "type": "text", "text": " Hallo ", "source_lang_code": "de", "target_lang_code": "en"
        }])
    ], "given", False),
    *((f"{name}, with calls", "reasoning", [
        user("q"), answer("", **{name: "because"}, tool_calls=[call()]),
        tool("1")
    ], "joined", False) for name in ("reasoning", "thinking", "reasoning_content")),
    ("thoughts without content", "reasoning",
     [user("q"), answer(None, reasoning="because"),
      user("r")], "joined", False),
    ("all three names", "reasoning",
     [user("q"),
      answer("a", reasoning="1", thinking="2", reasoning_content="3"),
      user("r")], "joined", False),
    ("two names", "reasoning",
     [user("q"),
      answer("a", reasoning="1", thinking="2", reasoning_content=None),
      user("r")], "joined", False),
    ("a refusal", SMOLLM2, [user("q"), answer(None, refusal="I cannot."),
                            user("r")], "joined", False),
    ("developer as system", SMOLLM2, [{"role": "developer", "content": "D"},
                                      user("u")], "joined", False),
    ("developer as such", "developer", [{"role": "developer", "content": "D"},
                                        user("u")], "joined", False),
    ("a role that the template names", "developer",
     [user("u"), {"role": "observation", "content": "o"}, {"role": "narrator",
                                                           "content": "n"}], "joined", False),
    ("a role that the template refuses", "developer", [user("u"),
                                                       {"role": "king",
                                                        "content": "o"}], "joined", False),
    ("roles in use", "tools_default", [{"role": role, "content": role}
                                       for role in ("ipython", "observation", "control",
                                                    "environment", "tool")], "joined", False),
    ("tools", "tools_default+tools_tool_use", {"messages": [user("hi")],
                                               "tools": TOOLS}, "joined", False),
    ("no tools", "tools_default+tools_tool_use", {"messages": [user("hi")]}, "joined", False),
    ("an empty list of tools", "tools_default+tools_tool_use",
     {"messages": [user("hi")], "tools": []}, "joined", False),
    ("effort", "effort", {"messages": [user("hi")], "reasoning_effort": "high"}, "joined", False),
    ("a variable", "effort",
     {"messages": [user("hi")],
      "chat_template_kwargs": {"enable_thinking": False}}, "joined", False),
]


def main():
    cases = []
    for name, templates, request, form, fill in CASES:
        with_tools = isinstance(request, dict) and request.get("tools")
        chosen = templates.split("+")[-1 if with_tools else 0]
        source = (FOLDER / "requests" / f"{chosen}.jinja").read_bytes().decode()
        cases.append({
            "name": name, "templates": templates.split("+"), "request": json.dumps(request),
            **render(source, request, form, fill)
        })
    head = {
        "made_by": "scripts/goldens/chat/make_chat_request_goldens.py",
        "jinja2": jinja2.__version__, "transformers": transformers.__version__
    }
    (FOLDER / "requests.json"
     ).write_text(json.dumps({**head, "cases": cases}, ensure_ascii=False, indent=0) + "\n")
    for case in cases:
        print(
            case["name"], "->",
            json.dumps(case.get("out", "ERROR " + case.get("error", "")), ensure_ascii=False)[:150])


if __name__ == "__main__":
    main()
