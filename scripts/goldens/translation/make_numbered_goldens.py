#!/usr/bin/env python3
"""Writes tests/golden/tokenizers/folders/{marian,m2m}: SentencePiece models whose pieces have the
ids of a vocab.json, as Marian and M2M-100 publish them, and what transformers makes of them.

    pip install sentencepiece transformers
    python3 scripts/goldens/translation/make_numbered_goldens.py

Made with transformers 5.24.0 and sentencepiece 0.2.1. ids.json has for every text the ids with
languages recognized ("ids"), without that ("plain"), with what goes around a text ("all"), and what
the ids decode to ("text_again"). target.spm is not needed for either, and left out. The
models are trained on sources of this project."""
import io
import json
import pathlib
import shutil

import sentencepiece
from transformers import M2M100Tokenizer, MarianTokenizer

ROOT = pathlib.Path(__file__).resolve().parents[3]
OUT = ROOT / "tests/golden/tokenizers/folders"
TEXTS = ["the encoder reads a text", "The file, the file!", " two  spaces ", "naïve ☃ ☃☃ text",
         "x=1", "function(span)", ">>deu<< the text", "__de__ text", "a\nb\tc", "ﬁne ½ Ⅳ"]


def train(name, kind, size):
    model = io.BytesIO()
    lines = (ROOT / name).read_text().splitlines()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line for line in lines if line.strip()), model_writer=model,
        model_type=kind, vocab_size=size, character_coverage=1.0, bos_id=-1 if kind == "unigram"
        else 0, eos_id=0 if kind == "unigram" else 2, unk_id=1 if kind == "unigram" else 3,
        pad_id=-1, minloglevel=2,
        normalization_rule_name="nmt_nfkc" if kind == "unigram" else "identity")
    return model.getvalue()


def pieces_of(model):
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [processor.id_to_piece(i) for i in range(len(processor))]


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def write_cases(folder, tokenizer, model):
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    vocab = json.loads((folder / "vocab.json").read_text())
    cases = []
    for text in TEXTS:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        every = tokenizer(text)["input_ids"]
        # Without the tokens that name languages, which a text cannot spell.
        plain = [vocab.get(p, vocab["<unk>"]) for p in processor.encode(text, out_type=str)]
        cases.append({"text": text, "ids": ids, "plain": plain, "all": every,
                      "text_again": tokenizer.decode(plain, skip_special_tokens=True)})
    write(folder / "ids.json", {"cases": cases})


def fresh(name):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def make_marian():
    folder = fresh("marian")
    source, target = train("README.md", "unigram", 300), train("docs/batch.md", "unigram", 280)
    (folder / "source.spm").write_bytes(source)
    (folder / "target.spm").write_bytes(target)
    pieces = set(pieces_of(source) + pieces_of(target)) - {"</s>", "<unk>"}
    names = ["</s>", "<unk>"] + sorted(pieces)
    # Pieces without a token become <unk>.
    names = [name for name in names if name not in ("▁reads", "▁file", "▁a")]
    names += [">>deu<<", ">>fra<<", "<pad>"]
    write(folder / "vocab.json", {name: i for i, name in enumerate(names)})
    write(folder / "tokenizer_config.json", {"source_lang": "en", "target_lang": "de"})
    write(folder / "special_tokens_map.json",
          {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"})
    write_cases(folder, MarianTokenizer.from_pretrained(folder), source)
    (folder / "target.spm").unlink()


def make_m2m():
    folder = fresh("m2m")
    model = train("README.md", "bpe", 300)
    (folder / "sentencepiece.bpe.model").write_bytes(model)
    own = ["<s>", "</s>", "<unk>"]
    names = ["<s>", "<pad>", "</s>", "<unk>"] + [p for p in pieces_of(model) if p not in own]
    write(folder / "vocab.json", {name: i for i, name in enumerate(names)})
    tokenizer = M2M100Tokenizer(str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model"),
                                src_lang="en")
    tokenizer.save_pretrained(folder)
    write_cases(folder, M2M100Tokenizer.from_pretrained(folder), model)
    for path in folder.iterdir():
        if path.name not in ("sentencepiece.bpe.model", "vocab.json", "tokenizer_config.json",
                             "special_tokens_map.json", "added_tokens.json", "ids.json"):
            path.unlink()


if __name__ == "__main__":
    make_marian()
    make_m2m()
