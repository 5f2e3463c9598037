#!/usr/bin/env python3
"""Hostile inputs: small files that are deeply nested, ask for much, or hold what a terminal
obeys.

    hostile_test.py BIN_DIR SOURCE_DIR

Every command refuses them with one short line and its documented exit code, within half a gigabyte
of address space and two seconds of processor time. A JSON file that the sources name and no case
here nests is a failure of this test."""
import json
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from support import SANITIZED

bin_dir, source = Path(sys.argv[1]), Path(sys.argv[2])
golden = source / "tests/golden"
DEPTH = 100_000
MAX_BYTES = 512 << 20
MAX_SECONDS = 20 if SANITIZED else 2
failures = []
covered = set()
n_cases = 0


def limits():
    if not SANITIZED:
        resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def refused(name, command, codes=(3, 4), cwd=None):
    """The command ends with one of the exit codes and one line that a terminal can show."""
    global n_cases
    n_cases += 1
    done = subprocess.run([bin_dir / command[0], *command[1:]], cwd=cwd, capture_output=True,
                          stdin=subprocess.DEVNULL, preexec_fn=limits)
    said = done.stderr
    problem = None
    if done.returncode not in codes:
        problem = f"expected exit code {' or '.join(map(str, codes))}, found {done.returncode}"
    elif done.returncode != 0 and (said.count(b"\n") != 1 or not said.endswith(b"\n")):
        problem = "expected one line on standard error"
    elif len(said) > 2100:
        problem = f"a message of {len(said)} bytes"
    elif has_controls(said.replace(b"\n", b"")) or has_controls(
            done.stdout.replace(b"\n", b"").replace(b"\t", b"")):
        problem = "a control character"
    if problem:
        failures.append(name)
        print(f"FAIL: {name}: {problem}: {said[:300]!r}")


def has_controls(data):
    text = data.decode("utf-8", errors="surrogateescape")
    return any(ord(c) < 32 or 127 <= ord(c) < 160 or 0xDC80 <= ord(c) <= 0xDCFF for c in text)


def deep_values():
    """Nested lists and objects, closed and cut off."""
    yield "lists", "[" * DEPTH + "]" * DEPTH
    yield "objects", '{"a":' * DEPTH + "1" + "}" * DEPTH
    yield "open lists", "[" * DEPTH


def deep_texts(text):
    """The text as a whole nested, and each of its top keys."""
    for kind, value in deep_values():
        yield f"all {kind}", value
    if text is None:
        return
    data = json.loads(text)
    value = next(deep_values())[1]
    for key in data if isinstance(data, dict) else []:
        yield f"key {key}", json.dumps({**data, key: "HERE"}).replace('"HERE"', value, 1)
    yield "a new key", json.dumps({"zzz": "HERE"}).replace('"HERE"', value, 1)


def folder_of(work, name, *families):
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for family in families:
        for path in (golden / family).iterdir():
            if path.name not in ("reference.safetensors",
                                 "logits.safetensors") and not (folder / path.name).exists():
                (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / path.name)
    if not (folder / "tokenizer.json").exists():
        shutil.copy(golden / "families/tokenizer.json", folder)
    return folder


