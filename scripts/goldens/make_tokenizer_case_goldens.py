#!/usr/bin/env python3
"""Writes tests/golden/tokenizers/cases.json, random.json, and gguf/pad.gguf, newline.gguf and
cases.json.

    python3 scripts/goldens/make_tokenizer_case_goldens.py

Made with tokenizers 0.23.1 and gguf 0.19.0. cases.json: small tokenizers, each
with one thing that published ones have and that is easily got wrong. random.json: tokenizers with
settings drawn at random (scripts/verify/lib/random_tokenizers.py). Both have, for each tokenizer,
texts with the ids that the library gives with special tokens recognized ("all") and with
encode_special_tokens ("plain", of a copy in which no text spells a control token, see
text_is_text()), null where the library panics."""

import json
import pathlib
import random
import sys

import gguf
from case_files import OUT, dump, ids_text
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, trainers
from tokenizers import pre_tokenizers as pre

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/verify/lib"))
import random_tokenizers  # noqa: E402

HOW = "scripts/goldens/make_tokenizer_case_goldens.py"


def case_of(name, tokenizer_json, texts):
    trusted, plain = random_tokenizers.expectations(tokenizer_json)
    return {
        "name": name, "tokenizer": json.loads(tokenizer_json),
        "texts": [{"text": t, "all": ids_text(trusted(t)), "plain": ids_text(plain(t))}
                  for t in texts]
    }


def byte_level(vocab_size=300, specials=(), **options):
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer = pre.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=vocab_size, show_progress=False,
                                  special_tokens=list(specials),
                                  initial_alphabet=sorted(pre.ByteLevel.alphabet()))
    tokenizer.train_from_iterator(random_tokenizers.CORPUS + ["the they them then"] * 20, trainer)
    document = json.loads(tokenizer.to_str())
    document["added_tokens"] = []
    return Tokenizer.from_str(json.dumps(document))


def added(tokenizer, *tokens):
    for content, options in tokens:
        token = AddedToken(content, **{"special": False, "normalized": False, **options})
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    return tokenizer


def characters(pieces, merges=(), **options):
    return Tokenizer(
        models.BPE(vocab={p: i
                          for i, p in enumerate(pieces)}, merges=list(merges), **options))


def bytes_of(missing=()):
    return [f"<0x{b:02X}>" for b in range(256) if b not in missing]


def added_cases():
    """Added tokens that are pieces too, and those that are not."""
    special = {"special": True}
    yield "pad_is_piece", added(byte_level(), ("!", special)), ["Stop! Go!", "!", "a!b !! c"]
    yield "added_is_byte", added(byte_level(), ("é", {})), ["鐘", "é", "caf\u00e9 鐘é", "\u00c9"]
    yield "special_inside_merges", added(
        byte_level(), ("the", special)), ["they the them", "the", "thethe then", "bathe"]
    merged = byte_level(vocab_size=400)
    yield "special_whole_word", added(merged, ("\u0120the", special),
                                      ("th", special)), ["in the they", " the", "\u0120the th"]
    words = Tokenizer(
        models.WordPiece({"[UNK]": 0, "co": 1, "##vid": 2, "x": 3, "[SEP]": 4, "!": 5},
                         unk_token="[UNK]"))
    words.normalizer = normalizers.Lowercase()
    words.pre_tokenizer = pre.WhitespaceSplit()
    words.decoder = decoders.WordPiece()
    yield ("word_piece_outside",
           added(words, ("covid", {}), ("[SEP]", special), ("!", special),
                 ("Xx", {"normalized": True})),
           ["Covid x", "covid x", "x ! !x", "xx XX Xx", "[SEP] x"])
    unigram = Tokenizer(
        models.Unigram([("<unk>", 0.0), ("co", -1.0), ("v", -1.5), ("id", -1.0), (" ", -0.5),
                        ("x", -2.0), ("</s>", -3.0)], 0, False))
    unigram.normalizer = normalizers.Lowercase()
    yield ("unigram_outside", added(unigram, ("covid", {}), ("</s>", special), ("x", special)),
           ["Covid x", "covid x", "co</s>vid", "xCOVIDx y", "yy y"])
    level = Tokenizer(models.WordLevel({"<unk>": 0, "a": 1, "b": 2, "[CLS]": 3}, unk_token="<unk>"))
    level.pre_tokenizer = pre.WhitespaceSplit()
    level.normalizer = normalizers.Lowercase()
    yield "word_level_outside", added(level, ("c d", {}), ("[cls]", special),
                                      ("a", special)), ["A b C D c d", "a [cls] [CLS] b"]


