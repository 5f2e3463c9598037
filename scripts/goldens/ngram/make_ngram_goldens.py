#!/usr/bin/env python3
"""Writes tests/golden/ngram: a text, and what KenLM makes of it.

usage: make_ngram_goldens.py LMPLZ TEXT FOLDER

LMPLZ is the estimator of KenLM 0.3.0. The package of the registry holds its source: unpack
the sdist, install boost (program_options, thread, system) and Eigen, then

    cmake -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build --target lmplz

TEXT is any plain text, of which at most the first 60,000 characters are counted and the next
3,000 are scored; the tree has Shakespeare's plays as Karpathy's char-rnn collected them, which are
in the public domain. Besides this script needs `kenlm` and `tokenizers`.

The words that KenLM sees are ids of the tokenizer of tests/golden/tiny-llama, so that all of
both programs' arithmetic is compared, token by token. Its `<s>` and `</s>` stand for the ids
of the same names. Its vocabulary, in which `<s>` does not count, is filled up to that of the
tokenizer: each unseen token then has the probability that it gives `<unk>`.

When KenLM computes discounts it takes the plain count of the runs that end in the word it met
last, where the adjusted count belongs (the end of AdjustCounts::Run). The text is cut where
both are the same: behind a token that it has only there.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import kenlm
from tokenizers import Tokenizer

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOKENIZER = ROOT / "tests/golden/tiny-llama/tokenizer.json"
CASES = [(2, True), (3, True), (5, True), (2, False), (5, False)]
COUNTED, SCORED = 60_000, 3_000


def documents_of(text, lines):
    return [line for line in text.split("\n") if line] if lines else [text]


def cut(tokenizer, text):
    """The text up to the last token that it has only once."""
    encoding = tokenizer.encode(text, add_special_tokens=False)
    first = {}
    for index, token in enumerate(encoding.ids):
        first.setdefault(token, index)
    return text[: encoding.offsets[max(first.values())][1]]


def check_last(corpus):
    words = corpus.split()
    newest = max(set(words), key=words.index)
    assert words.count(newest) == 1, (newest, words.count(newest))


def words_of(tokenizer, text):
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    return " ".join(str(i) for i in ids)


def estimate(lmplz, order, corpus, n_vocab, folder):
    arpa = pathlib.Path(folder) / f"{order}.arpa"
    subprocess.run(
        [
            lmplz,
            "-o",
            str(order),
            "--vocab_pad",
            str(n_vocab),
            "-S",
            "200M",
            "-T",
            folder,
            "--discount_fallback",
        ],
        input=corpus,
        stdout=arpa.open("w"),
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return kenlm.Model(str(arpa))


def main():
    lmplz, source, target = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    tokenizer = Tokenizer.from_file(str(TOKENIZER))
    text = source.read_text()
    counted = cut(tokenizer, text[:COUNTED])
    scored = text[len(counted) : len(counted) + SCORED]
    (target / "counted.txt").write_text(counted)
    (target / "scored.txt").write_text(scored)
    golden = {"made_by": "KenLM 0.3.0, lmplz and kenlm", "cases": []}
    for order, lines in CASES:
        corpus = "".join(
            words_of(tokenizer, document) + "\n" for document in documents_of(counted, lines)
        )
        check_last(corpus)
        with tempfile.TemporaryDirectory() as folder:
            model = estimate(lmplz, order, corpus, tokenizer.get_vocab_size(), folder)
        scores = []
        for document in documents_of(scored, lines):
            words = words_of(tokenizer, document)
            found = model.full_scores(words, bos=True, eos=True)
            scores.append([round(log10, 6) for log10, _, _ in found])
        golden["cases"].append({"order": order, "lines": lines, "log10": scores})
        flat = [score for document in scores for score in document]
        print(order, lines, "perplexity", 10 ** (-sum(flat) / len(flat)))
    (target / "kenlm.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
