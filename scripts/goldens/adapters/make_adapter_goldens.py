#!/usr/bin/env python3
"""Writes tests/golden/adapters: LoRA adapters as PEFT saves them, and what PEFT computes with them.

    pip install torch transformers==5.24.0 peft==0.21.2 safetensors gguf
    make_adapter_goldens.py SOURCE_DIR

Each adapter is a folder beside `expected.json`, whose entries name the adapters of a run, the
checkpoint, the token ids of a text, and the log-probability of each id from the second on in f32.
The adapters are not merged: PEFT adds their products while it computes. `llama3.gguf` holds the
adapter `llama3` with llama.cpp's names, written by gguf-py; its query and key rows are in the order
in which llama.cpp's converter stores those of a Llama.
"""
import json
import shutil
import sys
import tempfile
from pathlib import Path

import gguf
import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

TEXT = "The quick brown fox jumps over the lazy dog, twice."

ADAPTERS = {
    "llama": ("tiny-llama", {"r": 4, "lora_alpha": 32,
                             "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj",
                                                "up_proj", "down_proj"]}),
    "llama-root": ("tiny-llama", {"r": 3, "lora_alpha": 9, "use_rslora": True,
                                  "target_modules": ["q_proj", "embed_tokens"],
                                  "modules_to_save": ["lm_head"]}),
    "llama3": ("families/llama3", {"r": 2, "lora_alpha": 32,
                                   "target_modules": ["q_proj", "k_proj", "v_proj", "down_proj"]}),
    "gpt2": ("families/gpt2", {"r": 2, "lora_alpha": 16, "fan_in_fan_out": True,
                               "target_modules": ["c_attn", "c_fc"]}),
}
# The adapters of each run, in the order in which pack is given them, with their factors.
RUNS = [["llama"], ["llama:0.5"], ["llama-root"], ["llama", "llama-root:-1"], ["gpt2"],
        ["llama3"]]


def make_adapters(golden, out):
    for name, (base, options) in ADAPTERS.items():
        model = AutoModelForCausalLM.from_pretrained(golden / base, dtype=torch.float32)
        torch.manual_seed(len(name))
        adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **options))
        with torch.no_grad():
            for key, parameter in adapted.named_parameters():
                if "lora_" in key or "modules_to_save" in key:
                    parameter.copy_(torch.randn_like(parameter) * 0.08)
        shutil.rmtree(out / name, ignore_errors=True)
        adapted.save_pretrained(out / name)
        (out / name / "README.md").unlink(missing_ok=True)
        config = json.loads((out / name / "adapter_config.json").read_text())
        config["base_model_name_or_path"] = base  # instead of a path of this machine
        (out / name / "adapter_config.json").write_text(json.dumps(config, indent=1) + "\n")


def log_probabilities(golden, out, run, base, ids):
    """With several adapters, each is merged before the next one is added; the sum is the same."""
    model = AutoModelForCausalLM.from_pretrained(golden / base, dtype=torch.float32)
    for text in run:
        name, _, factor = text.partition(":")
        adapted = PeftModel.from_pretrained(model, out / name)
        for module in adapted.modules():
            scaling = getattr(module, "scaling", None)
            if isinstance(scaling, dict) and factor:
                scaling["default"] *= float(factor)
        model = adapted if text == run[-1] else adapted.merge_and_unload()
    with torch.no_grad():
        logits = model.eval()(torch.tensor([ids])).logits[0].double()
    scores = torch.log_softmax(logits, -1)
    return [scores[i, token].item() for i, token in enumerate(ids[1:])]


def permuted(rows, n_heads):
    """The order of rotated rows in llama.cpp's files: pairs of neighbors."""
    return rows.reshape(n_heads, 2, -1, rows.shape[-1]).swapaxes(1, 2).reshape(rows.shape)


def write_gguf(golden, out):
    config = json.loads((golden / "families/llama3/config.json").read_text())
    settings = json.loads((out / "llama3/adapter_config.json").read_text())
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    writer = gguf.GGUFWriter(out / "llama3.gguf", "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(settings["lora_alpha"]))
    for key, tensor in load_file(out / "llama3/adapter_model.safetensors").items():
        module, part = key.removeprefix("base_model.model.").rsplit(".lora_", 1)
        if part == "B.weight" and module.endswith(("q_proj", "k_proj")):
            heads = config["num_attention_heads" if module.endswith("q_proj")
                           else "num_key_value_heads"]
            tensor = permuted(tensor, heads)
        writer.add_tensor(f"{names.get_name(module)}.weight.lora_{part[0].lower()}",
                          np.ascontiguousarray(tensor.astype(np.float32)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    golden = Path(sys.argv[1]) / "tests/golden"
    out = golden / "adapters"
    make_adapters(golden, out)
    write_gguf(golden, out)
    expected = []
    for run in RUNS:
        base = ADAPTERS[run[0].partition(":")[0]][0]
        folder = base.split("/")[0]  # families share a vocabulary
        tokens = Tokenizer.from_file(str(golden / folder / "tokenizer.json")).encode(TEXT).ids
        expected.append({"adapters": run, "checkpoint": base, "ids": tokens,
                         "logprobs": log_probabilities(golden, out, run, base, tokens)})
    with tempfile.NamedTemporaryFile("w", dir=out, delete=False) as file:
        json.dump({"text": TEXT, "runs": expected}, file, indent=1)
    Path(file.name).chmod(0o644)
    Path(file.name).rename(out / "expected.json")


main()
