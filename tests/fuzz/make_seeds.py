#!/usr/bin/env python3
"""Makes the seeds of the fuzz targets from the golden files: make_seeds.py GOLDEN OUT PACK.

A folder per target. Seeds are small, because the fuzzer runs them thousands of times a second:
vocabularies are cut down, weights are left out where the target makes them itself."""
import json
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

golden, out, pack = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
SPLIT = b"\n%%\n"


def write(target, name, content):
    folder = out / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def sections(parts):
    """parts: (name, content). As tests/fuzz/common.h splits them."""
    return b"".join(bytes([len(n)]) + n.encode() + struct.pack("<I", len(c)) + c for n, c in parts)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


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


def tokenizers():
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


def model_files():
    for name in ["spm_bpe", "spm_bytes", "spm_unigram"]:
        write("spm", name, small_spm(golden / f"tokenizers/{name}.model"))
    for path in [
            *sorted((golden / "tokenizers/gguf").glob("*.gguf")),
            golden / "tokenizers/spm/vocab.gguf", *sorted((golden / "checkpoint").glob("*.gguf"))
    ]:
        write("gguf", path.name, path.read_bytes())
    write("gguf", "llama", small_gguf())
    vocabulary = (golden / "checkpoint/tokenizer.bin").read_bytes()
    for path in sorted((golden / "checkpoint").glob("llama2c_*.bin")):
        write("llama2c", path.stem, sections([("model.bin", path.read_bytes()), ("", vocabulary)]))
    pieces = [b"<unk>", b"\n<s>\n", b"\n</s>\n"] + [b"<0x%02X>" % i for i in range(256)
                                                    ] + [b" ", b"a", b"b", b"ab"]
    vocabulary = struct.pack("<I", 8) + b"".join(
        struct.pack("<fI", -i, len(p)) + p for i, p in enumerate(pieces))
    write("llama2c", "vocabulary", sections([("model.bin", b""), ("    ", vocabulary)]))
    lines = b"".join((golden / "tokenizers/tiny.tiktoken").read_bytes().splitlines(True)[:270])
    write("vocabfiles", "tiktoken",
          b"t" + lines + SPLIT + b'{"pattern":"[a-z]+|[^a-z]","special_tokens":{"<|end|>":300}}')
    write(
        "vocabfiles", "words", b"v[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n##b\nthe\n\xe6\x97\xa5" + SPLIT +
        b'{"do_lower_case":true,"cls_token":"[CLS]"}')


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


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


def gguf_string(text):
    return struct.pack("<Q", len(text)) + text


def small_gguf():
    """A llama of one layer and 32 columns with a vocabulary of a few words."""

    def value(kind, data):
        return struct.pack("<I", kind) + data

    def strings(items):
        return value(9, struct.pack("<IQ", 8, len(items)) + b"".join(map(gguf_string, items)))

    tokens = [b"<unk>", b"<s>", b"</s>"] + [b"<0x%02X>" % i
                                            for i in range(256)] + [b"a", b"b", b"ab"]
    n = len(tokens)
    keys = {
        b"general.architecture": value(8, gguf_string(b"llama")),
        b"llama.block_count": value(4, struct.pack("<I", 1)),
        b"llama.context_length": value(4, struct.pack("<I", 64)),
        b"llama.embedding_length": value(4, struct.pack("<I", 32)),
        b"llama.feed_forward_length": value(4, struct.pack("<I", 32)),
        b"llama.attention.head_count": value(4, struct.pack("<I", 2)),
        b"llama.attention.head_count_kv": value(4, struct.pack("<I", 1)),
        b"llama.attention.layer_norm_rms_epsilon": value(6, struct.pack("<f", 1e-5)),
        b"llama.rope.dimension_count": value(4, struct.pack("<I", 16)),
        b"llama.vocab_size": value(4, struct.pack("<I", n)),
        b"tokenizer.ggml.model": value(8, gguf_string(b"llama")),
        b"tokenizer.ggml.tokens": strings(tokens),
        b"tokenizer.ggml.scores": value(9,
                                        struct.pack("<IQ", 6, n) +
                                        struct.pack(f"<{n}f", *range(n))),
        b"tokenizer.ggml.token_type": value(
            9,
            struct.pack("<IQ", 5, n) + struct.pack(f"<{n}i", 2, 3, 3, *[6] * 256, 1, 1, 1)),
    }
    shapes = {
        "token_embd": (32, n), "output_norm": (32, ), "blk.0.attn_norm": (32, ),
        "blk.0.ffn_norm": (32, ), "blk.0.attn_q": (32, 32), "blk.0.attn_k": (32, 16),
        "blk.0.attn_v": (32, 16), "blk.0.attn_output": (32, 32), "blk.0.ffn_gate": (32, 32),
        "blk.0.ffn_up": (32, 32), "blk.0.ffn_down": (32, 32)
    }
    infos = data = b""
    for name, shape in shapes.items():
        q8 = len(shape) > 1  # Q8_0, in blocks of 32
        count = 1
        for size in shape:
            count *= size
        infos += gguf_string(f"{name}.weight".encode()) + struct.pack("<I", len(shape))
        infos += struct.pack(f"<{len(shape)}Q", *shape) + struct.pack("<IQ", 8 if q8 else 0,
                                                                      len(data))
        content = b"\x3c" * (count // 32 * 34 if q8 else count * 4)
        data += content + b"\0" * (-len(content) % 32)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(keys))
    head += b"".join(gguf_string(k) + v for k, v in keys.items()) + infos
    return head + b"\0" * (-len(head) % 32) + data


