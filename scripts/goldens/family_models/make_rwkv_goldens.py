#!/usr/bin/env python3
"""Makes the goldens of RWKV-7, which transformers does not have: a small random model as
flash-linear-attention saves it (tests/golden/families/rwkv7), what the package `rwkv` of its
authors computes of the same weights, and what llama.cpp's converter makes of the folder
(tests/golden/gguf/rwkv7.gguf). Also ids of texts under a small vocabulary of the same form
(tests/golden/tokenizers/rwkv), of that package.

See make_gguf_family_goldens.py for what the converter needs; and

  pip install rwkv==0.8.32
  make_rwkv_goldens.py llama_cpp_python-0.3.36/vendor/llama.cpp"""
import importlib
import json
import os
import pathlib
import random
import re
import shutil
import sys
import tempfile

os.environ |= {"RWKV_V7_ON": "1", "RWKV_JIT_ON": "0"}
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import make_gguf_family_goldens as ggufs  # noqa: E402
import torch  # noqa: E402
from make_family_goldens import FOLDER, POSITIONS  # noqa: E402
from rwkv.model import RWKV  # noqa: E402
from rwkv.rwkv_tokenizer import TRIE_TOKENIZER  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

WIDTH, LAYERS, HEAD, INNER, VOCAB = 128, 2, 64, 128, 320
RANKS = {"w": 32, "a": 24, "v": 16, "g": 40}
CONFIG = {
    "architectures": ["RWKV7ForCausalLM"], "model_type": "rwkv7", "hidden_size": WIDTH,
    "num_hidden_layers": LAYERS, "head_dim": HEAD, "num_heads": WIDTH // HEAD,
    "intermediate_size": INNER, "hidden_ratio": 1.0, "hidden_act": "sqrelu", "attn": None,
    "attn_mode": "chunk", "decay_low_rank_dim": RANKS["w"], "a_low_rank_dim": RANKS["a"],
    "v_low_rank_dim": RANKS["v"], "gate_low_rank_dim": RANKS["g"], "norm_first": True,
    "norm_bias": True, "norm_eps": 1e-5, "fuse_norm": True, "fuse_cross_entropy": True,
    "max_position_embeddings": 2048, "value_dim": [WIDTH] * LAYERS, "vocab_size": VOCAB,
    "tie_word_embeddings": False, "use_cache": True, "bos_token_id": 0, "eos_token_id": 0,
    "initializer_range": 0.02, "torch_dtype": "bfloat16"
}


