#!/usr/bin/env python3
"""Writes tests/golden/tokenizers/{bert,cased,t5,xlmr,albert,words,letters}/: small tokenizers of
every kind but BPE, trained with the library itself, and what it makes of texts with them.

    python3 scripts/goldens/make_kind_goldens.py FOLDER_WITH_TEXTS

As make_tokenizer_goldens.py, whose texts and files these are. Made with tokenizers 0.23.3 and
sentencepiece 0.2.3, which also writes spm_unigram.model, spm_bpe.model and spm_bytes.model with
their ids in NAME.json, and tiktoken 0.14.0, with tiny.tiktoken, tiny.json and tiny_possessive.json.
"""

import base64
import io
import json
import pathlib
import sys

import sentencepiece
import tiktoken
from make_tokenizer_goldens import LLAMA3, OUT, TEXTS, dump, random_texts, write_ids
from sentencepiece import sentencepiece_model_pb2 as pb2
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

MORE_TEXTS = [
    "unhappiness",
    "Unhappiness, isn't it? I do not know.",
    "UPPER lower MiXeD",
    "ÀÉÎõü ñandú",
    "İstanbul ΑΣΑΣ",
    "中文abc日本",
    "a" * 120,
    "don't won't I'm he's they've we're",
    "x . y , z ! w ?",
    "``quoted'' text",
    "tab\tand\u00a0nbsp\u200bzero\u00adsoft",
    "\ufb01 \uff21\uff22 \u2460 \u33a1 \u1e9b\u0323",
    "e\u0301a\u0301",
    "\r\n\r\n x\r\ny",
    "\r\u0301 \n\u0301",
    "\u0915\u094d\u0937 \u0915\u094d\u200d\u0937",
    "\u00a9\u200d\u00a9\u0301",
    "\u1100\u1161\u11a8 \uac01\u0301",
    "\U0001F1E6\U0001F1E7\U0001F1E8",
    "\u0600a\u0301",
    "\u2581a \u2581 \u2581\u2581b",
    "zzqqxxjj \u4e00\u4e01 \u4e02",
    "\u4e03",
    "#tag ##ing a##b",
    "$5.00 + 3^2 = 14 <b>|`~",
]
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def finish(tokenizer, specials):
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in specials])
    return tokenizer


def bert(corpus, lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=lowercase)
    tokenizer.train_from_iterator(
        corpus,
        trainers.WordPieceTrainer(vocab_size=900, special_tokens=SPECIALS, show_progress=False))
    ids = [(t, tokenizer.token_to_id(t)) for t in ("[CLS]", "[SEP]")]
    if lowercase:
        tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]",
                                                                 pair="[CLS] $A [SEP] $B:1 [SEP]:1",
                                                                 special_tokens=ids)
    else:
        tokenizer.post_processor = processors.BertProcessing(ids[1], ids[0])
    tokenizer.add_tokens([AddedToken("KeepMe", normalized=True)])
    return finish(tokenizer, SPECIALS)


def charsmap(rule):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(["b c d e"] * 10),
                                             model_writer=model, vocab_size=9,
                                             hard_vocab_limit=False, minloglevel=2, **rule)
    return pb2.ModelProto.FromString(model.getvalue()).normalizer_spec.precompiled_charsmap


def unigram(corpus, normalizer, pre_tokenizer, specials, unk, vocab_size=900):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(
        corpus,
        trainers.UnigramTrainer(vocab_size=vocab_size, special_tokens=specials, unk_token=unk,
                                show_progress=False, max_piece_length=12))
    return tokenizer


def t5(corpus):
    tokenizer = unigram(corpus,
                        normalizers.Precompiled(charsmap({"normalization_rule_name": "nmt_nfkc"})),
                        pre.Sequence([pre.WhitespaceSplit(), pre.Metaspace()]),
                        ["<pad>", "</s>", "<unk>"], "<unk>")
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))])
    return finish(tokenizer, ["<pad>", "</s>", "<unk>"])


def small_rules():
    path = OUT / "rules.tsv"
    path.write_text("".join(
        "{}\t{}\n".format(" ".join(f"{ord(c):X}" for c in a), " ".join(f"{ord(c):X}" for c in b))
        for a, b in [("\n", " "), ("\r", " "), ("\t", " "), ("\u00a0", " "), (
            "\u3000", " "), ("e\u0301",
                             "\u00e9"), ("\ufb01", "fi"), ("\u2026",
                                                           "..."), ("\u00ad",
                                                                    ""), ("\u0915\u094d",
                                                                          "k"), ("\u00c5",
                                                                                 "A\u030a")]))
    result = charsmap({"normalization_rule_tsv": str(path)})
    path.unlink()
    return result


def xlmr(corpus):
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = unigram(
        corpus,
        normalizers.Sequence([
            normalizers.Precompiled(small_rules()),
            normalizers.Strip(left=False, right=True),
            normalizers.Replace(Regex(" {2,}"), "\u2581")
        ]), pre.Metaspace(prepend_scheme="always"), specials, "<unk>")
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("<s>", "</s>")])
    finish(tokenizer, specials[:4])
    tokenizer.add_special_tokens(
        [AddedToken("<mask>", special=True, lstrip=True, normalized=False)])
    return tokenizer


def albert(corpus):
    specials = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = unigram(
        corpus,
        normalizers.Sequence([
            normalizers.Replace("``", '"'),
            normalizers.Replace("''", '"'),
            normalizers.NFKD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            normalizers.Precompiled(small_rules())
        ]), pre.Sequence([pre.WhitespaceSplit(), pre.Metaspace()]), specials, "<unk>")
    state = json.loads(tokenizer.to_str())
    # Bytes for what is unknown.
    state["model"]["byte_fallback"] = True
    state["model"]["vocab"] += [[f"<0x{b:02X}>", -20.0] for b in range(256)]
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("[CLS]", "[SEP]")])
    return finish(tokenizer, specials)


