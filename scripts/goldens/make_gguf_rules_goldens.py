#!/usr/bin/env python3
"""Writes what tests need of GGUF vocabularies whose files leave something to their reader:
tests/golden/tokenizers/gguf/rules.json and the files it names.

    python3 scripts/goldens/make_gguf_rules_goldens.py

Made with gguf 0.19.0 and tokenizers 0.23.3, whose ids are those of the tokenizer.json that such a
file is made from: phi3.gguf has the name and the tokens of a Phi 3 (control tokens take the white
space after them), characters.gguf a vocabulary as Gemma 4 has it (merges of characters, spaces as
U+2581, bytes for the rest). "all" has special tokens recognized, "plain" not."""

import json
import pathlib

import gguf
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/tokenizers/gguf"
TEXTS = [
    "<|user|>\nHi<|end|>\n<|assistant|>\n", "Hi Hi", "<s> Hi<|end|>  Hi", "Hi\n\nHi\n é", "  Hi",
    "<unk> H", "", "H\n\n\n"
]
BYTES = [f"<0x{b:02X}>" for b in range(256)]
MERGES = [("\u2581", "H"), ("\u2581H", "i"), ("H", "i"), ("\n", "\n")]


def write(name, tokens, types, model, scores=None, merges=None, title="Phi3"):
    out = gguf.GGUFWriter(str(OUT / name), "phi3")
    out.add_name(title)
    out.add_tokenizer_model(model)
    out.add_token_list(tokens)
    if scores:
        out.add_token_scores(scores)
    if merges:
        out.add_token_merges([" ".join(merge) for merge in merges])
    out.add_token_types(types)
    out.add_bos_token_id(1)
    out.add_eos_token_id(2)
    out.add_unk_token_id(0)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.close()


def cases(reference):
    result = []
    for text in TEXTS:
        reference.encode_special_tokens = False
        every = reference.encode(text, add_special_tokens=False).ids
        reference.encode_special_tokens = True
        result.append({
            "text": text, "all": every, "plain": reference.encode(text,
                                                                  add_special_tokens=False).ids
        })
    return result


def phi3():
    tokens = [
        "<unk>", "<s>", "</s>", *BYTES, "\u2581", "H", "i", "\u2581H", "\u2581Hi", "<|user|>",
        "<|end|>", "<|assistant|>"
    ]
    types = [2, 3, 3] + [6] * 256 + [1] * 5 + [3] * 3
    write("phi3.gguf", tokens, types, "llama",
          [0.0] * 259 + [-1.0, -2.0, -3.0, -0.6, -0.5] + [0.0] * 3)
    names = {token: i for i, token in enumerate(tokens)}
    reference = Tokenizer(
        models.BPE(names, MERGES[:2], unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    reference.normalizer = normalizers.Sequence(
        [normalizers.Prepend("\u2581"),
         normalizers.Replace(" ", "\u2581")])
    reference.add_special_tokens([
        AddedToken(name, normalized=False, rstrip=name.startswith("<|") or name == "</s>")
        for name in ("<unk>", "<s>", "</s>", "<|user|>", "<|end|>", "<|assistant|>")
    ])
    return cases(reference)


def characters():
    tokens = [
        "<unk>", "<s>", "</s>", *BYTES, "\u2581", "H", "i", "\n", "\u2581H", "\u2581Hi", "Hi",
        "\n\n", "<|user|>", "<|end|>"
    ]
    types = [2, 3, 3] + [6] * 256 + [1] * 8 + [3] * 2
    write("characters.gguf", tokens, types, "gemma4", merges=MERGES, title="Gemma")
    names = {token: i for i, token in enumerate(tokens)}
    reference = Tokenizer(
        models.BPE(names, MERGES, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    reference.normalizer = normalizers.Replace(" ", "\u2581")
    reference.decoder = decoders.ByteFallback()
    reference.add_special_tokens([
        AddedToken(name, normalized=False)
        for name in ("<unk>", "<s>", "</s>", "<|user|>", "<|end|>")
    ])
    return cases(reference)


if __name__ == "__main__":
    rules = {
        "how": "scripts/goldens/make_gguf_rules_goldens.py", "phi3": phi3(),
        "characters": characters()
    }
    (OUT /
     "rules.json").write_text(json.dumps(rules, ensure_ascii=False, separators=(",", ":")) + "\n")
