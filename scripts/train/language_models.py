#!/usr/bin/env python3
"""Trains a small recurrent model and a small transformer on one text, so that they can be compared.

Both read the same tokens, see the same windows in the same order, and have about as many weights.
The first nine tenths of the text are learned, the last tenth is held out. OUT becomes

  train.txt  held-out.txt      the two parts of the text
  tokenizer.json               pieces by byte pair encoding, of the first part
  lstm/  transformer/          folders that `pack` reads

  pip install torch transformers tokenizers safetensors
  scripts/train/language_models.py TEXT OUT

About ten minutes for a megabyte of text on two cores. The same text and options give the same
models on the same machine with the same torch."""
import argparse
import json
import math
import pathlib
import time

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

DROPOUT = 0.2
KINDS = {"LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU, "RNN_TANH": torch.nn.RNN,
         "RNN_RELU": torch.nn.RNN}


class RecurrentModel(torch.nn.Module):
    """Embedding, recurrent layers, and the embedding again: the modules and names of PyTorch's
    example word_language_model."""

    def __init__(self, kind, pieces, width, layers):
        super().__init__()
        more = {"nonlinearity": kind[4:].lower()} if kind.startswith("RNN") else {}
        self.drop = torch.nn.Dropout(DROPOUT)
        self.encoder = torch.nn.Embedding(pieces, width)
        self.rnn = KINDS[kind](width, width, layers, dropout=DROPOUT, batch_first=True, **more)
        self.decoder = torch.nn.Linear(width, pieces)
        torch.nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        torch.nn.init.zeros_(self.decoder.bias)
        self.decoder.weight = self.encoder.weight
        self.config = {"model_type": "rnn_lm", "rnn_type": kind, "vocab_size": pieces,
                       "embedding_size": width, "hidden_size": width, "num_layers": layers,
                       "dropout": DROPOUT, "tie_word_embeddings": True, "eos_token_id": 0}

    def logits(self, ids):
        states, _ = self.rnn(self.drop(self.encoder(ids)))
        return self.decoder(self.drop(states))

    def save(self, folder):
        (folder / "config.json").write_text(json.dumps(self.config, indent=2) + "\n")
        save_file({name: weight.bfloat16() for name, weight in self.state_dict().items()
                   if name != "decoder.weight"}, folder / "model.safetensors")


class Transformer(torch.nn.Module):
    """A small Llama, with dropout behind its blocks while it learns."""

    def __init__(self, pieces, width, layers, context):
        super().__init__()
        config = transformers.LlamaConfig(
            vocab_size=pieces, hidden_size=width, intermediate_size=2 * width,
            num_hidden_layers=layers, num_attention_heads=width // 32,
            num_key_value_heads=width // 32, max_position_embeddings=context,
            tie_word_embeddings=True, bos_token_id=None, eos_token_id=0)
        self.model = transformers.LlamaForCausalLM(config)
        self.drop = torch.nn.Dropout(DROPOUT)
        for layer in self.model.model.layers:
            layer.self_attn.register_forward_hook(lambda _, __, out: (self.drop(out[0]), *out[1:]))
            layer.mlp.register_forward_hook(lambda _, __, out: self.drop(out))

    def logits(self, ids):
        embedded = self.drop(self.model.get_input_embeddings()(ids))
        return self.model(inputs_embeds=embedded, use_cache=False).logits

    def save(self, folder):
        self.model.bfloat16().save_pretrained(folder)


def train_tokenizer(text, pieces):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([text], trainers.BpeTrainer(
        vocab_size=pieces, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def loss_of(model, windows):
    logits = model.logits(windows[:, :-1])
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten())


def judge(model, ids, context):
    """Nats a token, over windows that do not overlap."""
    model.eval()
    windows = ids[:len(ids) // context * context].view(-1, context)
    with torch.no_grad():
        losses = [loss_of(model, part).item() * len(part) for part in windows.split(16)]
    model.train()
    return sum(losses) / len(windows)


def learn(model, learned, held_out, options):
    """Windows at places that are drawn anew for each pass over the text."""
    generator = torch.Generator().manual_seed(options.seed)
    torch.manual_seed(options.seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=0.1,
                                  betas=(0.9, 0.98))
    per_pass = len(learned) // (options.batch * options.context)
    steps = per_pass * options.passes
    began = time.time()
    model.train()
    for step in range(steps):
        rate = min((step + 1) / 100, 0.5 + 0.5 * math.cos(math.pi * step / steps))
        for group in optimizer.param_groups:
            group["lr"] = options.rate * rate
        starts = torch.randint(len(learned) - options.context, (options.batch, ),
                               generator=generator)
        windows = torch.stack([learned[i:i + options.context + 1] for i in starts.tolist()])
        loss = loss_of(model, windows)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % per_pass == 0:
            print(f"  pass {(step + 1) // per_pass}: learned {loss.item():.3f}, held out "
                  f"{judge(model, held_out, options.context):.3f} nats a token, "
                  f"{time.time() - began:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("text", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--kind", default="LSTM", choices=KINDS, help="of the recurrent model")
    parser.add_argument("--only", choices=["recurrent", "transformer"])
    parser.add_argument("--width", type=int, default=256, help="of the recurrent model")
    parser.add_argument("--layers", type=int, default=2, help="of the recurrent model")
    parser.add_argument("--pieces", type=int, default=2000, help="of the tokenizer")
    parser.add_argument("--context", type=int, default=256, help="tokens of a window")
    parser.add_argument("--batch", type=int, default=8, help="windows of a step")
    parser.add_argument("--passes", type=int, default=10, help="over the text")
    parser.add_argument("--rate", type=float, default=3e-3, help="largest step size")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()

    text = options.text.read_text(encoding="utf-8")
    cut = text.rindex("\n", 0, len(text) * 9 // 10) + 1
    options.out.mkdir(parents=True, exist_ok=True)
    parts = {"train.txt": text[:cut], "held-out.txt": text[cut:]}
    for name, part in parts.items():
        (options.out / name).write_text(part, encoding="utf-8")
    tokenizer = train_tokenizer(parts["train.txt"], options.pieces)
    tokenizer.save(str(options.out / "tokenizer.json"))
    learned, held_out = (torch.tensor(tokenizer.encode(part).ids) for part in parts.values())
    print(f"{len(learned)} tokens to learn, {len(held_out)} held out")

    pieces = tokenizer.get_vocab_size()
    torch.manual_seed(options.seed)
    makers = {
        "recurrent": (options.kind.lower(), lambda: RecurrentModel(
            options.kind, pieces, options.width, options.layers)),
        "transformer": ("transformer", lambda: Transformer(pieces, 192, 4, options.context)),
    }
    for maker, (name, make) in makers.items():
        if options.only not in (None, maker):
            continue
        model = make()
        print(f"{name}: {sum(weight.numel() for weight in model.parameters())} weights")
        learn(model, learned, held_out, options)
        folder = options.out / name
        folder.mkdir(exist_ok=True)
        model.save(folder)
        tokenizer.save(str(folder / "tokenizer.json"))


if __name__ == "__main__":
    main()
