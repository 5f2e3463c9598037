#!/usr/bin/env python3
"""Makes tests/golden/eval.json: what `eval` should say of tests/golden/tiny-llama, computed with
transformers in f32.

Perplexity by both definitions, the divergence of the model with its matrices rounded to bfloat16
from itself, and log-probabilities of multiple-choice continuations.

  pip install torch transformers tokenizers safetensors;  python3 scripts/goldens/make_eval_goldens.py
"""  # noqa: E501
import copy
import json
import pathlib

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

root = pathlib.Path(__file__).parents[2]
folder = root / "tests/golden/tiny-llama"
TEXT = "".join(chr(97 + (i * i + 7 * i) % 26) + (" " if i % 5 == 4 else "") for i in range(400))
CONTEXT = 64
STRIDE = 24
QUESTIONS = [
    {"prompt": "def main", "choices": ["(folder):", " return", "import torch"], "answer": 1},
    {
        "question": "tokens", "choices": {"text": ["model", "weights"], "label": ["A", "B"]},
        "answerKey": "B"
    },
]

tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
model = LlamaForCausalLM.from_pretrained(folder).float().eval()
rounded = copy.deepcopy(model)
with torch.no_grad():
    for weight in rounded.parameters():
        if weight.dim() == 2:
            weight.copy_(weight.bfloat16().float())


def log_probs(which, tokens):
    with torch.no_grad():
        return which(torch.tensor([tokens])).logits[0].double().log_softmax(-1)


def nll(which, tokens, first):
    """-ln p of tokens[first:], each from those before it."""
    rows = log_probs(which, tokens)
    return [-rows[i - 1, tokens[i]].item() for i in range(first, len(tokens))]


def perplexity(values):
    return float(torch.tensor(values, dtype=torch.float64).mean().exp())


tokens = tokenizer.encode(TEXT).ids
chunks = [tokens[i:i + CONTEXT] for i in range(0, len(tokens) - CONTEXT + 1, CONTEXT)]
first = CONTEXT // 2 + 1
chunked = [v for chunk in chunks for v in nll(model, chunk, first)]

sliding, previous = [], 1
for begin in range(0, len(tokens), STRIDE):
    end = min(begin + CONTEXT, len(tokens))
    sliding += nll(model, tokens[begin:end], previous - begin)
    previous = end
    if end == len(tokens):
        break

kl, same = [], []
for chunk in chunks:
    p, q = log_probs(model, chunk)[first - 1:-1], log_probs(rounded, chunk)[first - 1:-1]
    kl += (p.exp() * (p - q)).sum(-1).tolist()
    same += (p.argmax(-1) == q.argmax(-1)).tolist()
after = [v for chunk in chunks for v in nll(rounded, chunk, first)]

scores = []
for question in QUESTIONS:
    prompt = question.get("prompt") or question["question"]
    choices = question["choices"]["text"] if isinstance(question["choices"],
                                                        dict) else question["choices"]
    row = []
    for choice in choices:
        space = "" if choice[0].isspace() else " "
        whole = tokenizer.encode(prompt + space + choice).ids
        before = tokenizer.encode(prompt).ids
        common = 0
        while common < len(before) and before[common] == whole[common]:
            common += 1
        row.append(-sum(nll(model, whole, common)))
    scores.append(row)

with open(root / "tests/golden/eval.json", "w") as out:
    json.dump(
        {
            "text": TEXT, "context": CONTEXT, "stride": STRIDE, "n_tokens": len(tokens), "chunks": {
                "perplexity": perplexity(chunked), "tokens": len(chunked)
            }, "sliding": {"perplexity": perplexity(sliding), "tokens": len(sliding)}, "bf16": {
                "kl_mean": sum(kl) / len(kl), "kl_max": max(kl), "same_top": sum(same) / len(same),
                "perplexity": perplexity(after)
            }, "questions": QUESTIONS, "log_probability": scores
        }, out, indent=1)
    out.write("\n")
