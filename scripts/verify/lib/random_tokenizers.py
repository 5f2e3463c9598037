"""Small tokenizers with settings drawn at random, made and trained by the `tokenizers` library, and
what it makes of texts with them. The same seed draws the same settings; what is trained may differ
by a piece from run to run. Used by scripts/verify/tokenizers and by a script in scripts/goldens."""

import json
import random
import re

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

CORPUS = [
    "The quick brown fox jumps over the lazy dog.",
    "They say that this is the way, and then some!",
    "Stop! Go! It's 10:45, isn't it?",
    "naïve café résumé über Straße",
    "Übergrößenträger fährt über die Brücke",
    "日本語のテキスト 中文，标点。 鐘",
    "한국어 문장",
    "हिन्दी में",
    "1,000 + 2,000 = 3000; 3.14159",
    "foo(bar[baz]) { return x_1; }",
    "aa aaa aaaa ab abab ababab",
    "Covid covid COVID covids",
    "<sep> a<sep>b <end>  the end",
    "HELLO World hello WORLD",
    "\u2581the \u2581\u2581cat",
    "e\u0301 o\u0308 \ufb01 ① ½",
]
POOL = [
    " ",
    "  ",
    "   ",
    "\n",
    "\n\n",
    "\t",
    "\u00a0",
    "\u3000",
    "the",
    "they",
    "The",
    " the",
    "cat",
    "covid",
    "Covid",
    "COVID",
    "a",
    "aa",
    "aaa",
    "ab",
    "!",
    "!!",
    "?",
    ".",
    ",",
    "'s",
    "é",
    "e\u0301",
    "ü",
    "鐘",
    "日本",
    "한",
    "ॐ",
    "1",
    "10",
    "½",
    "_",
    "x_1",
    "<sep>",
    "<end>",
    "<s>",
    "</s>",
    "<unk>",
    "[pad]",
    "▁",
    "▁▁",
    "▁the",
    "(",
    ")",
    "<0x41>",
    "😀",
    "\ufb01",
    "ß",
    "Z",
    "\u0000",
    "\u200b",
    "<en",
    "sep>",
]
ADDED = [
    "!",
    "the",
    "é",
    "a",
    "aa",
    "covid",
    "Covid",
    "<end>",
    "<sep>",
    "\n\n",
    "  ",
    "[pad]",
    "▁",
    "▁the",
    "cat",
    "th",
    "鐘",
    "x",
    " the",
    "Ab",
    "10",
    "ü",
    "<s>",
    ".",
    "Ġthe",
    "end>",
]


def random_text(rng):
    return "".join(rng.choice(POOL) for _ in range(rng.randint(1, 14)))


def maybe(rng, p=0.5):
    return rng.random() < p


def random_normalizer(rng):
    steps = []
    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        steps.append(
            rng.choice(
                (normalizers.NFC, normalizers.NFD, normalizers.NFKC, normalizers.NFKD,
                 normalizers.Lowercase, normalizers.StripAccents, normalizers.Nmt,
                 lambda: normalizers.Strip(maybe(rng), maybe(rng)),
                 lambda: normalizers.Prepend("▁"), lambda: normalizers.Replace(" ", "▁"),
                 lambda: normalizers.Replace(Regex(r"\s+"), " "),
                 lambda: normalizers.Replace("a", "bc"),
                 lambda: normalizers.BertNormalizer(clean_text=maybe(
                     rng), handle_chinese_chars=maybe(rng), strip_accents=rng.choice(
                         (None, True, False)), lowercase=maybe(rng))))())
    if not steps:
        return None
    return steps[0] if len(steps) == 1 else normalizers.Sequence(steps)


