#!/usr/bin/env python3
"""Compares Quire's chat templates with jinja2 as transformers runs it, on the templates of
published packages.

  scripts/verify/chat_templates.py [--build DIR] [--folder DIR] [--llama-cpp DIR]

--build: a build with its tests (default build/release). --folder: where to keep packages and
templates between runs (default: nowhere). --llama-cpp: a checkout of llama.cpp, instead of the one
in llama-cpp-python's source distribution. Needs transformers 5.24 and jinja2 (pip), and npm.

Two comparisons: every template over the conversations and settings below as they stand (the
language), and over conversations as clients of OpenAI's API send them (what becomes of a request).
A difference is an error unless KNOWN names it."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parents[2]
os.chdir(root)
sys.path[:0] = [str(root / "scripts/verify/lib"), str(root / "scripts/goldens/chat")]
import make_chat_request_goldens as requests  # noqa: E402
import make_chat_template_goldens as goldens  # noqa: E402
import published_templates  # noqa: E402
from make_chat_template_goldens import HOSTILE, WEATHER, assistant, system, tool, user  # noqa: E402

# Known differences: a part of Quire's message -> the reason.
KNOWN = {
    "is not supported in chat templates": "a part of Python or jinja2 that Quire does not have and says so",  # noqa: E501
    "{% include %}": "templates in several files",
}

PARTS = [{"type": "text", "text": "one"}, {"type": "text", "text": " two", "lang": "de"}]
CALL = {
    "id": "call12345", "type": "function",
    "function": {"name": "f", "arguments": {"n": 1, "s": "x <&> \"é\""}}
}
CONVERSATIONS = goldens.CONVERSATIONS + [
    [user("q"),
     assistant(None, tool_calls=[CALL]),
     tool("1"),
     assistant("done"),
     user("more")],
    [
        user("q"),
        assistant("", tool_calls=[CALL, {**CALL, "id": "call67890"}]),
        tool("1"),
        tool("2")
    ],
    [
        user("q"), {"role": "assistant", "tool_calls": [CALL]},
        {**tool("1"), "tool_call_id": "call12345", "name": "f"}
    ],
    [user("q"), assistant("a", tool_calls=[]), user("r")],
    [user("q"), assistant("a", tool_calls=None),
     user("r")],
    [user(PARTS), assistant([{"type": "text", "text": "ok"}]),
     user("r")],
    [system(PARTS), user(PARTS)],
    [user("q"), assistant("", tool_calls=[CALL]),
     tool([{"type": "text", "text": "1"}])],
    [
        user("q"),
        assistant("a", reasoning_content="because", thinking="because", reasoning="because"),
        user("r")
    ],
    [
        user("q"),
        assistant("", reasoning_content="why", thinking="why", tool_calls=[CALL]),
        tool("1")
    ],
    [{"role": "developer", "content": "D"}, user("q")],
    [system("S"), {"role": "developer", "content": "D"},
     user("q"),
     assistant("a"),
     user("r")],
    [user("q"), {"role": "ipython", "content": "1"}, {"role": "observation", "content": "2"}],
    [{"role": "control", "content": "thinking"},
     user("q"), {"role": "environment", "content": "e"}],
    [
        system("S"),
        user(HOSTILE),
        assistant(HOSTILE, tool_calls=[CALL]),
        tool(HOSTILE),
        assistant(HOSTILE)
    ],
    [
        user("q"),
        assistant("", tool_calls=[{"type": "function", "function": {"name": "f", "arguments": {}}}
                                  ]),
        tool("")
    ],
    [user("q"), assistant("a", name="bob"), {**user("r"), "name": "ann"}],
    [user(" "), assistant("\n\n"), user("é\u2028中\U0001f600")],
    [system("S"), system("T"), user("q")],
    [user("q"),
     assistant("<think>a</think>b"),
     user("r"),
     assistant("</think>c"),
     user("s")],
]
SETTINGS = [
    {},
    {"add_generation_prompt": True},
    {
        "add_generation_prompt": True,
        "extra": {"enable_thinking": False, "date_string": "26 Jul 2024"}
    },
    {
        "add_generation_prompt": True,
        "extra": {"enable_thinking": True, "thinking": True, "reasoning_effort": "high"}
    },
    {"add_generation_prompt": True, "tools": [WEATHER]},
    {
        "tools": [
            WEATHER, {
                "type": "function",
                "function": {"name": "g", "parameters": {"type": "object", "properties": {}}}
            }
        ]
    },
    {"add_generation_prompt": True, "tools": []},
]

# Tool calls as clients send them. Their tool results are strings, as is usual.
REQUESTS = [
    [user("Hello")],
    [system("S"), user("Hello")],
    [user(requests.text("Hello", " there"))],
    [
        system(requests.text("S")),
        user(requests.text("a", "b")),
        assistant(requests.text("c")),
        user("d")
    ],
    requests.called(),
    requests.called('{"a": 12345678901234567890123, "b": [1.5, null, true]}', ""),
    requests.called("", ""),
    requests.called("null", "x"),
    requests.called('{"s": "<|im_end|> \\u00e9"}'),
    [user("a"), assistant("b", **requests.DUMPED),
     user("c")],
    [user("a"), assistant("b", tool_calls=[]), user("c")],
    [user("q"), assistant("a", reasoning="why"),
     user("r")],
    [user("q"),
     assistant(None, reasoning="why", tool_calls=[requests.call()]),
     requests.tool()],
    [{"role": "developer", "content": "D"}, user("q")],
    [user("q"), assistant(None, refusal="No."),
     user("r")],
]


def reference_of_requests(source):
    """requests.render() with the form of each content found out by the probes that formats/openai
    describes."""
    shown = {}

    def shows(role, parts):
        probe = "8253947160"
        content = [{"type": "text", "text": probe}] if parts else probe
        message = {"role": role, "content": content}
        turn = user("a")
        messages = {
            "user": [message], "system": [message, turn], "developer": [message, turn], "tool": [
                turn,
                assistant(
                    "", tool_calls=[{
                        "id": "call00001", "type": "function",
                        "function": {"name": "f", "arguments": {}}
                    }]), {**message, "tool_call_id": "call00001", "name": "f"}
            ]
        }.get(role, [turn, message])
        out = goldens.render(source, messages, extra=requests.TOKENS,
                             add_generation_prompt=True).get("out", "")
        return probe in out and not any(f"{key}{probe}" in out
                                        for key in ("'text': '", '"text": "', '"text":"'))

    def adapted(message):
        role = message["role"]
        if role == "developer" and "'developer'" not in source and '"developer"' not in source:
            role = "system"
        for parts in (False, True):
            if (role, parts) not in shown:
                shown[role, parts] = shows(role, parts)
        content = message.get("content")
        if isinstance(content, list) and not shown[role, True]:
            return {**message, "content": "".join(part["text"] for part in content)}
        if isinstance(content, str) and shown[role, True] and not shown[role, False]:
            return {**message, "content": requests.text(content)}
        return message

    for i, request in enumerate(REQUESTS):
        chat = [adapted(each) for each in requests.api_to_chat(request, source, "given", False)]
        result = requests.render(source, chat, "given", False)
        if "error" in result:
            result = requests.render(source, chat, "given", True)
        yield {"name": f"request {i}", "request": json.dumps(request), **result}


def write_cases(folder):
    goldens.CONVERSATIONS, goldens.SETTINGS = CONVERSATIONS, SETTINGS
    goldens.make_conversations(folder)
    cases = []
    for path in sorted(folder.glob("*.jinja")):
        source = path.read_bytes().decode()
        cases += [{"templates": [path.name], **case} for case in reference_of_requests(source)]
    (folder / "requests.json").write_text(json.dumps({"cases": cases}))
    return len(list(folder.glob("*.jinja"))), len(cases)


def judge(path, n, what):
    known, unknown = {}, []
    for line in path.read_text().splitlines():
        each = json.loads(line)
        reason = next((reason for part, reason in KNOWN.items() if part in each["what"]), None)
        if reason:
            known.setdefault((each["template"], each["what"][:120], reason),
                             []).append(each["case"])
        else:
            unknown.append(each)
    for (template, message, reason), cases in known.items():
        print(f"  {template}: {len(cases)} times {message!r}: {reason}")
    for each in unknown[:20]:
        print(
            f"  {each['template']} {each['case']}:\n    expected {str(each['expected'])[-700:]}\n    {each['what'][-700:]}"  # noqa: E501
        )
    print(
        f"{what}: {n} compared, {len(unknown)} differ, {sum(map(len, known.values()))} refused for a known reason"  # noqa: E501
    )
    return len(unknown)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=root / "build/release")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--llama-cpp", type=pathlib.Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = (args.folder or pathlib.Path(name)).resolve()
        folder.mkdir(exist_ok=True)
        print(published_templates.fetch(folder, args.llama_cpp))
        (folder / "smollm2.jinja").write_bytes(
            (root / "tests/golden/chat/smollm2.jinja").read_bytes())
        n_templates, n_requests = write_cases(folder)
        n_renders = n_templates * len(CONVERSATIONS) * len(SETTINGS)
        bad = 0
        for test, case, report, n in (("chat_template_test", "so do the templates*",
                                       "differences.jsonl", n_renders),
                                      ("conversation_test", "*published templates*",
                                       "request_differences.jsonl", n_requests)):
            ran = subprocess.run([args.build.resolve() / "tests" / test, f"-tc={case}"],
                                 env={**os.environ, "QUIRE_CHAT_GOLDENS": str(folder)})
            bad += ran.returncode != 0
            bad += judge(folder / report, n, f"{n_templates} templates, {test}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