def deep_folder_files(work):
    """The JSON files of a checkpoint folder, read by pack, and those of its tokenizer by tok
    too."""
    folder = folder_of(work, "deep", "tiny-llama")
    defaults = {
        "config.json": None, "generation_config.json": '{"eos_token_id": 1}',
        "tokenizer.json": None,
        "tokenizer_config.json": '{"bos_token": "<s>", "chat_template": "x"}',
        "special_tokens_map.json": '{"eos_token": "</s>"}', "added_tokens.json": '{"<x>": 5}',
        "modules.json": '[{"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]',
        "model.safetensors.index.json": '{"weight_map": {"a": "model.safetensors"}}',
        "chat_template.json": '{"chat_template": "x"}',
        "sentence_bert_config.json": '{"max_seq_length": 5}',
        "config_sentence_transformers.json": '{"prompts": {}}',
        "hf_quant_config.json": '{"quantization": {"quant_algo": "FP8"}}',
        "quantize_config.json": '{"bits": 4}', "quant_config.json": '{"w_bit": 4}'
    }
    # Files that are not read, or only beside modules.json.
    unread = {"added_tokens.json", "chat_template.json"}
    covered.add("pytorch_model.bin.index.json")  # only named, in a message
    covered.update((".bin.index.json", ".safetensors.index.json"))  # only fetched
    covered.add("target_vocab.json")  # only looked for, and refused
    for name, text in defaults.items():
        covered.add(name)
        path = folder / name
        before = path.read_bytes() if path.exists() else None
        weights = folder / "model.safetensors"
        if name == "model.safetensors.index.json":  # read when there is no file with all tensors
            weights.rename(work / "kept.safetensors")
        if name.endswith(
                "config_sentence_transformers.json") or name == "sentence_bert_config.json":
            (folder / "modules.json").write_text(defaults["modules.json"])
        text = text or before.decode()
        for what, deep in deep_texts(text):
            path.write_text(deep)
            # A file that no reader opens must do no harm, either.
            codes = (0, 3, 4) if name in unread else (3, 4)
            refused(f"pack: {name}, {what}", ["pack", folder, "-o", work / "out.quire", "-t", "1"],
                    codes)
            if "token" in name:
                refused(f"tok: {name}, {what}", ["tok", "-m", folder, work / "text.txt"], codes)
        path.unlink()
        (folder / "modules.json").unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)
        if not weights.exists():
            (work / "kept.safetensors").rename(weights)
    # The configurations of modules.
    modules = [{"path": f"{i}_{kind}", "type": f"sentence_transformers.models.{kind}"}
               for i, kind in enumerate(("Pooling", "Dense", "Normalize"), 1)]
    (folder / "modules.json").write_text(json.dumps(modules))
    for module in modules:
        (folder / module["path"]).mkdir()
        (folder / module["path"] / "config.json").write_text("{}")
    for module in modules:
        path = folder / module["path"] / "config.json"
        for what, deep in deep_texts('{"pooling_mode_mean_tokens": true}'):
            path.write_text(deep)
            refused(f"pack: {module['path']}/config.json, {what}",
                    ["pack", folder, "-o", work / "out.quire", "-t", "1"])
        path.write_text("{}")


def deep_adapter(work):
    """The settings of an adapter of pack --lora."""
    covered.add("adapter_config.json")
    folder = work / "adapter"
    shutil.copytree(golden / "adapters/llama", folder)
    path = folder / "adapter_config.json"
    for what, deep in deep_texts(path.read_text()):
        path.write_text(deep)
        # What says how an adapter was trained is not looked into.
        codes = (0, 3, 4) if what.startswith("key ") else (3, 4)
        refused(f"pack --lora: {what}", ["pack", golden / "tiny-llama", "--lora", folder, "-o",
                                         work / "out.quire", "--overwrite", "-t", "1"], codes)


def deep_vocabularies(work):
    """A folder that holds a tokenizer alone, in the files of others than tokenizer.json."""
    files = {"tekken.json": '{"config": {"pattern": "a"}, "vocab": []}', "vocab.json": '{"a": 0}'}
    for name, text in files.items():
        covered.add(name)
        folder = work / name.replace(".", "-")
        folder.mkdir()
        (folder / "merges.txt").write_text("#version: 0.2\n")
        for what, deep in deep_texts(text):
            (folder / name).write_text(deep)
            refused(f"tok: {name}, {what}", ["tok", "-m", folder, work / "text.txt"])


def deep_headers(work):
    """Headers of safetensors, and of a file of eval importance."""
    folder = folder_of(work, "header", "tiny-llama")
    for what, deep in deep_texts('{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'):
        file = struct.pack("<Q", len(deep)) + deep.encode() + b"\0" * 4
        (folder / "model.safetensors").write_bytes(file)
        refused(f"pack: safetensors header, {what}",
                ["pack", folder, "-o", work / "out.quire", "-t", "1"])
        (work / "deep.importance").write_bytes(file)
        refused(f"pack: importance header, {what}", [
            "pack", golden / "tiny-llama", "-o", work / "out.quire", "-t", "1", "--importance",
            work / "deep.importance"
        ])


