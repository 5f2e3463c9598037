#!/usr/bin/env python3
"""Makes the goldens of recurrent networks as PyTorch writes them (tests/golden/families/rnn-*):
small random models with the modules and names of PyTorch's example word_language_model, and what
torch computes of them for 64 tokens.

  pip install torch transformers tokenizers safetensors
  make_rnn_goldens.py"""
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import torch  # noqa: E402
from make_family_goldens import FOLDER, POSITIONS, VOCAB  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

# The embedding is narrower than, as wide as and wider than what the layers give; sizes are
# multiples of 32, which may be quantized, and others; with all biases, with some, and without.
CASES = {
    "rnn-lstm": dict(rnn_type="LSTM", embedding_size=24, hidden_size=40, num_layers=2),
    "rnn-lstm-proj": dict(rnn_type="LSTM", embedding_size=64, hidden_size=96, num_layers=2,
                          proj_size=32),
    "rnn-gru": dict(rnn_type="GRU", embedding_size=64, hidden_size=64, num_layers=3,
                    tie_word_embeddings=True),
    "rnn-tanh": dict(rnn_type="RNN_TANH", embedding_size=32, hidden_size=64, num_layers=2,
                     bias=False),
    "rnn-relu": dict(rnn_type="RNN_RELU", embedding_size=32, hidden_size=32, num_layers=2,
                     tie_word_embeddings=True),
}
WITHOUT_DECODER_BIAS = ("rnn-gru", "rnn-tanh")


class Model(torch.nn.Module):
    def __init__(self, config, decoder_bias):
        super().__init__()
        kind, _, nonlinearity = config["rnn_type"].partition("_")
        more = {"nonlinearity": nonlinearity.lower()} if nonlinearity else {}
        more |= {"proj_size": config["proj_size"]} if "proj_size" in config else {}
        self.encoder = torch.nn.Embedding(VOCAB, config["embedding_size"])
        self.rnn = getattr(torch.nn, kind)(
            config["embedding_size"], config["hidden_size"], config["num_layers"],
            bias=config.get("bias", True), **more)
        given = config.get("proj_size", config["hidden_size"])
        self.decoder = torch.nn.Linear(given, VOCAB, bias=decoder_bias)
        if config.get("tie_word_embeddings"):
            self.decoder.weight = self.encoder.weight

    def forward(self, tokens):
        return self.decoder(self.rnn(self.encoder(tokens))[0])


def draw(name, weight):
    """Wide enough that gates are not even, and that a state is felt for some tokens."""
    noise = torch.randn_like(weight)
    if weight.dim() == 1:
        weight.copy_(0.5 * noise)
    elif name.startswith("encoder"):
        weight.copy_(noise if weight.shape[1] < 64 else 0.5 * noise)
    else:
        weight.copy_(noise * weight.shape[1]**-0.5)
    weight.copy_(weight.bfloat16().float())


def make(name):
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    torch.manual_seed(sum(map(ord, name)))
    config = {"model_type": "rnn_lm", "vocab_size": VOCAB} | CASES[name]
    model = Model(config, name not in WITHOUT_DECODER_BIAS).eval()
    tokens = torch.randint(0, VOCAB, (64, ))
    with torch.no_grad():
        for key, weight in model.named_parameters():
            draw(key, weight)
        logits = model(tokens)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    # Under both names where the decoder has the embedding, as a state_dict() has it.
    weights = {key: weight.bfloat16().clone() for key, weight in model.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    save_file({"logits": logits[POSITIONS].contiguous()}, folder / "reference.safetensors",
              metadata={"tokens": json.dumps(tokens.tolist()), "context": "0",
                        "positions": json.dumps(POSITIONS)})
    print(f"{name:16} largest {logits.abs().max():7.3f}  "
          f"{sum(f.stat().st_size for f in folder.iterdir()) / 1000:6.0f} kB")


if __name__ == "__main__":
    for one in sys.argv[1:] or CASES:
        make(one)
