#!/usr/bin/env python3
"""Writes tests/golden/tokenizers/normalizers.json: what each normalizer of `tokenizers` makes of
texts.

    python3 scripts/goldens/make_normalizer_goldens.py

Made with tokenizers 0.23.3. The steps are named as in tokenizer.json; of each text only the results
that differ from it are kept.
"""

import json
import random
import unicodedata

from make_tokenizer_goldens import OUT, TEXTS, dump, random_texts

STEPS = [
    {"type": "NFC"},
    {"type": "NFD"},
    {"type": "NFKC"},
    {"type": "NFKD"},
    {"type": "Lowercase"},
    {"type": "StripAccents"},
    {"type": "Nmt"},
    {"type": "Strip", "strip_left": True, "strip_right": False},
    {"type": "Strip", "strip_left": False, "strip_right": True},
    {"type": "Strip", "strip_left": True, "strip_right": True},
    {
        "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
        "strip_accents": None, "lowercase": True
    },
    {
        "type": "BertNormalizer", "clean_text": False, "handle_chinese_chars": True,
        "strip_accents": None, "lowercase": False
    },
    {
        "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": False,
        "strip_accents": True, "lowercase": False
    },
    {
        "type": "Sequence",
        "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"},
                        {"type": "Replace", "pattern": {"String": "``"}, "content": '"'},
                        {"type": "Strip", "strip_left": True,
                         "strip_right": True}, {"type": "Prepend", "prepend": "\u2581"},
                        {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]
    },
]


def mark_texts(n, seed):
    """Stacked marks, Jamo and characters with decompositions."""
    rng = random.Random(seed)
    low = [c for c in range(0x3400)]
    marks = [c for c in low if unicodedata.category(chr(c))[0] == "M"] + list(range(0x1100, 0x1200))

    def pick():
        return chr(rng.choice(marks if rng.random() < 0.6 else low))

    return ["".join(pick() for _ in range(rng.randrange(1, 12))) for _ in range(n)]


def main():
    texts = TEXTS + random_texts(150, 7) + mark_texts(400, 8)
    texts += [
        "\uac00\u11a8\u11a8", "\u1112\u1161\u11ab", "a\u05ae\u0300\u0315b", "\u0344", "\ufdfa",
        "  x\u2003 ", " \n"
    ]
    results = []
    for step in STEPS:
        state = {
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": [],
            "normalizer": step, "pre_tokenizer": None, "post_processor": None, "decoder": None,
            "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}
        }
        from tokenizers import Tokenizer
        normalizer = Tokenizer.from_str(json.dumps(state)).normalizer
        made = {str(i): normalizer.normalize_str(t) for i, t in enumerate(texts)}
        results.append(
            {"normalizer": step, "texts": {i: m
                                           for i, m in made.items() if m != texts[int(i)]}})
    dump(OUT / "normalizers.json",
         {"how": "scripts/goldens/make_normalizer_goldens.py", "texts": texts, "results": results})


if __name__ == "__main__":
    main()