def deep_requests(work, model):
    """What users give: conversations, requests, questions, prices."""
    call = (
        '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": null, "tool_calls": [{"id": '  # noqa: E501
        '"1", "type": "function", "function": {"name": "f", "arguments": "HERE"}}]}]}')
    text = work / "text.txt"
    for what, deep in deep_texts('{"messages": [], "tools": [], "chat_template_kwargs": {}}'):
        (work / "chat.json").write_text(deep)
        refused(f"gen --messages: {what}",
                ["gen", "-m", model, "--messages", work / "chat.json", "-t", "1"])
        refused(f"tok --chat: {what}", ["tok", "-m", model, "--chat", work / "chat.json"])
    for what, deep in deep_values():
        arguments = call.replace('"HERE"', json.dumps(deep))
        (work / "chat.json").write_text(arguments)
        # Either refused, or taken as a string, like other text that is not JSON.
        refused(f"gen --messages: tool arguments, {what}",
                ["gen", "-m", model, "--messages", work / "chat.json", "--show-prompt", "-t", "1"],
                (0, 3, 4))
        refused(f"tok --chat: tool arguments, {what}",
                ["tok", "-m", model, "--chat", work / "chat.json"], (0, 3, 4))
    lines = [
        deep for _, deep in deep_texts(
            '{"custom_id": "a", "method": "POST", "url": "/v1/completions", "body": {}}')
    ]
    lines += [deep for _, deep in deep_texts('{"prompt": "a", "logit_bias": {}, "stop": []}')]
    lines += [call.replace('"HERE"', json.dumps(deep)) for _, deep in deep_values()]
    (work / "requests.jsonl").write_text("\n".join(lines) + "\n")
    for more in (["-o", work / "out.jsonl"], ["--validate"]):
        name = f"gen-batch {more[0]}"
        done = ["gen-batch", "-m", model, "-i", work / "requests.jsonl", "-q", "-t", "1", *more]
        batch_refuses(name, done, len(lines))
    # A file that is not the output of an earlier run.
    for what, deep in deep_texts('{"custom_id": "a", "response": {}, "error": null, "quire": {}}'):
        (work / "old.jsonl").write_text(deep + "\n")
        batch_refuses(f"gen-batch over an output, {what}", [
            "gen-batch", "-m", model, "-i", work / "requests.jsonl", "-q", "-t", "1", "-o",
            work / "old.jsonl"
        ], len(lines), (2, 4, 6))
    for what, deep in deep_texts('{"a": 1}'):
        (work / "prices.json").write_text(deep)
        refused(f"tok --price: {what}", ["tok", "-m", model, "--price", work / "prices.json", text],
                (2, 3, 4))
        refused(f"gen-batch --price: {what}", [
            "gen-batch", "-m", model, "-i", work / "requests.jsonl", "-o", work / "new.jsonl", "-t",
            "1", "--price", work / "prices.json"
        ], (2, 3, 4))
    for what, deep in deep_texts('{"prompt": "a", "choices": ["b", "c"], "answer": 0}'):
        (work / "questions.jsonl").write_text(deep + "\n")
        refused(f"eval choices: {what}",
                ["eval", "choices", "-m", model, "-f", work / "questions.jsonl", "-t", "1"])
    (work / "x.tiktoken").write_bytes((golden / "tokenizers/tiny.tiktoken").read_bytes())
    for what, deep in deep_texts('{"pattern": "a", "special_tokens": {}}'):
        (work / "x.tiktoken.json").write_text(deep)
        refused(f"tok: .tiktoken.json, {what}", ["tok", "-m", work / "x.tiktoken", text])


def batch_refuses(name, command, n_lines, codes=(3, 4, 6)):
    """Each line becomes an error of the output or the run is refused; no more than that is said."""
    global n_cases
    n_cases += 1
    done = subprocess.run([bin_dir / command[0], *command[1:]], capture_output=True,
                          stdin=subprocess.DEVNULL, preexec_fn=limits)
    if done.returncode not in codes:
        failures.append(name)
        print(
            f"FAIL: {name}: {n_lines} lines, expected exit code 4 or 6, found {done.returncode}: {done.stderr[:300]!r}"  # noqa: E501
        )


