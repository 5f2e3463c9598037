#!/usr/bin/env python3
"""Makes tests/golden/smollm2-hidden.safetensors: what SmolLM2-135M-Instruct says of 512 tokens.

Reference: transformers in f32 on the dequantized weights of the same GGUF file. A golden of all
logits would be 100 MB; it holds the final hidden states instead (after the last norm, as f16), from
which the logits follow by the output matrix, which is the file's own. Rounding them to f16 moves
the mean KL divergence by less than 1e-6, which this script checks.

  pip install torch transformers accelerate gguf safetensors
  make_smollm2_logits.py FOLDER_OF_GGUF TEXT    TEXT: WikiText-2's test file, plain
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
folder, text_path = sys.argv[1:3]
golden = pathlib.Path(__file__).parents[2] / "tests/golden/smollm2-hidden.safetensors"

tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=GGUF)
model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=GGUF, dtype=torch.float32).eval()
text = open(text_path, encoding="utf-8").read()[3000:9000]
tokens = tokenizer(text, add_special_tokens=False)["input_ids"][:512]

with torch.no_grad():
    hidden = model.model(torch.tensor([tokens])).last_hidden_state[0]
    exact = torch.log_softmax(model.lm_head(hidden).double(), -1)
    rounded = torch.log_softmax(model.lm_head(hidden.half().float()).double(), -1)
    loss = (exact.exp() * (exact - rounded)).sum(-1).mean().item()
assert loss < 1e-6, loss

# The greedy continuation that the README and a test mention.
prompt = tokenizer("The capital of France is", add_special_tokens=False)["input_ids"]
with torch.no_grad():
    greedy = model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=32)[0].tolist()

save_file({"hidden": hidden.half()}, golden, metadata={
    "tokens": json.dumps(tokens), "greedy_prompt": json.dumps(prompt),
    "greedy_tokens": json.dumps(greedy[len(prompt):])
})
print(golden, golden.stat().st_size, "KL of rounding", loss)
print(repr(tokenizer.decode(greedy[len(prompt):])))
