#!/usr/bin/env python3
"""Writes tests/golden/tokenizers/folders/: checkpoint folders whose tokens stand in several files,
and what transformers makes of them.

    python3 scripts/goldens/make_folder_goldens.py

Made with transformers 5.24.0, tokenizers 0.23.3, mistral_common 1.13.1 and tiktoken 0.14.0. Each
folder gets ids.json: for every text the ids with special tokens recognized, without ("plain") and
with what goes around a text ("all"). The small vocabulary is made up. Of the .model folder the ids
are those of the vocabulary alone: a text there is only control tokens and words without spaces."""

import base64
import json
import pathlib
import shutil
import warnings

from tokenizers.pre_tokenizers import ByteLevel
from transformers import AutoTokenizer

warnings.filterwarnings("ignore")
TOKENIZERS = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/tokenizers"
OUT = TOKENIZERS / "folders"
TEXTS = [
    "hello the", "<|im_start|>user\nhello<|im_end|>\n", "a<|im_end|>  b", "<tool>hello</tool>",
    "<s>the</s>", "x <mask> y", "Hello's  3 the12\n\n é", "[PAD]the<extra>", "  the", ""
]
MERGES = ["t h", "h e", "Ġ t", "Ġt he", "l l", "he ll", "hell o", "th e", "Ġ h"]


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def pieces():
    made = sorted(ByteLevel.alphabet())
    return made + [merge.replace(" ", "") for merge in MERGES]


def vocab(extra=()):
    return {piece: i for i, piece in enumerate(list(extra) + pieces())}


def added(index, content, **flags):
    return {
        str(index): {
            "content": content, "special": True, "normalized": False, "lstrip": False,
            "rstrip": False, "single_word": False
        } | flags
    }


def document(extra=(), tokens=()):
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{
            "id": i, "content": c, "special": True, "normalized": False, "lstrip": False,
            "rstrip": False, "single_word": False
        } for i, c in tokens],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True
        },
        "post_processor": None,
        "decoder": {
            "type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True
        },
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
            "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
            "ignore_merges": False, "vocab": vocab(extra), "merges": MERGES
        },
    }


def folder(name):
    path = OUT / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def ids(path, texts=TEXTS, reference=None):
    reference = reference or AutoTokenizer.from_pretrained(str(path))
    cases = []
    for text in texts:
        reference.split_special_tokens = False
        cases.append({
            "text": text, "ids": reference(text, add_special_tokens=False)["input_ids"],
            "all": reference(text, add_special_tokens=True)["input_ids"],
            "plain": reference(text, add_special_tokens=False,
                               split_special_tokens=True)["input_ids"]
        })
    write(path / "ids.json", {"how": "scripts/goldens/make_folder_goldens.py", "cases": cases})


def json_folders():
    n = len(pieces())
    base = {"tokenizer_class": "PreTrainedTokenizerFast"}
    # Tokens and flags that are only in tokenizer_config.json.
    path = folder("decoder")
    write(path / "tokenizer.json", document(tokens=[(n, "<s>")]) | {})
    decoder = added(n, "<s>") | added(n + 1, "<|im_start|>") | added(n + 2, "<|im_end|>",
                                                                     rstrip=True)
    decoder |= added(n + 3, "<tool>", special=False) | added(n + 4, "</tool>", special=False,
                                                             normalized=True)
    write(path / "tokenizer_config.json",
          base | {"bos_token": "<s>", "eos_token": "<|im_end|>", "added_tokens_decoder": decoder})
    ids(path)
    # Flags of tokenizer_config.json count more than those of tokenizer.json.
    path = folder("flags")
    write(path / "tokenizer.json", document(tokens=[(n, "<|im_start|>"), (n + 1, "<|im_end|>")]))
    write(
        path / "tokenizer_config.json", base | {
            "added_tokens_decoder": added(n, "<|im_start|>", rstrip=True)
            | added(n + 1, "<|im_end|>", lstrip=True, rstrip=True)
        })
    ids(path)
    # The files of older versions.
    path = folder("older")
    write(path / "tokenizer.json", document(tokens=[]))
    write(path / "tokenizer_config.json", base | {"eos_token": "<|im_end|>"})
    write(path / "special_tokens_map.json",
          {"eos_token": "<|im_end|>", "extra_special_tokens": ["<|im_start|>"]})
    write(path / "added_tokens.json", {"<|im_start|>": n, "<|im_end|>": n + 1, "<tool>": n + 2})
    ids(path)
    # Named tokens: one that is a piece, and some that are in no vocabulary.
    path = folder("named")
    write(path / "tokenizer.json", document(extra=["<s>", "</s>"]))
    write(
        path / "tokenizer_config.json", base | {
            "bos_token": "<s>", "eos_token": {
                "__type": "AddedToken", "content": "</s>", "lstrip": True, "rstrip": False,
                "normalized": False, "single_word": False
            }, "pad_token": "[PAD]", "extra_special_tokens": ["<extra>"]
        })
    ids(path)
    # These two keys mean nothing beside a tokenizer.json.
    path = folder("ends")
    write(path / "tokenizer.json", document(extra=["<s>", "</s>"], tokens=[(0, "<s>"),
                                                                           (1, "</s>")]))
    write(
        path / "tokenizer_config.json", base
        | {"bos_token": "<s>", "eos_token": "</s>", "add_bos_token": True, "add_eos_token": True})
    ids(path)