def safetensors_header(path):
    data = path.read_bytes()
    return data[8:8 + struct.unpack("<Q", data[:8])[0]].strip()


def checkpoints():
    for folder in sorted((golden / "families").iterdir()):
        if not folder.is_dir():
            continue
        parts = [(folder / "config.json").read_bytes(),
                 safetensors_header(folder / "model.safetensors")]
        for path in sorted(folder.glob("*/config.json")) + sorted(folder.glob("modules.json")):
            parts.append(path.name.encode() + b"\n" + path.read_bytes())
        write("safetensors", folder.name, SPLIT.join(parts))
    sharded = golden / "checkpoint/sharded"
    index = next(sharded.glob("*.index.json"))
    config = (golden / "families/llama3/config.json").read_bytes()
    parts = [config, b"{}", index.name.encode() + b"\n" + index.read_bytes()]
    parts += [
        p.name.encode() + b"\n" + safetensors_header(p)
        for p in sorted(sharded.glob("*.safetensors"))
    ]
    write("safetensors", "sharded", SPLIT.join(parts))


def read_quire(path):
    """The sections of a .quire file by name."""
    data = path.read_bytes()
    n = struct.unpack_from("<I", data, 12)[0]
    found = {}
    for i in range(n):
        name, offset, length, _ = struct.unpack_from("<24sQQQ", data, 64 + 48 * i)
        found[name.rstrip(b"\0").decode()] = data[offset:offset + length]
    return found


WORDS = {
    "model": {
        "type": "WordLevel", "vocab": {"the": 0, "capital": 1, "of": 2, "2": 3, "=": 4, "[UNK]": 5},
        "unk_token": "[UNK]"
    }, "pre_tokenizer": {"type": "WhitespaceSplit"}, "added_tokens": []
}


def quire_files():
    """Sections of packed models, without weights; of tokenizers of every kind."""
    with tempfile.TemporaryDirectory() as work:
        for name in [
                "llama3", "gemma3", "gpt2", "olmoe", "bert", "bert-classifier", "falcon-7b",
                "phi3-long", "smollm3"
        ]:
            source = Path(work) / name
            shutil.copytree(golden / "families" / name, source)
            (source / "tokenizer.json").write_bytes(compact(WORDS))
            for old in ["tokenizer_config.json", "vocab.txt"]:
                (source / old).unlink(missing_ok=True)
            found = packed(source, Path(work) / "m.quire")
            write("quirefile", name,
                  sections([(n, c) for n, c in found.items() if n not in ("tensors", "weights")]))
            if name in ("llama3", "gpt2"):
                for fill in (b"\xff\xff\xff\x7e", b"\0\0\xc0\x7f",
                             b"\0\0\x80\x3f"):  # 1.7e38, NaN, 1
                    write(
                        "quirefile", f"{name}_{fill.hex()}",
                        sections([("fill", fill)] +
                                 [(n, c)
                                  for n, c in found.items() if n not in ("tensors", "weights")]))
                write("quirefile", "directory",
                      sections([(n, c) for n, c in found.items() if n != "weights"]))
        llama = Path(work) / "llama3"
        for path in sorted((golden / "tokenizers").glob("*/tokenizer.json")):
            if path.stat().st_size > 100000:
                continue
            (llama / "tokenizer.json").write_bytes(small_tokenizer(path, 6, 12))
            try:
                found = packed(llama, Path(work) / "m.quire")
            except subprocess.CalledProcessError:
                continue  # more tokens than the model has rows
            tables = [(n, c) for n, c in found.items() if n.startswith("tokenizer")]
            write("tables", path.parent.name, sections(tables))


