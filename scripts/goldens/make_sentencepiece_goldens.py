#!/usr/bin/env python3
"""Writes tests/golden/tokenizers/sentencepieces.json: small SentencePiece models (base64) and the
ids that the library gives for some texts. Each model has one thing that published ones have and
that is easily got wrong, or settings drawn at random (scripts/verify/lib/random_sentencepieces.py).

    python3 scripts/goldens/make_sentencepiece_goldens.py

Made with sentencepiece 0.2.3."""

import base64
import io
import pathlib
import random
import sys
import tempfile

import sentencepiece
from case_files import dump, ids_text

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/verify/lib"))
import random_sentencepieces  # noqa: E402
import random_tokenizers  # noqa: E402

HOW = "scripts/goldens/make_sentencepiece_goldens.py"
RULES = "41\t61\n42\t62\nFB01\t66 69\n200B\t\n3000\t20\nE9\t65 301\n65 301\tE9\n23 78\t79\n"


def train(corpus, **options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.Train(sentence_iterator=iter(corpus), model_writer=model,
                                             minloglevel=3, num_threads=1, hard_vocab_limit=False,
                                             **options)
    return model.getvalue()


def sentencepiece_models():
    """Without the charsmaps of SentencePiece, which have 240 kB each."""
    corpus = random_tokenizers.CORPUS * 4
    yield "ties", train(["no noo nooo oo a b  c"] * 4 + corpus, model_type="unigram",
                        vocab_size=160, remove_extra_whitespaces=False,
                        normalization_rule_name="identity", split_by_whitespace=False), [
                            "no" + "o" * 40, "a" + " " * 30 + "b", "o" * 60
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        rules.write(RULES)
        rules.flush()
        for kind in ("unigram", "bpe", "char", "word"):
            for suffix in (False, True):
                yield f"rules_{kind}_{suffix}", train(
                    corpus, model_type=kind, vocab_size=160, normalization_rule_tsv=rules.name, treat_whitespace_as_suffix=suffix,  # noqa: E501
                    user_defined_symbols=["AB", "#x#", "é", "  ", "<sep>"], remove_extra_whitespaces=not suffix), []  # noqa: E501
        # A space after a text of which the normalizer leaves nothing.
        for name, symbols in (("symbols", ["  ", "#x#"]), ("plain", [])):
            for suffix in (False, True):
                yield f"nothing_{name}_{suffix}", train(
                    corpus, model_type="bpe", vocab_size=120, normalization_rule_tsv=rules.name, treat_whitespace_as_suffix=suffix,  # noqa: E501
                    user_defined_symbols=symbols, remove_extra_whitespaces=True), ["  ", "   ", "\u200b", " \u200b", "\u200b \u200b ", "\u3000 "]  # noqa: E501
    for seed in range(200):
        if random_sentencepieces.options_of(
                random.Random(seed))["normalization_rule_name"] != "identity":
            continue
        try:
            yield f"seed {seed}", random_sentencepieces.random_sentencepiece(seed), []
        except Exception:  # not enough vocabulary for the characters
            continue


def write_sentencepieces(n):
    found = []
    for name, model, texts in sentencepiece_models():
        if len(model) > 12_000 or len(found) == n:
            continue
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        rng = random.Random(name)
        texts = texts + [
            "the cat<sep>the dog", "cat <sep>  a", "<sep>the", "AB#x#\ufb01é", "", " ", "\u200b",
            "  x"
        ]
        texts += [random_sentencepieces.random_text(rng) for _ in range(8)]
        found.append({
            "name": name, "model": base64.b64encode(model).decode(),
            "texts": [{"text": t, "ids": ids_text(processor.encode(t))} for t in texts]
        })
    dump("sentencepieces.json", {"how": HOW, "cases": found})


if __name__ == "__main__":
    write_sentencepieces(34)