def terminal_bytes(work, model):
    """Names and texts with bytes that a terminal obeys come out as \\xNN, in messages and
    tables."""
    evil = "a\x1b[2J\x1b]0;x\x07\u009b31mb"
    folder = folder_of(work, "evil", "tiny-llama")
    config = json.loads((folder / "config.json").read_text())
    for key, value in {"model_type": evil, evil: 1, "hidden_act": evil,
                       "architectures": [evil]}.items():
        (folder / "config.json").write_text(json.dumps({**config, key: value}))
        # Of the architectures only the heads of classification are looked for.
        codes = (0, ) if key == "architectures" else (3, 4)
        refused(f"pack: config.json with controls in {key!r}",
                ["pack", folder, "-o", work / "out.quire", "-t", "1"], codes)
    (folder / "config.json").write_text(json.dumps(config))
    for template in (f"{{{{ {evil} }}}}", f"{{% {evil} %}}", f"{{{{ x | {evil} }}}}",
                     f"{{{{ raise_exception('{evil}') }}}}"):
        (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}))
        (work / "chat.json").write_text('[{"role": "user", "content": "a"}]')
        refused(f"tok --chat: template {template!r}",
                ["tok", "-m", folder, "--chat", work / "chat.json"])
    (work / f"{evil}.txt").write_text("text")
    listed = subprocess.run([bin_dir / "tok", "-m", model, work / f"{evil}.txt"],
                            capture_output=True)
    if listed.returncode != 0 or has_controls(listed.stdout.replace(b"\n", b"")):
        failures.append("tok: file name")
        print(f"FAIL: tok: a file name with controls: {listed.stdout!r} {listed.stderr!r}")
    refused("tok: a missing file whose name has controls", ["tok", "-m", model, f"{evil}.none"])
    refused("tok: a long option value", ["tok", "-m", "x" * 50_000, work / "text.txt"])
    # A name that the checkpoint gives the model.
    (folder / "tokenizer_config.json").unlink()
    (folder / "config.json").write_text(json.dumps({**config, "_name_or_path": evil}))
    subprocess.run([bin_dir / "pack", folder, "-o", work / "evil.quire", "-t", "1"],
                   capture_output=True)
    if (work / "evil.quire").exists():
        refused("inspect: the model's name", ["inspect", work / "evil.quire", "--tensors"], (0, ))


def check_coverage():
    """Every file name ending in .json that the sources spell is nested somewhere above."""
    named = set()
    for folder in ("lib", "formats", "models", "apps", "tools"):
        for path in sorted((source / folder).rglob("*.cpp")):
            for name in re.findall(r'"([^"\s]*\.json)"', path.read_text()):
                named.add(name.split("/")[-1])
    # Suffixes of names that are listed in full.
    named -= {".json", ".index.json"}
    named.discard("huggingface.json")  # a key of GGUF
    missing = sorted(named - covered)
    if missing or len(named) < 6:
        failures.append("coverage")
        print(f"FAIL: JSON files that no case nests: {missing} of {sorted(named)}")


with tempfile.TemporaryDirectory() as folder_name:
    work_folder = Path(folder_name)
    (work_folder / "text.txt").write_text("some text\n")
    tiny = work_folder / "tiny.quire"
    chatty = folder_of(work_folder, "chatty", "tiny-llama")
    (chatty / "tokenizer_config.json").write_text('{"chat_template": "{{ messages }}"}')
    subprocess.run([bin_dir / "pack", chatty, "-o", tiny, "-t", "1"], check=True,
                   capture_output=True)
    deep_folder_files(work_folder)
    deep_adapter(work_folder)
    deep_vocabularies(work_folder)
    deep_headers(work_folder)
    deep_requests(work_folder, tiny)
    terminal_bytes(work_folder, tiny)
    check_coverage()
print(f"{n_cases - len(failures)} of {n_cases} cases passed")
sys.exit(1 if failures else 0)
