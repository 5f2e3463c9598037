#!/usr/bin/env python3
"""Writes tests/golden/tokenizers/: small tokenizers, and what `tokenizers` makes of texts with
them.

    python3 scripts/goldens/make_tokenizer_goldens.py FOLDER_WITH_TEXTS

FOLDER_WITH_TEXTS holds shakespeare.txt, on which the small tokenizers are trained. Made with
tokenizers 0.23.3 and gguf 0.19.0. Each NAME/ gets tokenizer.json (a trained tokenizer) and
ids.json: for every text the ids with special tokens recognized and the post-processor applied
("all"), those with encode_special_tokens ("plain"), and the text that "all" decodes to.
splits.json holds the words that the Split pre-tokenizer cuts for several patterns.
spm/vocab.gguf is the vocabulary of spm/ with scores, for the GGUF reader.
"""

import json
import pathlib
import random
import sys

import gguf
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    processors,
    trainers,
)
from tokenizers import pre_tokenizers as pre

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/tokenizers"

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
          r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
O200K = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}",
    r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
    r"\s*[\r\n]+",
    r"\s+(?!\S)",
    r"\s+",
])
PATTERNS = [
    GPT2,
    LLAMA3,
    O200K,
    r"\p{N}",
    r"[\p{P}\$\+<=>\^\~\|]+",
    r"[0-9][0-9][0-9]",
    r"a+?b|a{2,3}|(?:ab|b)*c|.(?=\d)",  # nothing published; leftmost before longest, lazy, (?=
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",  # noqa: E501
    r"[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s*[\r\n]|\s+(?!\S)|\s",
    r"a?+ab|b++b|(?>a{1,2})a|[ab]*+c|(?:b?+a){2}+",  # nothing published; what gives nothing back
]

SPECIALS = ["<|end|>", "<|im_start|>", "<|im_end|>"]

TEXTS = [
    "",
    " ",
    "  ",
    "\n",
    "\r\n\r\n",
    "\t x",
    "Hello, world!",
    " Hello",
    "Hello ",
    "HELLO'S I'LL we've don't DON'T",
    "it's 'S 'ſ ’s 're 'Re 'VE 'm 'LL 'd'",
    "1",
    "12",
    "123",
    "1234567890",
    "3.14 1,000 ٣٤٥ ²³ ½ Ⅷ",
    "naïve café e\u0301 a\u0300\u0301 ö ß ſ K",
    "日本語のテキスト",
    "中文，标点。",
    "한국어 문장",
    "ไทยไม่มีวรรค",
    "हिन्दी में",
    "العربية نص",
    "עברית",
    "Ελληνικά Кириллица",
    "😀😃",
    "👩‍👩‍👧‍👦 🇩🇪 🏳️‍🌈 👍🏽",
    "a  b   c    d",
    "x\n\n\ny",
    "x \n \n y  ",
    "\u00a0nbsp\u3000wide\u2028line\u0085next",
    "tab\tsep\tend\t",
    "foo(bar[baz]{1+2=3});\n    return x;\n",
    "http://example.org/?q=a%20b#c",
    "▁already ▁▁ there",
    "<0x0A> <0x41>",
    "\x00\x01\x7f",
    "\ufeffbom \ufffd \ue000 \U000e0001 \u0378",
    "<|im_start|>user\nHi<|im_end|>\n",
    "a<|end|>b",
    "<|end|><|end|>",
    "<|en<|end|>d|>",
    "<|end|",
    " <|end|> x",
    "keepme keepmekeepme [pad] x[pad]y",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "\u2028<|end|>\u2029 \u3000<|im_end|> z",
]

POOL = [
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\u00a0",
    "\u3000",
    "\u2028",
    "\u200d",
    "\u0301",
    "é",
    "ß",
    "ſ",
    "'s",
    "'S",
    "'ll",
    "'LL",
    "'",
    "’s",
    "0",
    "1",
    "23",
    "4567",
    "٣",
    "²",
    "½",
    "\U00011de0",
    "\u0085",
    "a",
    "b",
    "the",
    "The",
    "HELLO",
    " world",
    "日本語",
    "한",
    "ไทย",
    "हि",
    "ال",
    "😀",
    "👩‍👩‍👧",
    "🇩🇪",
    "▁",
    "▁▁",
    "<0x0A>",
    "!",
    "?!",
    "...",
    "—",
    "-",
    "_",
    "$",
    "€",
    "<",
    ">",
    "|",
    "<|",
    "|>",
    "/",
    "(",
    ")",
    "[pad]",
    "keepme",
    "ꟛ",
    "\U000105c0",
    "\U00010d40",
    "  \n  ",
    "\n\n\n",
    "aaaa",
    "ab",
    "c",
] + SPECIALS


def random_texts(n, seed):
    rng = random.Random(seed)
    texts = ["".join(rng.choice(POOL) for _ in range(rng.randrange(1, 16))) for _ in range(n)]
    scalars = [c for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000]
    texts += [
        "".join(chr(rng.choice(scalars)) for _ in range(rng.randrange(1, 8))) for _ in range(n // 8)
    ]
    texts += [
        "".join(rng.choice("ab \n1.") for _ in range(rng.randrange(1, 60))) for _ in range(n // 8)
    ]
    return texts


def dump(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=True, indent=0, separators=(",", ":")) + "\n")


def write_ids(name, tokenizer, texts):
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    cases = []
    for text in texts:
        tokenizer.encode_special_tokens = False
        ids = tokenizer.encode(text).ids
        decoded = tokenizer.decode(ids, skip_special_tokens=True)
        tokenizer.encode_special_tokens = True
        plain = tokenizer.encode(text, add_special_tokens=False).ids
        case = {"text": text, "all": " ".join(map(str, ids)), "plain": " ".join(map(str, plain))}
        if decoded != text:
            case["decoded"] = decoded
        cases.append(case)
    dump(folder / "ids.json", {"how": "scripts/goldens/make_tokenizer_goldens.py", "cases": cases})


def add_tokens(tokenizer):
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIALS])
    tokenizer.add_tokens([AddedToken("keepme", special=False, normalized=False)])
    tokenizer.add_special_tokens(
        [AddedToken("[pad]", special=True, normalized=False, lstrip=True, rstrip=True)])