def found_cases():
    """Where tokens are found: with white space beside them, as single words, before and after
    normalization."""

    def take(left, right):
        return {"lstrip": left, "rstrip": right}

    texts = [
        "a<end>\n\nb", "a <end> \n\n b", "a\n\n<end>\n\n\n\n", "<end>  <end>", "\n\n <end>",
        "x<end>\n b", "\u3000<end>\u2028y"
    ]
    for i, flags in enumerate((take(False, True), take(True, False), take(True, True))):
        yield f"strip_{i}", added(byte_level(), ("<end>", flags), ("\n\n", {}),
                                  ("  ", take(i == 2, i == 0))), texts
    word = {"single_word": True}
    texts = [
        "cat", "cat cats concat", "(cat)", "cat_", "cat\u0301", "écat", "cat!", "catcat", "cat cat",
        "_cat_ x cat", "鐘cat", "Cat CAT"
    ]
    yield "single_word", added(byte_level(), ("cat", word), ("cats", {}), ("!", word)), texts
    lower = byte_level()
    lower.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase()])
    yield ("single_word_normalized",
           added(lower, ("Cat", {**word, "normalized": True}),
                 ("É", {"normalized": True, "special": True})), texts + ["É e\u0301 \u00e9t"])


def bytes_cases():
    """Byte fallback without all bytes."""

    def gemma(pieces, **options):
        tokenizer = characters(pieces, [("a", "b"), ("▁", "a")], unk_token="<unk>", **options)
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "),
             decoders.ByteFallback(),
             decoders.Fuse()])
        return tokenizer

    text = ["<unk>", "a", "b", "ab", "▁", "▁a", "\t", "x"]
    texts = [
        "a\tb é", "\t\t", "鐘", "ab\u0001 é€b", "€é€", "€€é", "xé€ab", "é", "a€é€é€b", "\u00e9\u0301"  # noqa: E501
    ]
    yield "tab_is_piece", gemma(text + bytes_of([9]), byte_fallback=True), texts
    for fuse in (False, True):
        yield f"few_bytes_{fuse}", gemma(text + bytes_of(range(0xE2, 0xE3)), byte_fallback=True,
                                         fuse_unk=fuse), texts
    yield "no_bytes", gemma(text, byte_fallback=True, fuse_unk=True), texts
    yield "special_byte", added(gemma(text + bytes_of(), byte_fallback=True), ("<0x09>", {}),
                                ("<0xC3>", {"special": True})), texts
    for name, missing in (("unigram_few_bytes", [0xE2]), ("unigram_no_bytes", range(256))):
        vocab = [("<unk>", 0.0), ("a", -1.0), ("b", -1.5),
                 ("▁", -0.5)] + [(piece, -9.0) for piece in bytes_of(missing)]
        unigram = Tokenizer(models.Unigram(vocab, 0, True))
        unigram.pre_tokenizer = pre.Metaspace("▁")
        yield name, unigram, texts
    # Words that spell a byte as the vocabulary writes it.
    spelled = [
        "<0x41>",
        "<0x41> a",
        "a<0x41>",
        "<0x4a>",
        "<0xC3><0xA9>",
        "<0xE2>",
        "A",
        "ab <0x42>"]
    yield "spelled_bytes_ignore_merges", gemma(text + bytes_of([0xE2]), byte_fallback=True, ignore_merges=True), spelled  # noqa: E501
    yield "spelled_bytes_no_fallback", gemma(text + bytes_of(), ignore_merges=True), spelled
    for name, kind in (("word_piece", models.WordPiece), ("word_level", models.WordLevel)):
        words = Tokenizer(kind({p: i for i, p in enumerate(
            text + ["##a", "##<0x41>"] + bytes_of([0xE2]))}, unk_token="<unk>"))
        words.pre_tokenizer = pre.WhitespaceSplit()
        words.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
        yield f"spelled_bytes_{name}", words, spelled + ["<0x41>a"]
    # Steps that change text inside words come before merging.
    for name, first in (("digits", pre.Digits(True)), ("marks", pre.Punctuation(
            "isolated")), ("letters", pre.Split(Regex("[b]"), "isolated"))):
        for scheme in ("always", "never"):
            late = characters(text + ["▁ab"] + bytes_of(), [("▁", "a"),
                              ("▁a", "b"), ("a", "b")], unk_token="<unk>", byte_fallback=True)
            late.pre_tokenizer = pre.Sequence([first, pre.Metaspace(
                "▁", prepend_scheme=scheme, split=scheme == "always")])
            late.decoder = decoders.Sequence(
                [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
            yield f"late_metaspace_{name}_{scheme}", late, [" ab", "ab ab", "1 ab", "a  ab!ab", " a ba"]  # noqa: E501

    # Spaces that stay spaces, which merges join with what is before or after them.
    merges = [("h", "e"), ("he", " "), (" ", "a"), ("é", " "), (" ", "é"), ("é", "鐘")]
    for name, decoder in (("none", None), ("fallback", decoders.Sequence(
            [decoders.ByteFallback(), decoders.Fuse()]))):
        plain = characters(["<unk>",
                            "h",
                            "e",
                            "he",
                            " ",
                            "he ",
                            "a",
                            " a",
                            "é",
                            "é ",
                            " é",
                            "鐘",
                            "é鐘"] + bytes_of(),
                           merges,
                           unk_token="<unk>",
                           byte_fallback=True)
        plain.decoder = decoder
        yield f"plain_spaces_{name}", plain, ["he  a", "he a", "the the", "é  é鐘 a", "hea he é", " he", "鐘 a"]  # noqa: E501


def pipeline_cases():
    """Ends of words, and Metaspace after other steps."""
    texts = [
        "the cat's hat", "The CAT", " a  b ", "hello world!", "é 鐘 x", "a", "<|end|>the",
        "aa\n\nbb 10"
    ]
    clip = Tokenizer(models.BPE(unk_token="<|end|>", end_of_word_suffix="</w>"))
    clip.normalizer = normalizers.Sequence(
        [normalizers.NFC(),
         normalizers.Replace(Regex(r"\s+"), " "),
         normalizers.Lowercase()])
    clip.pre_tokenizer = pre.Sequence([
        pre.Split(Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), "removed",
                  invert=True),
        pre.ByteLevel(add_prefix_space=False)
    ])
    clip.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=700, show_progress=False, special_tokens=["<|end|>"],
                                  end_of_word_suffix="</w>",
                                  initial_alphabet=sorted(pre.ByteLevel.alphabet()))
    clip.train_from_iterator(random_tokenizers.CORPUS, trainer)
    yield "clip", clip, texts
    gpt = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    gpt.normalizer = normalizers.BertNormalizer()
    gpt.pre_tokenizer = pre.BertPreTokenizer()
    gpt.decoder = decoders.BPEDecoder("</w>")
    trainer = trainers.BpeTrainer(vocab_size=120, show_progress=False, special_tokens=["<unk>"],
                                  end_of_word_suffix="</w>")
    gpt.train_from_iterator(random_tokenizers.CORPUS, trainer)
    yield "openai_gpt", gpt, texts
    for scheme in ("always", "first", "never"):
        for name, step in (("white", pre.WhitespaceSplit()), ("digits", pre.Digits(True)),
                           ("split", pre.Split(Regex("[a-z]+"), "isolated"))):
            tokenizer = Tokenizer(
                models.Unigram([("<unk>", 0.0)] + [(c, -1.0 - i / 9)
                                                   for i, c in enumerate("▁abchetw10'é鐘! ")] +
                               [("▁the", -2.0)], 0, False))
            tokenizer.pre_tokenizer = pre.Sequence(
                [step, pre.Metaspace("▁", prepend_scheme=scheme)])
            tokenizer.decoder = decoders.Metaspace("▁", prepend_scheme=scheme)
            if name == "white":
                tokenizer.normalizer = normalizers.Strip()
            yield f"metaspace_{scheme}_{name}", added(tokenizer,
                                                      ("<|end|>", {"special": True})), texts
    # Where the normalizer takes the front away, nothing starts the text.
    stripped = characters(["<unk>", "a", "▁", "x", "▁a"], [("▁", "a")], unk_token="<unk>")
    stripped.normalizer = normalizers.Strip()
    stripped.pre_tokenizer = pre.Metaspace("▁", prepend_scheme="first")
    yield "metaspace_first_stripped", stripped, ["a x", " a x", "\n", "", "  a", "xa a "]
    prefix = byte_level()
    prefix.pre_tokenizer = pre.Sequence([pre.Digits(True), pre.ByteLevel(add_prefix_space=True)])
    yield "prefix_in_words", prefix, texts


