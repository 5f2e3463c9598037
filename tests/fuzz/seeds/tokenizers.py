"""Seeds of the readers of tokenizers: hftok, hffolder, spm, vocabfiles."""
import json

from .common import SPLIT, compact, golden, write


def small_tokenizer(path, n_merges=12, n_pieces=40):
    """tokenizer.json with the pieces that its model cannot do without, and some more."""
    data = json.loads(path.read_text())
    model = data["model"]
    added = {t["content"] for t in data.get("added_tokens", [])}
    if model.get("type") == "Unigram":
        vocab = model["vocab"]
        keep = [p for p in vocab if p[0] in added or (p[0].startswith("<") and len(p[0]) > 2)]
        keep += [p for p in vocab if p not in keep][:n_pieces]
        unk = vocab[model["unk_id"]] if model.get("unk_id") is not None else None
        if unk is not None and unk not in keep:
            keep.append(unk)
        model["vocab"] = keep
        if unk is not None:
            model["unk_id"] = keep.index(unk)
        index = {p[0]: i for i, p in enumerate(keep)}
    else:
        merges = model.get("merges", [])[:n_merges]
        pairs = [m.split(" ", 1) if isinstance(m, str) else m for m in merges]
        needed = added | {a for p in pairs for a in (p[0], p[1], p[0] + p[1])}
        needed |= {str(model.get("unk_token"))}
        names = [
            t for t in sorted(model["vocab"], key=model["vocab"].get)
            if t in needed or len(t) == 1 or (t.startswith("<0x") and len(t) == 6)
        ]
        if not merges:
            names += [t for t in model["vocab"] if t not in names][:n_pieces]
        index = {t: i for i, t in enumerate(names)}
        model["vocab"] = index
        if "merges" in model:
            model["merges"] = merges
    for token in data.get("added_tokens", []):
        token["id"] = index.setdefault(token["content"], len(index))
    fix_ids(data.get("post_processor"), index)
    drop_large_maps(data)
    return compact(data)


def drop_large_maps(node):
    """Character maps have their seeds in SentencePiece's models."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "precompiled_charsmap" and value and len(value) > 2000:
                node[key] = None
            else:
                drop_large_maps(value)
    elif isinstance(node, list):
        for part in node:
            drop_large_maps(part)


def fix_ids(node, index):
    """The ids of special tokens in a post-processor are those of the smaller vocabulary."""
    if isinstance(node, list):
        if len(node) == 2 and isinstance(node[0], str) and isinstance(node[1], int):
            node[1] = index.get(node[0], 0)
        for part in node:
            fix_ids(part, index)
    elif isinstance(node, dict):
        if isinstance(node.get("tokens"), list) and isinstance(node.get("ids"), list):
            node["ids"] = [index.get(t, 0) for t in node["tokens"]]
        for part in node.values():
            fix_ids(part, index)


def tokenizer_json():
    for path in sorted((golden / "tokenizers").glob("*/tokenizer.json")):
        small = small_tokenizer(path)
        write("hftok", path.parent.name, small)
        if len(small) < 3000:
            write(
                "hffolder", path.parent.name,
                SPLIT.join([b'{"add_bos_token":true,"bos_token":"<s>"}', b"{}", b"", b"{}", small]))
    config = (golden / "tiny-llama/tokenizer_config.json").read_bytes()
    template = (golden / "chat/turn_manner.jinja").read_bytes()
    write("hffolder", "config",
          SPLIT.join([config, b'{"eos_token":{"content":"</s>"},"unk_token":"[UNK]"}']))
    write(
        "hffolder", "template",
        SPLIT.join([
            b'{"eos_token":"</s>","chat_template":[{"name":"default",'
            b'"template":"{{ 1 }}"}]}', b"", template, b'{"<new>":5}'
        ]))


def read_varint(data, at):
    """The number at `at`, and where the next value begins."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    """(bytes of a whole field, number) of a protocol buffer's message."""
    at = 0
    while at < len(data):
        begin = at
        key, at = read_varint(data, at)
        kind = key & 7
        if kind == 0:
            _, at = read_varint(data, at)
        elif kind == 2:
            size, at = read_varint(data, at)
            at += size
        else:
            at += 4 if kind == 5 else 8
        yield data[begin:at], key >> 3


def small_spm(path, n_pieces=330, max_field=600):
    """The first pieces, and the settings without the large character map."""
    out, n = b"", 0
    for field, number in fields(path.read_bytes()):
        if number == 1:
            n += 1
            if n > n_pieces:
                continue
        elif len(field) > max_field:
            continue
        out += field
    return out


def spm_models():
    for name in ["spm_bpe", "spm_bytes", "spm_unigram"]:
        write("spm", name, small_spm(golden / f"tokenizers/{name}.model"))


def vocabulary_files():
    lines = b"".join((golden / "tokenizers/tiny.tiktoken").read_bytes().splitlines(True)[:270])
    write("vocabfiles", "tiktoken",
          b"t" + lines + SPLIT + b'{"pattern":"[a-z]+|[^a-z]","special_tokens":{"<|end|>":300}}')
    write(
        "vocabfiles", "words", b"v[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\nthe\n\xe6\x97\xa5" + SPLIT +
        b'{"do_lower_case":true,"cls_token":"[CLS]"}')


def tokenizers():
    tokenizer_json()
    spm_models()
    vocabulary_files()
