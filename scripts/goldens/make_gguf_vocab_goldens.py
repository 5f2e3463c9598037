#!/usr/bin/env python3
"""Writes tests/golden/tokenizers/gguf/: vocabularies of GGUF files, and what llama.cpp makes of
texts with them.

    python3 scripts/goldens/make_gguf_vocab_goldens.py

Made with llama-cpp-python 0.3.36, gguf 0.19.0 and tokenizers 0.23.3 (for make_tokenizer_goldens.py,
whose texts these are). The vocabularies are those of bert/, xlmr/ and digits/ beside it, which must
be there. bert.gguf and t5.gguf are whole; ids.json has for every text the ids with special tokens
recognized ("all") and without ("plain"), the ends of a text in both; left out are texts that
llama.cpp takes otherwise than what the models were trained with: for bert, where `tokenizers`
differs (llama.cpp's normal form D without Hangul, marks of category Mc, U+0085, U+2581), for t5
texts with U+2581. splits.json has for the names of tokenizer.ggml.pre the ids of texts, with the
vocabulary of digits/, merges and all; "pre" are names that llama.cpp reads alike."""

import base64
import json
import pathlib
import tempfile

import gguf
from llama_cpp import Llama
from make_tokenizer_goldens import OUT, TEXTS, dump, random_texts
from tokenizers import Tokenizer

SPLITS = [
    ["default"],
    ["gpt-2", "olmo", "exaone4"],
    ["smollm", "minerva-7b"],
    ["llama-bpe", "lfm2"],
    ["dbrx", "chatglm-bpe"],
    ["glm4"],
    ["qwen2", "hunyuan"],
    ["qwen35"],
    ["ufakzeka"],
    ["laguna"],
    ["gpt-4o", "kanana2"],
    ["tekken"],
    ["falcon"],
    ["deepseek-coder"],
    ["deepseek-v3", "hunyuan-dense"],
    ["seed-coder"],
    ["bailingmoe", "llada-moe"],
    ["bloom"],
    ["viking"],
    ["minicpm5"],
    ["granite-embed-multi-97m"],
]


def writer(path, model):
    out = gguf.GGUFWriter(str(path), "llama")
    out.add_tokenizer_model(model)
    return out


def close(out):
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.close()


def pieces_of(document):
    vocabulary = document["model"]["vocab"]
    pieces = [piece for piece, _ in vocabulary] if isinstance(vocabulary, list) else sorted(
        vocabulary, key=vocabulary.get)
    for token in document["added_tokens"]:
        pieces[token["id"]:token["id"] + 1] = [token["content"]]
    return pieces


def write_bert(path):
    document = json.loads((OUT / "bert/tokenizer.json").read_text())
    pieces = pieces_of(document)
    kinds = {token["id"]: 3 if token["special"] else 4 for token in document["added_tokens"]}
    out = writer(path, "bert")
    out.add_token_list([
        p if i in kinds else p[2:] if p.startswith("##") else "\u2581" + p
        for i, p in enumerate(pieces)
    ])
    out.add_token_types([kinds.get(i, 1) for i in range(len(pieces))])
    out.add_uint32("tokenizer.ggml.cls_token_id", pieces.index("[CLS]"))
    out.add_bos_token_id(pieces.index("[CLS]"))
    out.add_sep_token_id(pieces.index("[SEP]"))
    out.add_unk_token_id(pieces.index("[UNK]"))
    close(out)


def write_t5(path):
    document = json.loads((OUT / "xlmr/tokenizer.json").read_text())
    pieces = pieces_of(document)
    scores = [score for _, score in document["model"]["vocab"]]
    kinds = {token["id"]: 3 for token in document["added_tokens"]}
    kinds[pieces.index("<unk>")] = 2
    out = writer(path, "t5")
    out.add_token_list(pieces)
    out.add_token_scores(scores + [0.0] * (len(pieces) - len(scores)))
    out.add_token_types([kinds.get(i, 1) for i in range(len(pieces))])
    charsmap = document["normalizer"]["normalizers"][0]["precompiled_charsmap"]
    out.add_array("tokenizer.ggml.precompiled_charsmap", base64.b64decode(charsmap))
    out.add_eos_token_id(pieces.index("</s>"))
    out.add_unk_token_id(pieces.index("<unk>"))
    out.add_add_space_prefix(True)
    out.add_remove_extra_whitespaces(True)
    close(out)


def write_digits(path, pre):
    document = json.loads((OUT / "digits/tokenizer.json").read_text())
    pieces = pieces_of(document)
    kinds = {token["id"]: 3 if token["special"] else 4 for token in document["added_tokens"]}
    out = writer(path, "gpt2")
    out.add_tokenizer_pre(pre)
    out.add_token_list(pieces)
    out.add_token_types([kinds.get(i, 1) for i in range(len(pieces))])
    out.add_token_merges(
        [m if isinstance(m, str) else " ".join(m) for m in document["model"]["merges"]])
    out.add_eos_token_id(pieces.index("<|end|>"))
    out.add_bos_token_id(pieces.index("<|im_start|>"))
    close(out)


def ids_of(path, texts, ends):
    model = Llama(str(path), vocab_only=True, verbose=False)
    return [{
        "text": text,
        "all": " ".join(map(str, model.tokenize(text.encode(), add_bos=ends, special=True))),
        "plain": " ".join(map(str, model.tokenize(text.encode(), add_bos=ends, special=False)))
    } for text in texts]


def main():
    folder = OUT / "gguf"
    folder.mkdir(exist_ok=True)
    # Differences between llama.cpp's tables of characters and those of `tokenizers` are not the
    # subject here.
    texts = [
        t for t in TEXTS + random_texts(160, 21)
        if "\0" not in t and all(ord(c) < 0x10000 for c in t)
    ]
    texts += [
        "unhappiness", "Unhappiness, isn't it? I don't know.", "a  [SEP] b", "Éa ñandú", "a" * 60,
        "中文abc日本"
    ]
    result = {"how": "scripts/goldens/make_gguf_vocab_goldens.py"}
    for name, write in (("bert", write_bert), ("t5", write_t5)):
        write(folder / f"{name}.gguf")
        result[name] = ids_of(folder / f"{name}.gguf", texts, True)
    library = Tokenizer.from_file(str(OUT / "bert/tokenizer.json"))
    result["bert"] = [
        case for case in result["bert"]
        if case["all"] == " ".join(map(str,
                                       library.encode(case["text"]).ids))
    ]
    result["t5"] = [case for case in result["t5"] if "\u2581" not in case["text"]]
    dump(folder / "ids.json", result)
    splits = []
    with tempfile.TemporaryDirectory() as scratch:
        for names in SPLITS:
            all_ids = []
            for pre in names:
                path = pathlib.Path(scratch) / "vocab.gguf"
                write_digits(path, pre)
                all_ids.append([case["plain"] for case in ids_of(path, texts[:120], False)])
            assert all(ids == all_ids[0] for ids in all_ids), names
            splits.append({"pre": names, "ids": all_ids[0]})
    dump(folder / "splits.json", {
        "how": "scripts/goldens/make_gguf_vocab_goldens.py", "texts": texts[:120], "splits": splits
    })


if __name__ == "__main__":
    main()
