#!/usr/bin/env python3
"""Makes tests/golden/traces/NAME.json: what transformers says of attention, hidden states and the
logit lens of small models with random weights, one of each kind, and of SmolLM2.

Reference: transformers in f32 with output_attentions (attn_implementation="eager") and
output_hidden_states. The lens is the model's last norm and output matrix on a hidden state.
Lengths of what attention and the feed-forward block add are those of the results of these modules,
for models that add them as they are.

  pip install torch transformers gguf safetensors accelerate
  make_trace_goldens.py FOLDER_OF_GGUF    the folder with SmolLM2-135M-Instruct.Q4_1.gguf
"""
import json
import pathlib
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = pathlib.Path(__file__).parents[3]
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
# Grouped heads, learned positions, slopes, windows and caps, sinks, experts, parallel blocks.
FAMILIES = ["llama3", "gpt2", "bloom", "gemma2", "gpt-oss", "olmoe", "phi", "qwen3"]
# More than the windows of 20.
TOKENS = [5, 77, 31, 200, 12, 150, 9, 260, 44, 101, 7, 33, 180, 66, 240, 19, 88, 3, 129, 55,
          62, 171, 24, 215, 90, 11, 137, 70]
# Models that add the results of these modules to the stream as they are.
PLAIN = ["llama3", "qwen3", "olmoe", "gpt-oss", "smollm2"]
SMOLLM2_TEXT = "The king and the queen of England sat in the garden."
SMOLLM2_LAYERS = [0, 5, 14, 29]


def norm_and_output(model):
    """The function from a hidden state to logits."""
    inner = model.model if hasattr(model, "model") else model.transformer
    last = inner.norm if hasattr(inner, "norm") else getattr(inner, "ln_f", None)
    if last is None:
        last = inner.final_layernorm
    return lambda x: model.lm_head(last(x))


def first(out):
    """The hidden states of what a module returns."""
    return out[0] if isinstance(out, tuple) else out


def golden_of(name, model, tokens, layers=None):
    """What there is to compare of a text."""
    inner = model.model if hasattr(model, "model") else model.transformer
    blocks = inner.layers if hasattr(inner, "layers") else inner.h
    streams, attended, transformed = [], [], []

    def watch(module, into):
        return module.register_forward_hook(
            lambda module, args, out: into.append(first(out).reshape(len(tokens), -1)))

    hooks = [watch(block, streams) for block in blocks]
    for block in blocks if name in PLAIN else []:
        hooks += [watch(block.self_attn, attended), watch(block.mlp, transformed)]
    with torch.no_grad():
        out = model(torch.tensor([tokens]), output_attentions=True, output_hidden_states=True,
                    use_cache=False)
    for hook in hooks:
        hook.remove()
    lens = norm_and_output(model)
    layers = layers or list(range(len(blocks)))
    result = {"tokens": tokens, "layers": {}}
    logprobs = torch.log_softmax(out.logits[0].double(), -1)
    result["logprobs"] = [round(logprobs[i, t].item(), 6) for i, t in enumerate(tokens[1:])]
    cap = getattr(model.config, "final_logit_softcapping", None)
    for i in range(len(blocks)):
        now = streams[i]
        if i in layers:
            with torch.no_grad():
                logits = lens(now[None])[0].double()
            if cap:
                logits = cap * torch.tanh(logits / cap)
            top = torch.softmax(logits, -1).topk(3)
            result["layers"][i] = {
                "norm": [round(x, 6) for x in now.norm(dim=-1).tolist()],
                "lens": [[[t, round(p, 6)] for t, p in zip(ids, ps, strict=True)]
                         for ids, ps in zip(top.indices.tolist(), top.values.tolist(),
                                            strict=True)],
                "attention": [[[round(w, 5) for w in row[:n + 1]] for n, row in enumerate(head)]
                              for head in out.attentions[i][0].tolist()],
            }
            for key, values in (("attended", attended), ("transformed", transformed)):
                if values:
                    lengths = values[i].norm(dim=-1).tolist()
                    result["layers"][i][key] = [round(x, 6) for x in lengths]
    return result


def main():
    torch.manual_seed(1)
    folder = ROOT / "tests/golden/traces"
    folder.mkdir(exist_ok=True)
    for name in FAMILIES:
        model = AutoModelForCausalLM.from_pretrained(
            ROOT / "tests/golden/families" / name, dtype=torch.float32,
            attn_implementation="eager").eval()
        golden = golden_of(name, model, TOKENS)
        golden["source"] = f"transformers {transformers.__version__}, families/{name}"
        (folder / f"{name}.json").write_text(json.dumps(golden) + "\n")
    model = AutoModelForCausalLM.from_pretrained(
        sys.argv[1], gguf_file=GGUF, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = AutoTokenizer.from_pretrained(sys.argv[1], gguf_file=GGUF)
    tokens = tokenizer(SMOLLM2_TEXT, add_special_tokens=False)["input_ids"]
    golden = golden_of("smollm2", model, tokens, SMOLLM2_LAYERS)
    golden["source"] = f"transformers {transformers.__version__}, {GGUF}"
    golden["text"] = SMOLLM2_TEXT
    (folder / "smollm2.json").write_text(json.dumps(golden) + "\n")


main()