def words(corpus):
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(),
         normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre.Sequence([
        pre.Whitespace(),
        pre.Punctuation(behavior="contiguous"),
        pre.Digits(individual_digits=True)
    ])
    tokenizer.train_from_iterator(
        corpus,
        trainers.WordLevelTrainer(vocab_size=800, special_tokens=["[UNK]", "<s>", "</s>"],
                                  show_progress=False))
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1))
    return finish(tokenizer, ["[UNK]", "<s>", "</s>"])


def letters(corpus):
    alphabet = sorted(set("".join(corpus[:2000])))
    tokenizer = Tokenizer(
        models.WordLevel({c: i
                          for i, c in enumerate(["?unk?"] + alphabet)}, unk_token="?unk?"))
    tokenizer.pre_tokenizer = pre.Split(Regex("."), "isolated")
    tokenizer.decoder = decoders.Fuse()
    return tokenizer


def sentencepiece_model(name, corpus, texts, **options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(corpus), model_writer=model,
                                             vocab_size=700, minloglevel=2, num_threads=1,
                                             hard_vocab_limit=False, **options)
    (OUT / f"{name}.model").write_bytes(model.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    texts = [t for t in texts if "\0" not in t]
    cases = [{
        "text": t, "ids": " ".join(map(str, processor.encode(t))),
        "decoded": processor.decode(processor.encode(t))
    } for t in texts]
    dump(OUT / f"{name}.json", {"how": "scripts/goldens/make_kind_goldens.py", "cases": cases})


def drop_spelled(name):
    """A unigram model of `tokenizers` finds control tokens by their spelling, encode_special_tokens
    or not. Here text cannot spell one, so such texts have no plain ids."""
    path = OUT / name / "ids.json"
    state = json.loads(path.read_text())
    added = json.loads((OUT / name / "tokenizer.json").read_text())["added_tokens"]
    for case in state["cases"]:
        if any(t["content"] in case["text"] for t in added):
            del case["plain"]
    dump(path, state)


def tiktoken_file(texts):
    """The vocabulary of llama3/ as ranks: a token's id is its rank."""
    vocabulary = json.loads((OUT / "llama3/tokenizer.json").read_text())["model"]["vocab"]
    stand_in = {c: b for b, c in bytes_to_unicode().items()}
    ranks = {
        bytes(stand_in[c] for c in piece): i
        for i, piece in enumerate(sorted(vocabulary, key=vocabulary.get))
    }
    specials = {"<|end|>": len(ranks) + 3}
    encoding = tiktoken.Encoding("tiny", pat_str=LLAMA3, mergeable_ranks=ranks,
                                 special_tokens=specials)
    (OUT / "tiny.tiktoken").write_text("".join(f"{base64.b64encode(token).decode()} {rank}\n"
                                               for token, rank in ranks.items()))
    cases = [{
        "text": t, "all": " ".join(map(str, encoding.encode(t, allowed_special="all"))),
        "plain": " ".join(map(str, encoding.encode_ordinary(t)))
    } for t in texts]
    dump(
        OUT / "tiny.json", {
            "how": "scripts/goldens/make_kind_goldens.py", "pattern": LLAMA3,
            "special_tokens": specials, "cases": cases
        })


def tiktoken_possessive(texts):
    """The same vocabulary with a pattern as tiktoken itself writes them today."""
    pattern = (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|"  # noqa: E501
        r"\s*[\r\n]|\s+(?!\S)|\s")
    ranks = {
        base64.b64decode(token): int(rank)
        for token, rank in (line.split()
                            for line in (OUT / "tiny.tiktoken").read_text().splitlines())
    }
    encoding = tiktoken.Encoding("tiny", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    cases = [{"text": t, "plain": " ".join(map(str, encoding.encode_ordinary(t)))} for t in texts]
    dump(OUT / "tiny_possessive.json",
         {"how": "scripts/goldens/make_kind_goldens.py", "pattern": pattern, "cases": cases})


def bytes_to_unicode():
    """The stand-ins of GPT-2's byte-level vocabularies."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    return {**{b: chr(b) for b in plain}, **{b: chr(256 + i) for i, b in enumerate(rest)}}


def main():
    corpus = (pathlib.Path(sys.argv[1]) / "shakespeare.txt").read_text()[:400000].split("\n")
    corpus += TEXTS + MORE_TEXTS
    texts = TEXTS + MORE_TEXTS + random_texts(200, 11)
    for name in ["[CLS]", "</s>", "<unk>", "<mask>"]:
        texts += [f"a {name}b", f"the {name} king {name}"]
    made = {
        "bert": bert(corpus, True), "cased": bert(corpus,
                                                  False), "t5": t5(corpus), "xlmr": xlmr(corpus),
        "albert": albert(corpus), "words": words(corpus), "letters": letters(corpus)
    }
    for name, tokenizer in made.items():
        write_ids(name, tokenizer, texts)
        if json.loads(tokenizer.to_str())["model"]["type"] == "Unigram":
            drop_spelled(name)
    tiktoken_file(texts)
    tiktoken_possessive(texts[:160])
    sentencepiece_model("spm_unigram", corpus, texts, model_type="unigram")
    sentencepiece_model("spm_bpe", corpus, texts, model_type="bpe",
                        normalization_rule_name="identity", remove_extra_whitespaces=False)
    sentencepiece_model("spm_bytes", corpus, texts, model_type="bpe", byte_fallback=True,
                        normalization_rule_name="nfkc", user_defined_symbols=["<sep>", "keepme"],
                        split_digits=True)


if __name__ == "__main__":
    main()