def merges_folders():
    for name, kind, extra, config in (
        ("gpt2", "GPT2Tokenizer", [], {}),
        ("roberta", "RobertaTokenizer", ["<s>", "<pad>", "</s>", "<unk>", "<mask>"], {}),
        ("qwen2", "Qwen2Tokenizer", [], {
            "added_tokens_decoder": added(len(pieces()) + 1, "<|im_start|>")
            | added(len(pieces()) + 2, "<|im_end|>"), "eos_token": "<|im_end|>"
        }),
    ):
        path = folder(name)
        names = vocab(extra)
        if name != "roberta":
            names["<|endoftext|>"] = len(names)
        write(path / "vocab.json", names)
        (path / "merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")
        write(path / "tokenizer_config.json", {"tokenizer_class": kind} | config)
        ids(path, TEXTS + ["a<|endoftext|>b"])


def ranked():
    made = [bytes([b]) for b in range(256)
            ] + [b"th", b"he", b" t", b" the", b"ll", b"hell", b"hello", b"\n\n", b"12"]
    return [(base64.b64encode(piece).decode(), rank) for rank, piece in enumerate(made)]


def tekken_folder():
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer

    pattern = (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?"
        r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"  # noqa: E501
    )
    for name, specials in (("tekken", None), ("tekken_named",
                                              ["<unk>", "<s>", "</s>", "[INST]", "[NEW]"])):
        path = folder(name)
        special_tokens = specials and [{"rank": i, "token_str": s, "is_control": True}
                                       for i, s in enumerate(specials)]
        write(
            path / "tekken.json", {
                "config": {
                    "pattern": pattern, "num_vocab_tokens": 270,
                    "default_vocab_size": 30 + len(ranked()), "default_num_special_tokens": 30,
                    "version": "v7" if specials else "v3"
                },
                "vocab": [{"rank": r, "token_bytes": b, "token_str": None} for b, r in ranked()] +
                [{"rank": len(ranked()), "token_bytes": "enp6eg==", "token_str": None}],
                **({"special_tokens": special_tokens} if specials else {}),
            })
        reference = Tekkenizer.from_file(path / "tekken.json")
        cases = [{
            "text": t, "plain": reference.encode(t, bos=False, eos=False),
            "all": reference.encode(t, bos=True, eos=False)
        } for t in TEXTS]
        write(
            path / "ids.json", {
                "how": "scripts/goldens/make_folder_goldens.py", "cases": cases, "special": {
                    s: reference.get_special_token(s)
                    for s in ("<s>", "</s>", "[INST]", "<SPECIAL_29>")
                }
            })


def model_folder():
    path = folder("model")
    shutil.copy(TOKENIZERS / "spm_bpe.model", path / "tokenizer.model")
    import sentencepiece

    n = sentencepiece.SentencePieceProcessor(model_file=str(path /
                                                            "tokenizer.model")).get_piece_size()
    write(path / "added_tokens.json", {"<|im_start|>": n, "<|im_end|>": n + 1})
    write(
        path / "tokenizer_config.json", {
            "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>",
            "add_bos_token": False, "add_eos_token": True, "extra_special_tokens": ["<|im_start|>"]
        })
    ids(path, ["<|im_start|><|im_end|>", "<|im_end|>"])


if __name__ == "__main__":
    json_folders()
    merges_folders()
    tekken_folder()
    model_folder()
