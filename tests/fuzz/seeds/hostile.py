"""Seeds of depth, counts and growth, which bytes seldom come to by chance, for all targets."""
import json
import struct

from .checkpoints import safetensors_header
from .common import SPLIT, compact, golden, sections, write
from .quire_files import WORDS


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