def packed(source, target):
    subprocess.run([pack, source, "-o", target, "-t", "1"], check=True, capture_output=True)
    return read_quire(target)


def texts():
    for path in sorted((golden / "chat").glob("*.jinja")):
        write("tpl", path.stem, path.read_bytes())
    cases = json.loads((golden / "chat/expressions.json").read_text())["cases"]
    for i in range(0, len(cases), 3):
        write("tpl", f"expression{i}",
              "".join(case["template"] for case in cases[i:i + 3]).encode())
    data = json.loads((golden / "chat/conversations.json").read_text())
    for i, messages in enumerate(data["conversations"]):
        tools = data["settings"][i % len(data["settings"])].get("tools")
        write("conv", f"conversation{i}",
              compact({"messages": messages, "tools": tools} if tools else messages))
    write(
        "conv", "parts",
        compact({
            "messages": [{"role": "developer", "content": [{"type": "text", "text": "hi"}]}, {
                "role": "assistant", "content": None, "tool_calls": [{
                    "type": "function", "id": "1", "function": {
                        "name": "f", "arguments": "{\"a\": 1.5, \"b\": [12345678901234567890]}"
                    }
                }]
            }, {"role": "tool", "tool_call_id": "1", "content": "x"}],
            "chat_template_kwargs": {"x": 1}
        }))
    bodies = [("/v1/chat/completions", {
        "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5, "top_p": 1, "seed": 7,
        "stop": ["a", "b"], "logit_bias": {"5": -1.5}, "logprobs": True, "top_logprobs": 2, "n": 2,
        "max_completion_tokens": 5
    }),
              ("/v1/completions",
               {"prompt": ["a", "b"], "max_tokens": 5, "echo": True, "logprobs": 1,
                "suffix": None}),
              ("/v1/completions",
               {"prompt": [[1, 2], [3]], "min_p": 0.1, "top_k": 5, "ignore_eos": True}),
              ("/v1/embeddings", {"input": ["a"], "encoding_format": "base64", "dimensions": 8})]
    for i, (url, body) in enumerate(bodies):
        write("batch", f"line{i}",
              compact({"custom_id": f"r{i}", "method": "POST", "url": url, "body": body}))
        write("batch", f"body{i}", compact(body))
    write("csv", "csv", b"\0Say {word} in {{}}{a b}\nword,a b\n\"x, \"\"y\"\"\nz\",2\n3,4\r\n\n5\n")
    write("csv", "tsv", b"\1{b}\nb\tc\n1\t2\n")
    write("csv", "lines", b"\2\na\n\nb\r\nc")
    write("csv", "jsonl", b"\3\n{\"prompt\":\"a\"}\n{}\nx")
    splits = json.loads((golden / "tokenizers/splits.json").read_text())
    patterns = sorted({c["pattern"]
                       for c in walk(splits) if isinstance(c.get("pattern"), str)}, key=len)
    for i, pattern in enumerate(patterns[:20]):
        write("regex", f"pattern{i}", pattern.encode())
    write("regex", "steps", b"[0-9]{1,3}\n ?[a-z]+(?!\\S)|(?i:'s|'t)|\\s+|.")
    header = compact({
        "__metadata__": {
            "importance": "1", "model": "m", "tokens": "5", "layers.0.k": "layers.0.q"
        }, "layers.0.q.squares": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "layers.0.q.products": {"dtype": "F32", "shape": [3], "data_offsets": [8, 20]}
    })
    write("importance", "two",
          struct.pack("<Q", len(header)) + header + struct.pack("<5f", 1, 2, 1, 0.5, 2))