def write_cases():
    cases = []
    for group in (added_cases, found_cases, bytes_cases, pipeline_cases):
        cases += [case_of(name, tokenizer.to_str(), texts) for name, tokenizer, texts in group()]
    dump("cases.json", {"how": HOW, "cases": cases})


def write_random(n):
    cases = []
    seed = 0
    while len(cases) < n:
        seed += 1
        try:
            tokenizer = random_tokenizers.random_tokenizer(seed)
        except Exception:  # not enough vocabulary for the characters
            continue
        if len(tokenizer) > 24_000:
            continue
        rng = random.Random(seed)
        cases.append(
            case_of(f"seed {seed}", tokenizer,
                    [random_tokenizers.random_text(rng) for _ in range(10)]))
    dump("random.json", {"how": HOW, "cases": cases})


def write_gguf(path, model, tokens, types, **more):
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_tokenizer_model(model)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    if model == "gpt2":
        writer.add_tokenizer_pre("gpt-2")
        writer.add_token_merges(more["merges"])
    else:
        writer.add_token_scores(more["scores"])
        writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def write_ggufs():
    """Vocabularies in GGUF, with the ids of the same tokenizer in `tokenizers`."""
    pad = added(byte_level(), ("!", {"special": True}), ("the", {"special": True}))
    model = json.loads(pad.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    write_gguf(OUT / "gguf/pad.gguf", "gpt2", tokens,
               [3 if t in ("!", "the") else 1 for t in tokens],
               merges=[" ".join(merge) for merge in model["merges"]])
    # A newline that is a piece, in the place of its byte, as a user-defined token.
    tokens = ["<unk>", "<s>", "</s>"] + bytes_of([10]) + ["\n", "▁", "a", "b", "▁a"]
    types = [2, 3, 3] + [6] * 255 + [4, 1, 1, 1, 1]
    write_gguf(OUT / "gguf/newline.gguf", "llama", tokens, types,
               scores=[0.0] * 259 + [-1.0, -2.0, -3.0, -0.5])
    newline = characters(tokens, [("▁", "a")], unk_token="<unk>", byte_fallback=True)
    newline.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    added(newline, ("\n", {}))
    found = []
    for file, tokenizer, texts in (("pad", pad, ["Stop! Go!", "they the !them", "!!"]),
                                   ("newline", newline, ["a\nb é", "\n\n", "a b\n a"])):
        tokenizer.encode_special_tokens = True
        ids = [{"text": t, "plain": ids_text(tokenizer.encode(t, add_special_tokens=False).ids)}
               for t in texts]
        found.append({"file": file + ".gguf", "texts": ids})
    dump("gguf/cases.json", {"how": HOW, "cases": found})


if __name__ == "__main__":
    write_cases()
    write_random(48)
    write_ggufs()