def weights():
    """Drawn so that memories keep a part, keys replace a part, and gates are not even."""
    torch.manual_seed(7)
    out = {}

    def add(name, *shape, scale=1.0, around=0.0):
        out[name] = (torch.randn(*shape) * scale + around).bfloat16()

    def norm(name):
        add(name + ".weight", WIDTH, scale=0.3, around=1.0)
        add(name + ".bias", WIDTH, scale=0.3)

    add("model.embeddings.weight", VOCAB, WIDTH)
    norm("model.layers.0.pre_norm")
    for i in range(LAYERS):
        at = f"model.layers.{i}."
        norm(at + "attn_norm")
        norm(at + "ffn_norm")
        norm(at + "attn.g_norm")
        for part in "rwkvag":
            out[at + f"attn.x_{part}"] = torch.rand(1, 1, WIDTH).bfloat16()
        for part in "rkvo":
            add(at + f"attn.{part}_proj.weight", WIDTH, WIDTH, scale=WIDTH**-0.5)
        for part, rank in RANKS.items():
            if part == "v" and i == 0:
                continue
            add(at + f"attn.{part}_lora.lora.0.weight", rank, WIDTH, scale=1.5 * WIDTH**-0.5)
            add(at + f"attn.{part}_lora.lora.2.weight", WIDTH, rank, scale=2 * rank**-0.5)
            if part != "g":
                add(at + f"attn.{part}_lora.lora.2.bias", WIDTH, scale=1.5,
                    around=-2.0 if part == "w" else 0.0)
        add(at + "attn.k_k", WIDTH, scale=0.2, around=0.8)
        add(at + "attn.k_a", WIDTH, scale=0.3, around=1.0)
        add(at + "attn.r_k", WIDTH // HEAD, HEAD, scale=0.1)
        out[at + "ffn.x_k"] = torch.rand(WIDTH).bfloat16()
        add(at + "ffn.key.weight", INNER, WIDTH, scale=WIDTH**-0.5)
        add(at + "ffn.value.weight", WIDTH, INNER, scale=INNER**-0.5)
    norm("model.norm")
    add("lm_head.weight", VOCAB, WIDTH, scale=2 * WIDTH**-0.5)
    return out


NAMES = [("model.embeddings", "emb"), ("model.norm", "ln_out"), ("lm_head", "head"),
         ("model.layers.", "blocks."), ("pre_norm", "ln0"), ("attn_norm", "ln1"),
         ("ffn_norm", "ln2"), ("attn.g_norm", "att.ln_x"), ("r_proj", "receptance"),
         ("k_proj", "key"), ("v_proj", "value"), ("o_proj", "output"), ("attn.", "att.")]


def as_published(folder):
    """The names and shapes of the authors' own files."""
    out = {}
    for name, weight in folder.items():
        for theirs, ours in NAMES:
            name = name.replace(theirs, ours)
        name = re.sub(r"([wavg])_lora\.lora\.0\.weight", r"\g<1>1", name)
        if found := re.search(r"([wavg])_lora\.lora\.2\.(weight|bias)", name):
            kind = "2" if found[2] == "weight" else "0"
            name = name.replace(found[0], found[1] + kind)
        if re.search(r"att\.[wavg][12]$", name):
            weight = weight.T.contiguous()
        out[name] = weight.float()
    return out


def make_model(converter):
    folder = FOLDER / "rwkv7"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    tensors = weights()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    tokens = torch.randint(1, VOCAB, (64, )).tolist()
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary) / "model"
        torch.save(as_published(tensors), f"{path}.pth")
        logits, _ = RWKV(model=str(path), strategy="cpu fp32").forward(tokens, None,
                                                                       full_output=True)
        work = pathlib.Path(temporary) / "rwkv7"
        shutil.copytree(folder, work)
        write_vocabulary(work, VOCAB)
        ggufs.prepare_converter(converter)
        output = ggufs.GGUF / "rwkv7.gguf"
        ggufs.convert(work, output, [])
        # The converter keeps what it has seen of a model for the next.
        importlib.import_module("conversion.rwkv").Rwkv7Model.lerp_weights.clear()
        exact = pathlib.Path(temporary) / "f32.gguf"
        ggufs.convert(work, exact, [], "f32")
        torch_tokens = torch.tensor(tokens)
        difference = ggufs.difference_of_llama_cpp(exact, torch_tokens, "logits",
                                                   logits[POSITIONS], 0)
    save_file({"logits": logits[POSITIONS].contiguous()}, folder / "reference.safetensors",
              metadata={"tokens": json.dumps(tokens), "context": "0",
                        "positions": json.dumps(POSITIONS)})
    record = ggufs.GGUF / "goldens.json"
    goldens = json.loads(record.read_text())
    goldens["rwkv7"] = {"checkpoint": "rwkv7", "llama.cpp": difference}
    record.write_text(json.dumps(dict(sorted(goldens.items())), indent=1) + "\n")
    print(f"logits up to {logits.abs().max():.3f}, llama.cpp differs by {difference:.2e}")


def tokens_of(size):
    """All bytes, then words, parts of characters, quotes and spaces."""
    more = ["\n\n", "  ", " the", "the", " th", "there", " there is", "'s", "\"", "\\n", "\u00e9",
            "\u4e16\u754c", "\u4e16", "\u2028", "\U0001f600", "hello", "User", ":", " \t", "ing"]
    more = [token for token in more if len(token.encode()) > 1]
    more += [b"\xe4\xb8", b"\xf0\x9f", b"\x98\x80a", b"\xc3\xa9\xc3"]
    more += [f"w{i}" for i in range(size - 257 - len(more))]
    singles = [chr(i) if i < 128 else bytes([i]) for i in range(256)]
    return singles + more


def write_vocabulary(folder, size):
    lines = []
    for i, token in enumerate(tokens_of(size)):
        length = len(token.encode() if isinstance(token, str) else token)
        lines.append(f"{i + 1} {token!r} {length}\r\n")
    path = folder / "rwkv_vocab_v20230424.txt"
    path.write_text("".join(lines), encoding="utf-8", newline="")
    return path


def make_vocabulary():
    folder = FOLDER.parent / "tokenizers/rwkv"
    folder.mkdir(exist_ok=True)
    tokenizer = TRIE_TOKENIZER(str(write_vocabulary(folder, VOCAB)))
    random.seed(3)
    parts = ["the", " there is", "\n\n", "\u4e16\u754c", "\u00e9\u00e9", "\U0001f600a", " ", "'s ",
             "w1", "w12x", "\t", "\u2028", "\\n", "\x00", "\x7f", "hello", "User: hi"]
    texts = ["".join(random.choices(parts, k=12)) for _ in range(40)] + parts
    cases = [{"text": text, "ids": tokenizer.encode(text)} for text in texts]
    (folder / "cases.json").write_text(json.dumps(cases, indent=0) + "\n")


def main():
    make_vocabulary()
    make_model(pathlib.Path(sys.argv[1]))


if __name__ == "__main__":
    main()
