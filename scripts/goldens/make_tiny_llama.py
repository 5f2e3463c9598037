#!/usr/bin/env python3
"""Makes tests/golden/tiny-llama: a small random Llama as transformers saves it, with its logits.

Weights are drawn wide enough that attention is not even and gates are not linear.
logits.safetensors holds the reference's f32 logits for the 64 tokens in its metadata.

  pip install torch transformers tokenizers safetensors
"""
import json
import pathlib

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM

folder = pathlib.Path(__file__).parents[2] / "tests/golden/tiny-llama"
folder.mkdir(parents=True, exist_ok=True)
torch.manual_seed(20261123)

config = LlamaConfig(
    vocab_size=320, hidden_size=64, intermediate_size=96, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256, rms_norm_eps=1e-5,
    tie_word_embeddings=False, bos_token_id=1, eos_token_id=2, rope_parameters={
        "rope_type": "llama3", "rope_theta": 10000.0, "factor": 4.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 64
    })
model = LlamaForCausalLM(config).float().eval()
with torch.no_grad():
    for name, weight in model.named_parameters():
        weight.copy_(1 + 0.2 * torch.randn_like(weight) if "norm" in name else 0.08 *
                     torch.randn_like(weight))
    tokens = torch.randint(0, 320, (64, ))
    logits = model(tokens[None]).logits[0]
model.save_pretrained(folder)
save_file({"logits": logits}, folder / "logits.safetensors",
          metadata={"tokens": json.dumps(tokens.tolist())})

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator([open(__file__, encoding="utf-8").read()],
                              trainers.BpeTrainer(
                                  vocab_size=320, special_tokens=["<unk>", "<s>",
                                                                  "</s>"], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
tokenizer.save(str(folder / "tokenizer.json"))
(folder / "tokenizer_config.json").write_text(
    json.dumps({"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}, indent=1) + "\n")
(folder / "generation_config.json").unlink(missing_ok=True)