def random_cut(rng):
    """A pre-tokenizer that is not of bytes."""
    kind = rng.randint(0, 9)
    if kind == 0:
        return pre.Whitespace()
    if kind == 1:
        return pre.WhitespaceSplit()
    if kind == 2:
        return pre.BertPreTokenizer()
    if kind == 3:
        return pre.Punctuation(
            rng.choice(
                ("isolated", "removed", "merged_with_previous", "merged_with_next", "contiguous")))
    if kind == 4:
        return pre.Digits(individual_digits=maybe(rng))
    if kind == 5:
        return pre.Split(Regex(rng.choice((r"\s+", r"\p{L}+", r"[0-9]", r" ?\p{L}+|\s+(?!\S)"))),
                         rng.choice(("isolated", "removed")), invert=maybe(rng, 0.3))
    if kind == 6:
        return pre.CharDelimiterSplit(rng.choice("a _"))
    return pre.Metaspace("▁", prepend_scheme=rng.choice(("always", "first", "never")),
                         split=maybe(rng, 0.7))


def random_pre_tokenizer(rng, byte_level):
    steps = []
    n_text_changes = 0
    for i in range(rng.choice((0, 1, 1, 1, 2, 2, 3))):
        step = random_cut(rng)
        changes = isinstance(step, pre.Metaspace) and i > 0
        if changes and (n_text_changes > 0 or byte_level):
            continue  # more than two rounds of changing text are refused
        n_text_changes += changes
        steps.append(step)
    if byte_level:
        prefix = maybe(rng, 0.3) and not any(isinstance(step, pre.Metaspace) for step in steps[1:])
        steps.append(pre.ByteLevel(add_prefix_space=prefix, use_regex=maybe(rng, 0.7)))
        if maybe(rng, 0.2):
            steps.append(pre.Digits(individual_digits=maybe(rng)))
    if not steps:
        return None
    return steps[0] if len(steps) == 1 else pre.Sequence(steps)


def trained(rng, tokenizer, kind):
    """The tokenizer with a vocabulary of the corpus, as a JSON document."""
    size = rng.randint(60, 260)
    if kind == "BPE":
        alphabet = sorted(pre.ByteLevel.alphabet()) if maybe(rng, 0.7) else []
        suffix = {"end_of_word_suffix": "</w>"} if maybe(rng, 0.2) else {}
        trainer = trainers.BpeTrainer(
            vocab_size=size + len(alphabet), show_progress=False, special_tokens=["<unk>"],
            initial_alphabet=alphabet if "ByteLevel" in tokenizer.to_str() else [], **suffix)
    elif kind == "WordPiece":
        trainer = trainers.WordPieceTrainer(vocab_size=size, show_progress=False,
                                            special_tokens=["<unk>"])
    elif kind == "Unigram":
        trainer = trainers.UnigramTrainer(vocab_size=size, show_progress=False,
                                          special_tokens=["<unk>"], unk_token="<unk>")
    else:
        trainer = trainers.WordLevelTrainer(vocab_size=size, show_progress=False,
                                            special_tokens=["<unk>"])
    tokenizer.train_from_iterator(CORPUS, trainer)
    return json.loads(tokenizer.to_str())


def add_bytes(rng, model, kind):
    """Pieces for some bytes, at the end of the vocabulary."""
    missing = rng.choice((0, 0, 1, 20, 200))
    taken = rng.sample(range(256), 256 - missing)
    if kind == "Unigram":
        model["vocab"] += [[f"<0x{b:02X}>", -20.0 - i % 7] for i, b in enumerate(sorted(taken))]
    else:
        first = max(model["vocab"].values()) + 1
        model["vocab"].update({f"<0x{b:02X}>": first + i for i, b in enumerate(sorted(taken))})
    model["byte_fallback"] = True