def train_byte_level(corpus, steps, vocab_size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre.Sequence(steps)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, show_progress=False,
                                  initial_alphabet=sorted(pre.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(corpus, trainer)
    return tokenizer


def digits_steps(corpus):
    """The steps of SmolLM2."""
    tokenizer = train_byte_level(
        corpus, [pre.Digits(individual_digits=True),
                 pre.ByteLevel(add_prefix_space=False)], 700)
    add_tokens(tokenizer)
    return tokenizer


def llama3_steps(corpus):
    tokenizer = train_byte_level(corpus, [
        pre.Split(Regex(LLAMA3), "isolated"),
        pre.ByteLevel(add_prefix_space=False, use_regex=False)
    ], 700)
    state = json.loads(tokenizer.to_str())
    state["model"]["ignore_merges"] = True
    state["model"]["merges"] = state["model"]["merges"][:-20]  # so that whole words matter
    tokenizer = Tokenizer.from_str(json.dumps(state))
    add_tokens(tokenizer)
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(
            single="<|im_start|> $A <|im_end|>",
            special_tokens=[(t, tokenizer.token_to_id(t)) for t in SPECIALS])
    ])
    return tokenizer


def falcon_steps(corpus):
    """Steps after ByteLevel see stand-ins for bytes, of which six are numbers."""
    tokenizer = train_byte_level(corpus, [
        pre.Punctuation("contiguous"),
        pre.ByteLevel(add_prefix_space=False),
        pre.Digits(individual_digits=False),
        pre.Split(Regex("[0-9][0-9][0-9]"), "isolated")
    ], 700)
    add_tokens(tokenizer)
    return tokenizer


def spm_pieces(corpus):
    """The pieces of a SentencePiece-like vocabulary: control, bytes, then text by falling score."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre.Split(Regex("▁+[^▁]*|[^▁]+"), "isolated")
    tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(vocab_size=450, show_progress=False))
    vocabulary = tokenizer.get_vocab()
    text = sorted(vocabulary, key=lambda p: (len(p) == 1, vocabulary[p]))
    return ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + text


def spm(pieces, metaspace):
    """As Llama 2 and, with metaspace, as newer conversions of such models."""
    rank = {p: i for i, p in enumerate(pieces[259:])}
    # Any two pieces whose concatenation is a piece merge: what the scores of SentencePiece mean.
    merges = [(p[:i], p[i:]) for p in rank for i in range(1, len(p))
              if p[:i] in rank and p[i:] in rank]
    tokenizer = Tokenizer(
        models.BPE(vocab={p: i
                          for i, p in enumerate(pieces)}, merges=merges, unk_token="<unk>",
                   fuse_unk=True, byte_fallback=True))
    if metaspace:
        tokenizer.pre_tokenizer = pre.Metaspace("▁", prepend_scheme="first", split=False)
    else:
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace("▁", " "),
        decoders.ByteFallback(),
        decoders.Fuse(),
        decoders.Strip(" ", 1, 0)
    ])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A",
                                                             special_tokens=[("<s>", 1)])
    tokenizer.add_special_tokens(
        [AddedToken(p, special=True, normalized=False) for p in pieces[:3]])
    if metaspace:
        add_tokens(tokenizer)
    return tokenizer


def write_gguf(pieces):
    path = OUT / "spm" / "vocab.gguf"
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_tokenizer_model("llama")
    writer.add_token_list(pieces)
    writer.add_token_scores([0.0] * 259 + [-float(i) for i in range(len(pieces) - 259)])
    writer.add_token_types([2, 3, 3] + [6] * 256 + [1] * (len(pieces) - 259))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def write_splits():
    texts = TEXTS + random_texts(120, 3)
    result = []
    for pattern in PATTERNS:
        split = pre.Split(Regex(pattern), "isolated")
        # Lengths in bytes; they add up to the text.
        lengths = [
            " ".join(str(len(w.encode())) for w, _ in split.pre_tokenize_str(t)) for t in texts
        ]
        result.append({"pattern": pattern, "words": lengths})
    dump(OUT / "splits.json",
         {"how": "scripts/goldens/make_tokenizer_goldens.py", "texts": texts, "patterns": result})


def main():
    corpus = (pathlib.Path(sys.argv[1]) / "shakespeare.txt").read_text()[:400000].split("\n")
    corpus += TEXTS
    texts = TEXTS + random_texts(240, 1)
    OUT.mkdir(parents=True, exist_ok=True)
    write_ids("digits", digits_steps(corpus), texts)
    write_ids("llama3", llama3_steps(corpus), texts)
    write_ids("falcon", falcon_steps(corpus), texts)
    pieces = spm_pieces(corpus)
    write_ids("spm", spm(pieces, False),
              [t.replace("<|end|>", "</s>").replace("<|im_", "<s>") for t in texts])
    write_ids("metaspace", spm(pieces, True), texts)
    write_gguf(pieces)
    write_splits()


if __name__ == "__main__":
    main()
