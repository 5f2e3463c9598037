#!/usr/bin/env python3
"""Writes tests/golden/tokenizers/split_contexts.json: how `tokenizers` cuts texts by patterns that
look beside the next character.

    python3 scripts/goldens/make_split_goldens.py

Made with tokenizers 0.23.3: look-ahead over several characters, look-behind, anchors, word borders,
empty matches, scripts and properties, classes in classes; with the patterns of DeepSeek LLM, Kimi
K2, SuperBPE, Tiny Aya, Jais 2 and Trinity (afmoe) among them. "words" are the lengths in bytes of
what a Split with behavior "isolated" makes of each text."""

import json
import pathlib
import random

from tokenizers import Regex
from tokenizers import pre_tokenizers as pre

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/tokenizers"
HAN = r"&&[^\p{Han}]"
KIMI = (r"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}" + HAN +
        r"]*[\p{Ll}\p{Lm}\p{Lo}\p{M}" + HAN +
        r"]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}" + HAN +
        r"]+[\p{Ll}\p{Lm}\p{Lo}\p{M}" + HAN +
        r"]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
        r"\s*[\r\n]+|\s+(?!\S)|\s+")
PATTERNS = [
    r"(?=(\d{3})+(?!\d))",
    r"\d{1,3}(?=(?:\d{3})*\b)",
    r"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))",
    r"\s+$",
    KIMI,
    r"\s{512}(?!\S)|\s{256}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}",
    r"^\s+",
    r"^",
    r"$",
    r"\Aa",
    r"a\z",
    r"a\Z",
    r"\b",
    r"\B",
    r"\ba",
    r"a\B",
    r"\bab?\b|\n",
    r"\w+",
    r"\W+",
    r"(?<=a)b",
    r"(?<!a)b|a",
    r"(?<!\n)a",
    r"(?<=\s)\S+",
    r"a*",
    r"(?=b)",
    r"a|(?=b)",
    r"(?=b)|b",
    r"x*(?=ab)",
    r"a(?!bc)",
    r"a(?=b|cd)",
    r"(a|b){2,3}c",
    r"(?:(?=ab)a|b)+",
    r"(?=ab)(?!abc)a",
    r"a+(?=.*b)",
    r"(?!ab)[ab]+",
    r"[^\n]+$",
    r"a(?=\s|$)",
    r"(?:a|(?=b))c?",
    r"x??(?=a)",
    r"\p{Han}+",
    r"\p{Hiragana}",
    r"[\p{L}&&[^\p{Han}]]+",
    r"[[a-c]x]+",
    r"[^[a-c]x]+",
    r"[a-z&&b-d&&c]+|\n",
    r"\p{Emoji}+|\p{Alphabetic}",
    r"\p{Uppercase}",
    r"\p{Letter}+",
    r"\p{Cyrillic}+|\p{Greek}+|\p{Arabic}+|\p{Thai}|\p{Common}",
]
CHARACTERS = list("aaabbbcx 1234  \n\n'sdt") + [
    "é",
    "中",
    "文",
    "ひ",
    "カ",
    "٣",
    "\u3000",
    "\u0301",
    "Ⅷ",
    "😀",
    "ꙮ",
    "_",
    "\r",
    "\t",
    "Ａ",
    "ᾳ",
    "Dž",
    "ж",
    "α",
    "ส",
    "ب",
]


def texts():
    rnd = random.Random(7)
    made = [
        "".join(rnd.choice(CHARACTERS) for _ in range(rnd.choice([2, 8, 20, 40])))
        for _ in range(50)
    ]
    made += ["123456789"[:n] * 2 for n in range(1, 9)
             ] + [" " * n + end for n in (1, 17, 511, 513) for end in ("", "a")]
    return made + ["", "a", "\n", "1234567 12 abc1234", "aaab", "abcab", "x ab\nab"]


def main():
    patterns = []
    for pattern in PATTERNS:
        split = pre.Split(Regex(pattern), "isolated")
        words = [
            " ".join(str(len(w.encode())) for w, _ in split.pre_tokenize_str(t)) for t in texts()
        ]
        patterns.append({"pattern": pattern, "words": words})
    document = {
        "how": "scripts/goldens/make_split_goldens.py", "texts": texts(), "patterns": patterns
    }
    (OUT / "split_contexts.json"
     ).write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