def random_tokenizer(seed):
    """A tokenizer.json as a string."""
    rng = random.Random(seed)
    kind = rng.choice(("BPE", "BPE", "BPE", "WordPiece", "Unigram", "WordLevel"))
    byte_level = kind == "BPE" and maybe(rng)
    options = {"unk_token": "<unk>"} if kind != "Unigram" else {}
    tokenizer = Tokenizer(getattr(models, kind)(**options))
    tokenizer.normalizer = random_normalizer(rng)
    tokenizer.pre_tokenizer = random_pre_tokenizer(rng, byte_level)
    document = trained(rng, tokenizer, kind)
    model = document["model"]
    if kind == "BPE":
        model["fuse_unk"] = maybe(rng)
        model["ignore_merges"] = maybe(rng, 0.3)
        if byte_level or maybe(rng, 0.3):
            model["unk_token"] = rng.choice((None, "<unk>"))
    if kind in ("BPE", "Unigram") and not byte_level and maybe(rng):
        add_bytes(rng, model, kind)
    document["added_tokens"] = []
    tokenizer = Tokenizer.from_str(json.dumps(document))
    if byte_level:
        tokenizer.decoder = decoders.ByteLevel()
    elif kind == "WordPiece":
        tokenizer.decoder = decoders.WordPiece()
    elif model.get("end_of_word_suffix"):
        tokenizer.decoder = decoders.BPEDecoder("</w>")
    elif maybe(rng):
        tokenizer.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "),
             decoders.ByteFallback(),
             decoders.Fuse()])
    for content in rng.sample(ADDED, rng.randint(0, 5)) + ["<unk>"] * maybe(rng, 0.3):
        special = maybe(rng)
        token = AddedToken(content, single_word=maybe(rng, 0.2), lstrip=maybe(rng, 0.3),
                           rstrip=maybe(rng, 0.3), normalized=maybe(rng, 0.4), special=special)
        (tokenizer.add_special_tokens if special else tokenizer.add_tokens)([token])
    if maybe(rng, 0.3):
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<unk> $A <unk>", special_tokens=[("<unk>", tokenizer.token_to_id("<unk>"))])
    return tokenizer.to_str()


def is_symbol(model, piece):
    """Whether words are made of it when nothing longer is known: a character, or a byte of a byte
    fallback."""
    if model["type"] == "WordLevel":
        return False
    if model.get("byte_fallback") and re.fullmatch("<0x[0-9A-F]{2}>", piece):
        return True
    prefix = model.get("continuing_subword_prefix") if model["type"] == "WordPiece" else None
    if prefix and piece.startswith(prefix) and len(piece) > len(prefix):
        piece = piece[len(prefix):]
    suffix = model.get("end_of_word_suffix")
    if suffix and piece.endswith(suffix) and len(piece) > len(suffix):
        piece = piece[:-len(suffix)]
    return len(piece) == 1


def text_is_text(document):
    """A copy in which no text spells a control token. For Quire a special token is one unless text
    needs it: unless it is a symbol, or merges lead to it. Models of the library find any piece that
    is spelled, even with encode_special_tokens."""
    document = json.loads(json.dumps(document))
    model = document["model"]
    specials = {token["content"] for token in document["added_tokens"] if token["special"]}
    merged = {
        "".join(merge if isinstance(merge, list) else merge.split(" "))
        for merge in model.get("merges", [])
    }
    controls = {s for s in specials if s not in merged and not is_symbol(model, s)}

    def hidden(piece):
        return f"\U0010FFFD{piece}" if piece in controls else piece

    if model["type"] == "Unigram":
        model["vocab"] = [[hidden(piece), score] for piece, score in model["vocab"]]
    else:
        model["vocab"] = {hidden(piece): i for piece, i in model["vocab"].items()}
        model["unk_token"] = hidden(model["unk_token"])
    # The search needs them still: what they span is hidden.
    document["post_processor"] = None
    return document


def encode(tokenizer, text):
    """The ids, or None where the library gives up: it panics where a token takes white space along
    that another one took."""
    try:
        return tokenizer.encode(text, add_special_tokens=False).ids
    except BaseException as error:  # a panic is not an Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


def expectations(tokenizer_json):
    """Functions that give the ids of a text: with special tokens recognized, and by its text alone.
    Either way the model makes no control token of text; only the search for added tokens finds
    them."""
    document = json.loads(tokenizer_json)
    copy_json = json.dumps(text_is_text(document))
    given, trusted, plain = Tokenizer.from_str(tokenizer_json), Tokenizer.from_str(
        copy_json), Tokenizer.from_str(copy_json)
    plain.encode_special_tokens = True
    # A control token that is not a piece of the copy has another id there, and so have those after
    # it.
    contents = [token["content"] for token in document["added_tokens"]]
    id_of = {plain.token_to_id(content): given.token_to_id(content) for content in contents}

    def known(ids):
        return None if ids is None else [id_of.get(i, i) for i in ids]

    return (lambda text: known(encode(trusted, text))), (lambda text: known(encode(plain, text)))
