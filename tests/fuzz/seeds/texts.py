"""Seeds of the readers of text: tpl, conv, batch, constraint, csv, regex, importance."""
import json
import struct

from .common import compact, golden, walk, write


def texts():
    for path in sorted((golden / "chat").glob("*.jinja")):
        write("tpl", path.stem, path.read_bytes())
    cases = json.loads((golden / "chat/expressions.json").read_text())["cases"]
    for i in range(0, len(cases), 3):
        write("tpl", f"expression{i}",
              "".join(case["template"] for case in cases[i:i + 3]).encode())
    data = json.loads((golden / "chat/conversations.json").read_text())
    for i, messages in enumerate(data["conversations"]):
        tools = data["settings"][i % len(data["settings"])].get("tools")
        write("conv", f"conversation{i}",
              compact({"messages": messages, "tools": tools} if tools else messages))
    write(
        "conv", "parts",
        compact({
            "messages": [{"role": "developer", "content": [{"type": "text", "text": "hi"}]}, {
                "role": "assistant", "content": None, "tool_calls": [{
                    "type": "function", "id": "1", "function": {
                        "name": "f", "arguments": "{\"a\": 1.5, \"b\": [12345678901234567890]}"
                    }
                }]
            }, {"role": "tool", "tool_call_id": "1", "content": "x"}],
            "chat_template_kwargs": {"x": 1}
        }))
    bodies = [("/v1/chat/completions", {
        "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5, "top_p": 1, "seed": 7,
        "stop": ["a", "b"], "logit_bias": {"5": -1.5}, "logprobs": True, "top_logprobs": 2, "n": 2,
        "max_completion_tokens": 5
    }),
              ("/v1/completions",
               {"prompt": ["a", "b"], "max_tokens": 5, "echo": True, "logprobs": 1,
                "suffix": None}),
              ("/v1/completions",
               {"prompt": [[1, 2], [3]], "min_p": 0.1, "top_k": 5, "ignore_eos": True}),
              ("/v1/embeddings", {"input": ["a"], "encoding_format": "base64", "dimensions": 8})]
    for i, (url, body) in enumerate(bodies):
        write("batch", f"line{i}",
              compact({"custom_id": f"r{i}", "method": "POST", "url": url, "body": body}))
        write("batch", f"body{i}", compact(body))
    write("csv", "csv", b"\0Say {word} in {{}}{a b}\nword,a b\n\"x, \"\"y\"\"\nz\",2\n3,4\r\n\n5\n")
    write("csv", "tsv", b"\1{b}\nb\tc\n1\t2\n")
    write("csv", "lines", b"\2\na\n\nb\r\nc")
    write("csv", "jsonl", b"\3\n{\"prompt\":\"a\"}\n{}\nx")
    suite = json.loads((golden / "constraints/schema_suite.json").read_text())
    for i, group in enumerate(suite[::6]):
        write("constraint", f"schema{i}", b"s" + group["schema"].encode())
    write("constraint", "grammar",
          b'groot ::= item (", " item)*\nitem ::= [a-z]{1,3} | "(" root ")" # x\n')
    write("constraint", "pattern", b"r^(a|[b-d]{2,3})+\\d?\\p{Lu}.$")
    splits = json.loads((golden / "tokenizers/splits.json").read_text())
    patterns = sorted({c["pattern"]
                       for c in walk(splits) if isinstance(c.get("pattern"), str)}, key=len)
    for i, pattern in enumerate(patterns[:20]):
        write("regex", f"pattern{i}", pattern.encode())
    write("regex", "steps", b"[0-9]{1,3}\n ?[a-z]+(?!\\S)|(?i:'s|'t)|\\s+|.")
    header = compact({
        "__metadata__": {
            "importance": "1", "model": "m", "tokens": "5", "layers.0.k": "layers.0.q"
        }, "layers.0.q.squares": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "layers.0.q.products": {"dtype": "F32", "shape": [3], "data_offsets": [8, 20]}
    })
    write("importance", "two",
          struct.pack("<Q", len(header)) + header + struct.pack("<5f", 1, 2, 1, 0.5, 2))
