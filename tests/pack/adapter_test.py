#!/usr/bin/env python3
"""pack --lora: the model computes what PEFT computes with the adapter beside it.

    adapter_test.py BIN_DIR SOURCE_DIR

scripts/goldens/adapters made tests/golden/adapters.
"""
import json
import pathlib
import shutil
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "cli"))
from small_models import expect, golden, run, tmp  # noqa: E402
from support import check, finish  # noqa: E402

adapters = golden / "adapters"
expected = json.loads((adapters / "expected.json").read_text())
text = expected["text"]


def folder_of(checkpoint):
    folder = tmp / checkpoint.replace("/", "-")
    if folder.exists():
        return folder
    shutil.copytree(golden / checkpoint, folder)
    shutil.copy(golden / checkpoint.split("/")[0] / "tokenizer.json", folder)
    return folder


def scores(model):
    ran = run("gen", "-m", model, "--raw", "--score", "--json", "--kv-type", "f32", "-p", text)
    expect("gen --score", 0, [], ran)
    return json.loads(ran.stdout)


def furthest(found, wanted):
    return max(abs(a - b) for a, b in zip(found["logprobs"][1:], wanted, strict=True))


def lora(names):
    return [part for name in names for part in ("--lora", str(adapters / name))]


# --- folders of PEFT
for i, case in enumerate(expected["runs"]):
    out = tmp / f"adapted{i}.quire"
    ran = run("pack", folder_of(case["checkpoint"]), "-o", out, "--type", "f32",
              *lora(case["adapters"]))
    expect(f"{case['adapters']}: pack", 0, ["the adapter", "changed"], ran)
    found = scores(out)
    check(f"{case['adapters']}: the same tokens", found["tokens"] == case["ids"], found["tokens"])
    distance = furthest(found, case["logprobs"])
    check(f"{case['adapters']}: within 1e-4 of PEFT", distance < 1e-4, distance)

plain = tmp / "plain.quire"
expect("pack", 0, [], run("pack", folder_of("tiny-llama"), "-o", plain, "--type", "f32"))
distance = furthest(scores(plain), expected["runs"][0]["logprobs"])
check("without the adapter it is another model", distance > 0.1, distance)

# --- a GGUF adapter on a GGUF model
base = golden / "gguf/llama3.gguf"
out = tmp / "gguf.quire"
ran = run("pack", base, "-o", out, "--type", "f32", "--lora", adapters / "llama3.gguf")
expect("gguf: pack", 0, ["changed 8 matrices"], ran)
distance = furthest(scores(out), expected["runs"][-1]["logprobs"])
check("gguf: within 1e-4 of PEFT", distance < 1e-4, distance)

# --- what is refused
source = folder_of("tiny-llama")
never = tmp / "never.quire"


def refused(name, code, words, *options):
    expect(name, code, words, run("pack", *options, "-o", never))
    check(f"{name}: nothing is written", not never.exists(), never)


def changed(name, edit):
    """A copy of the first adapter whose configuration was edited."""
    folder = tmp / name
    shutil.copytree(adapters / "llama", folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    edit(config)
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


for key, value in (("use_dora", True), ("alpha_pattern", {"q_proj": 3}), ("bias", "all"),
                   ("peft_type", "IA3"), ("lora_bias", True), ("layer_replication", [[0, 2]]),
                   ("a_new_key", 1), ("lora_alpha", "much")):
    folder = changed(f"{key}-changed", lambda config, k=key, v=value: config.update({k: v}))
    refused(f"{key} {value}", 3, ["adapter_config.json", key], source, "--lora", folder)

folder = changed("no-alpha", lambda config: config.pop("lora_alpha"))
refused("no lora_alpha", 3, ["lora_alpha"], source, "--lora", folder)


def edited(name, edit):
    """A copy of the first adapter with another header of its tensors."""
    folder = tmp / name
    shutil.copytree(adapters / "llama", folder)
    path = folder / "adapter_model.safetensors"
    content = path.read_bytes()
    n, = struct.unpack("<Q", content[:8])
    header = edit(content[8:8 + n].decode()).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + content[8 + n:])
    return folder


folder = edited("unknown-module", lambda text: text.replace("q_proj", "z_proj"))
refused("an unknown module", 3, ["z_proj", "does not have"], source, "--lora", folder)
folder = edited("unknown-part", lambda text: text.replace("lora_B", "lora_C"))
refused("an unknown part", 3, ["lora_C"], source, "--lora", folder)
folder = edited("half", lambda text: text.replace("layers.0.mlp.up_proj.lora_B",
                                                  "layers.0.mlp.up_proj.lora_A", 1)
                .replace("layers.0.mlp.up_proj.lora_A", "layers.9.mlp.up_proj.lora_A", 1))
refused("half of a product", 3, ["up_proj"], source, "--lora", folder)
refused("another model", 3, ["gpt2", "c_attn"], source, "--lora", adapters / "gpt2")
refused("no adapter", 3, ["nowhere"], source, "--lora", tmp / "nowhere")
refused("no factor", 2, ["--lora", "much"], source, "--lora", f"{adapters / 'llama'}:much")
refused("a folder for a GGUF", 3, ["expected an adapter in a .gguf file"], base, "--lora",
        adapters / "llama")
refused("a GGUF for a folder", 3, ["expected a folder that PEFT wrote"], source, "--lora",
        adapters / "llama3.gguf")
other = tmp / "other.gguf"
other.write_bytes((adapters / "llama3.gguf").read_bytes().replace(b"adapter.lora.alpha",
                                                                  b"adapter.lora.betas"))
refused("a key of another kind", 3, ["adapter.lora.betas"], base, "--lora", other)
refused("a model for an adapter", 3, ["general.type"], base, "--lora", base)
finish()