def hostile():
    """Depth, counts and growth, which bytes seldom come to by chance."""

    def nested(key, n, inner):
        return (f'{{"type":"Sequence","{key}":[') * n + inner + "]}" * n

    words = compact(WORDS)[:-1].decode()
    for n in (40, 3000):
        parts = {
            "normalizer": nested("normalizers", n, '{"type":"Lowercase"}'),
            "pre_tokenizer": nested("pretokenizers", n, '{"type":"WhitespaceSplit"}'),
            "decoder": nested("decoders", n, '{"type":"Fuse"}'),
            "post_processor": nested("processors", n, '{"type":"ByteLevel"}')
        }
        for name, value in parts.items():
            write("hftok", f"nested_{name}_{n}", f'{words},"{name}":{value}}}'.encode())
    grow = '{"type":"Replace","pattern":{"String":"a"},"content":"%s"}' % ("a" * 16)
    added = '[{"id":0,"content":"aa","special":false,"single_word":false,"lstrip":false,"rstrip":false,"normalized":true}]'  # noqa: E501
    growing = json.loads(words + "}")
    growing["normalizer"] = json.loads('{{"type":"Sequence","normalizers":[{}]}}'.format(",".join(
        [grow] * 8)))
    growing["added_tokens"] = json.loads(added)
    write("hftok", "growth", compact(growing))
    config = json.loads((golden / "families/llama3/config.json").read_text())
    header = safetensors_header(golden / "families/llama3/model.safetensors")
    for key in ("num_hidden_layers", "head_dim", "num_attention_heads", "num_key_value_heads",
                "intermediate_size", "vocab_size", "hidden_size", "max_position_embeddings"):
        for value in (0, 10**8, 2**32 - 1):
            write("safetensors", f"{key}_{value}",
                  SPLIT.join([compact({**config, key: value}), header]))
    for theta in (1e-35, 1e-300, 0, -1, 1e308):
        write("safetensors", f"theta_{theta}",
              SPLIT.join([compact({**config, "rope_theta": theta}), header]))
    for depth in (100, 50000):
        deep = "[" * depth + "]" * depth
        write(
            "safetensors", f"deep_{depth}",
            SPLIT.join(
                [compact({**config, "zzz": "HERE"}).replace(b'"HERE"', deep.encode()), header]))
        write("batch", f"deep_{depth}", (f'{{"prompt":"a","stop":{deep}}}').encode())
        write(
            "batch", f"deep_arguments_{depth}",
            compact({
                "messages": [{
                    "role": "assistant", "tool_calls": [{
                        "id": "1", "type": "function", "function": {"name": "f", "arguments": deep}
                    }]
                }]
            }))
        write("conv", f"deep_{depth}", (f'[{{"role":"user","content":{deep}}}]').encode())
        write(
            "conv", f"deep_arguments_{depth}",
            compact([{"role": "user", "content": "a"}, {
                "role": "assistant", "content": None, "tool_calls": [{
                    "id": "1", "type": "function", "function": {"name": "f", "arguments": deep}
                }]
            }]))
        write("hffolder", f"deep_{depth}",
              SPLIT.join([(f'{{"chat_template":{deep}}}').encode(),
                          deep.encode()]))
        write("quirefile", f"deep_{depth}",
              sections([("spec", deep.encode()), ("meta", deep.encode())]))
        write("tables", f"deep_{depth}", sections([("tokenizer", deep.encode())]))
        write("tpl", f"deep_{depth}", ("{{ " + deep + " }}").encode())
        write("regex", f"deep_{depth}", b"(" * depth + b"a" + b")" * depth)
        write("importance", f"deep_{depth}", struct.pack("<Q", 2 * depth) + deep.encode())


def walk(node):
    if isinstance(node, dict):
        yield node
        for part in node.values():
            yield from walk(part)
    elif isinstance(node, list):
        for part in node:
            yield from walk(part)


shutil.rmtree(out, ignore_errors=True)
for make in (tokenizers, model_files, checkpoints, quire_files, texts, hostile):
    make()
(out / "made").write_text("")
